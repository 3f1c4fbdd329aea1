"""Trials of acceleration: files alone, or many in one ``.tar.xz``, cut into windows as a pendant would send them."""

import tarfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hemvakt_sim.errors import RecordingError
from hemvakt_sim.recordings.record import Bad, Felt, Foreign, Record
from hemvakt_sim.wire import Window

Counts = NDArray[np.int16]
#: (text of one trial, its name) -> its windows and its bad lines.
Reader = Callable[[str, str], Iterator[Window | Bad]]

_WINDOW_S = 5.0
#: Neither SisFall nor WEDA says when a trial was; only the time within it counts.
_EPOCH = datetime(2000, 1, 1)  # noqa: DTZ001 - the clock of a recording has no zone


def read(path: Path, suffix: str, reader: Reader) -> Iterator[Record | Bad | Foreign]:
    """Yield the windows of every trial in ``path``, one trial after the other."""
    at = _EPOCH
    for name, text in _texts(path, suffix):
        for found in reader(text, name):
            if isinstance(found, Bad):
                yield found
                continue
            at += timedelta(seconds=found.seconds)
            yield Record(at, name, Felt(found))


def cut(counts: Counts, rate_hz: float, range_g: float, scale_g: float, position: str) -> Iterator[Window]:
    """Cut (n, 3) counts into windows of 5 s."""
    step = round(_WINDOW_S * rate_hz)
    for start in range(0, len(counts), step):
        samples = counts[start : start + step].astype("<i2").tobytes()
        yield Window(samples, rate_hz, range_g, scale_g, position)


def _texts(path: Path, suffix: str) -> Iterator[tuple[str, str]]:
    try:
        if ".tar" not in path.suffixes:
            yield path.name, path.read_text(encoding="utf-8", errors="replace")
            return
        with tarfile.open(path) as archive:
            members = (member for member in archive if member.isfile() and member.name.endswith(suffix))
            for member in sorted(members, key=lambda member: member.name):
                file = archive.extractfile(member)
                if file is not None:
                    yield member.name, file.read().decode("utf-8", errors="replace")
    except (OSError, EOFError, tarfile.TarError) as error:
        raise RecordingError(f"{path}: {error}") from None
