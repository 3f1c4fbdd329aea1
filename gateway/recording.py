"""Payloads recorded in a file, read as the intake would read them.

One JSON object per line: ``received_at`` (RFC 3339), ``topic``, and ``payload`` (text) or ``payload_base64``.
"""

import base64
import binascii
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import msgspec

from devices.observation import Observation
from gateway import concerns
from gateway.packet import Packet
from gateway.reading import Reader, dedup_key, observations
from gateway.rosters import Known, Loaded
from store.errors import HemvaktError


class BadRecordingError(HemvaktError):
    """The recording cannot be read."""


class _Line(msgspec.Struct):
    received_at: Annotated[datetime, msgspec.Meta(tz=True)]
    topic: str
    payload: str | None = None
    payload_base64: str | None = None


def packets(path: Path) -> Iterator[Packet]:
    """Yield what was recorded. Raises BadRecordingError with the number of the line."""
    decoder = msgspec.json.Decoder(_Line)
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                said = decoder.decode(line)
                payload = (
                    (said.payload or "").encode()
                    if said.payload_base64 is None
                    else base64.b64decode(said.payload_base64, validate=True)
                )
            except (msgspec.MsgspecError, binascii.Error, UnicodeError) as error:
                raise BadRecordingError(f"{path}, line {number}: {error}") from error
            yield Packet(topic=said.topic, payload=payload, received_at=said.received_at.astimezone(UTC))


def observed(recorded: Iterable[Packet], reader: Reader, loaded: Loaded, oldest: timedelta) -> Iterator[Observation]:
    """Yield the observations of a recording, repeats folded.

    A device that is not registered is taken for one that serves nobody, so that a recording from elsewhere shows
    something too. Times that go back are held at the latest before, as a live intake would stamp them.
    """
    seen: set[bytes] = set()
    last_id, latest = 0, datetime(1970, 1, 1, tzinfo=UTC)
    for packet in recorded:
        packet.received_at = latest = max(latest, packet.received_at)
        read = reader.read(packet)
        if read.address is None or read.message is None or read.problem:
            continue
        key = dedup_key(read.address, read.message)
        if key is not None:
            if key in seen:
                continue
            seen.add(key)
        known = loaded.find(read.address)
        device = known or Known(concerns.stranger_id(read.address), "", (), ())
        for one in observations(read, device, after=last_id, oldest=oldest):
            last_id = one.id
            yield one
