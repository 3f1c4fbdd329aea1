"""What a reader finds in a recording."""

import lzma
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TextIO

from hemvakt_sim.errors import RecordingError
from hemvakt_sim.wire import Value, Window
from hemvakt_sim.zigbee import SensorKind


@dataclass(frozen=True, slots=True)
class Felt:
    """A pendant felt this; the record's time is that of its last sample."""

    window: Window


@dataclass(frozen=True, slots=True)
class Seen:
    """A sensor at ``place`` changed these fields of its state."""

    place: str
    kind: SensorKind
    changes: dict[str, bool]


@dataclass(frozen=True, slots=True)
class Measured:
    """A hub measured these values together."""

    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """Something that was said: when on the recording's own clock (no offset), and of whom (person, home or trial)."""

    at: datetime
    subject: str
    said: Felt | Seen | Measured


@dataclass(frozen=True, slots=True)
class Bad:
    """A line that cannot be read. ``reason`` quotes no value."""

    where: str
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Foreign:
    """A good line about something that has no message on our wire."""

    line: int


@contextmanager
def opened(path: Path) -> Iterator[TextIO]:
    """Open a text file, plain or ``.xz``. Raises RecordingError, also when it turns out damaged while it is read."""
    try:
        if path.suffix == ".xz":
            with lzma.open(path, "rt", encoding="utf-8", errors="replace", newline=None) as text:
                yield text
        else:
            with path.open(encoding="utf-8", errors="replace") as text:
                yield text
    except (OSError, EOFError, lzma.LZMAError) as error:
        raise RecordingError(f"{path}: {error}") from None


def finite(text: str) -> float:
    """Read a number. Raises ValueError for anything else, also for nan and inf."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("not a finite number")
    return number
