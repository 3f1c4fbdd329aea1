"""Traffic of a home in a file: one JSON object on each line, in order of arrival.

``received_at`` (RFC 3339 with offset), ``topic``, ``payload`` (text) or ``payload_base64``, ``retain`` where it was
retained. ``hemvakt replay`` reads the same form.
"""

import base64
import binascii
import itertools
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, NamedTuple

import msgspec

from hemvakt_sim.errors import RecordingError
from hemvakt_sim.packet import Packet

#: A long window of acceleration, the largest real message, has some 100 kB; in base64 and quoted, less than this.
_LONGEST_LINE = 2 * 1024 * 1024
_LONGEST_TOPIC = 1024


class Heard(NamedTuple):
    """One message and when it was heard."""

    at: datetime
    packet: Packet


class _Line(msgspec.Struct, omit_defaults=True):
    received_at: Annotated[datetime, msgspec.Meta(tz=True)]
    topic: Annotated[str, msgspec.Meta(min_length=1, max_length=_LONGEST_TOPIC)]
    payload: str | None = None
    payload_base64: str | None = None
    retain: bool = False


def line(heard: Heard) -> bytes:
    """Return one line of a recording, with its end."""
    topic, payload, retain = heard.packet.topic, heard.packet.payload, heard.packet.retain
    try:
        said = _Line(heard.at, topic, payload=payload.decode(), retain=retain)
    except UnicodeDecodeError:
        said = _Line(heard.at, topic, payload_base64=base64.b64encode(payload).decode("ascii"), retain=retain)
    return msgspec.json.encode(said) + b"\n"


def read(path: Path) -> Iterator[Heard]:
    """Yield what was recorded. Raises RecordingError with the number of the line for whatever cannot be replayed."""
    decoder = msgspec.json.Decoder(_Line)
    last: datetime | None = None
    try:
        with path.open("rb") as file:
            for number in itertools.count(1):
                raw = file.readline(_LONGEST_LINE + 1)
                if not raw:
                    return
                if not raw.strip():
                    continue
                try:
                    heard = _heard(decoder, raw, last)
                except (msgspec.MsgspecError, ValueError, RecursionError) as error:
                    raise RecordingError(f"{path}:{number}: {error}") from None
                last = heard.at
                yield heard
    except OSError as error:
        raise RecordingError(f"{path}: {error.strerror}") from None


def _heard(decoder: msgspec.json.Decoder[_Line], raw: bytes, last: datetime | None) -> Heard:
    """Raise ValueError or MsgspecError for a line that cannot be replayed."""
    if len(raw) > _LONGEST_LINE:
        raise ValueError(f"longer than {_LONGEST_LINE} bytes")
    said = decoder.decode(raw)
    if (said.payload is None) == (said.payload_base64 is None):
        raise ValueError("it needs payload or payload_base64, and not both")
    if last is not None and said.received_at < last:
        raise ValueError("it is older than the line before")
    if any(sign in said.topic for sign in "+#\x00"):
        raise ValueError("nobody can publish on a topic with + or #")
    try:
        payload = (
            (said.payload or "").encode()
            if said.payload_base64 is None
            else base64.b64decode(said.payload_base64, validate=True)
        )
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError(f"the payload: {error}") from None
    return Heard(said.received_at, Packet(said.topic, payload, said.retain))
