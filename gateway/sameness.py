"""Whether a message whose number is known already is that message again, or another one under the same number.

ADR 4: what is the same is folded, and nothing else. Two devices of one identity, or one that begins its numbers anew
without saying so, number different messages alike; each of them is heard.
"""

from datetime import datetime, timedelta
from hashlib import blake2b
from typing import NamedTuple

import msgspec

from devices.family import Message
from devices.observation import Reading
from gateway.packet import Packet
from gateway.reading import Read, Reader

#: A network server that hears an uplink again stamps it anew; a device that keeps its message does not.
_STAMPED_ANEW = timedelta(minutes=10)


class Kept(NamedTuple):
    """A message as it is stored."""

    topic: str
    payload: bytes


def kept(packet: Packet) -> Kept:
    return Kept(packet.topic, packet.payload)


def is_same(read: Read, before: Kept, reader: Reader) -> bool:
    """Say whether a message is the one that was stored under its number. What cannot be read is compared as it is."""
    if (read.packet.topic, read.packet.payload) == before:
        return True
    stored = reader.read(Packet(topic=before.topic, payload=before.payload))
    if stored.message is None or stored.problem or read.message is None or read.problem:
        return False
    return _says_the_same(read.message, stored.message)


def key_beside(key: bytes, packet: Packet) -> bytes:
    """Return the key of a message whose number another message has: its repeats share it, and nothing else does."""
    return blake2b(
        key + packet.topic.encode("utf-8", "surrogatepass") + b"\0" + packet.payload, digest_size=16
    ).digest()


def _says_the_same(one: Message, other: Message) -> bool:
    if one.wants_ack or other.wants_ack:
        return one == other
    if len(one.readings) != len(other.readings):
        return False
    return all(
        _untimed(a) == _untimed(b) and _near(a.time, b.time) for a, b in zip(one.readings, other.readings, strict=True)
    )


def _untimed(reading: Reading) -> Reading:
    return msgspec.structs.replace(reading, time=None)


def _near(one: datetime | None, other: datetime | None) -> bool:
    return one is None or other is None or abs(one - other) <= _STAMPED_ANEW
