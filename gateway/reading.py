"""From a packet to what it says, or to why it cannot be read. Pure: no database, no clock."""

import hashlib
import math
from collections.abc import Iterator, Sequence
from datetime import timedelta

import msgspec

from devices import discovery
from devices.discovery import Part
from devices.family import Address, Family, Message, UnreadablePayloadError, match
from devices.installed import as_installed
from devices.observation import Kind, Observation, Quality, Reading
from devices.plausible import is_possible
from gateway.packet import Packet
from gateway.rosters import Known

#: A device clock this far ahead of ours is wrong; less is drift and transport.
AHEAD = timedelta(minutes=2)
#: A message older than this was kept by the device, or sent again, while nobody could hear it.
LATE = timedelta(minutes=2)
#: Dangers that still stand when a retained message names them.
_DANGERS = frozenset({Kind.SMOKE, Kind.GAS, Kind.CARBON_MONOXIDE, Kind.LEAK})


class Read(msgspec.Struct, frozen=True):
    """What was made of a packet.

    ``address`` is None when no family has this topic. ``problem`` says why it cannot be read, and quotes no value; the
    ``message`` is None then, or has no readings and only a number, as far as that could be read.
    ``announced`` is what was announced on a topic of discovery, None on any other; it is nothing that a device says.
    """

    packet: Packet
    family: Family | None = None
    address: Address | None = None
    message: Message | None = None
    problem: str = ""
    announced: tuple[Part, ...] | None = None

    @property
    def gravest(self) -> Kind:
        """The gravest thing that the topic can say."""
        return Kind.UNKNOWN if self.family is None else self.family.highest_kind(self.packet.topic)


class Reader:
    """Reads packets with all families. ``largest`` is the most bytes that are decoded; more is quarantined."""

    def __init__(self, families: Sequence[Family], *, largest: int) -> None:
        self.families, self._largest = tuple(families), largest

    def read(self, packet: Packet) -> Read:
        found = match(self.families, packet.topic)
        if found is None:
            return self._read_announcement(packet) if discovery.is_announcement(packet.topic) else Read(packet)
        family, address = found
        if len(packet.payload) > self._largest:
            return Read(packet, family, address, problem=f"It has {len(packet.payload)} bytes.")
        try:
            message = family.decode(packet.topic, packet.payload)
        except UnreadablePayloadError as error:
            return Read(packet, family, address, error.numbered, problem=error.detail or "It cannot be read.")
        except Exception as error:  # noqa: BLE001 - a family that fails on one payload must not stop the others
            return Read(packet, family, address, problem=f"Its decoder failed with {type(error).__name__}.")
        if not all(_is_finite(reading) for reading in message.readings):
            bare = msgspec.structs.replace(message, readings=())
            return Read(packet, family, address, bare, problem="A value is not a finite number.")
        return Read(packet, family, address, message)

    def _read_announcement(self, packet: Packet) -> Read:
        if len(packet.payload) > self._largest:
            return Read(packet, problem=f"It has {len(packet.payload)} bytes.")
        try:
            return Read(packet, announced=discovery.read(packet.topic, packet.payload))
        except UnreadablePayloadError as error:
            return Read(packet, problem=error.detail)
        except Exception as error:  # noqa: BLE001 - an announcement that nobody foresaw must not stop a press
            return Read(packet, problem=f"Its decoder failed with {type(error).__name__}.")


def readings(read: Read, device_kind: str = "") -> list[Reading]:
    """Return what counts of a message of a device that was installed as ``device_kind``, if it was.

    A retained one is a state of unknown age, said again at every reconnect of the gateway. Only a danger, and whether
    the device is online, count of it. Anything else would be an event that nobody made: a press, or a movement of last
    week that hides a fall of today, or a proof of life of a dead detector.
    """
    message = read.message
    if message is None:
        return []
    said = [as_installed(one, device_kind) for one in message.readings]
    if read.packet.retain:
        return [one for one in said if one.kind is Kind.ONLINE or (one.kind in _DANGERS and one.value != 0)]
    return said


def quality(reading: Reading, packet: Packet, oldest: timedelta) -> frozenset[Quality]:
    """Return what speaks against a reading. A time further back than ``oldest`` is a wrong clock, not a late message.

    What is retained is late, whatever it says: it proves nothing of the present.
    """
    flags = [Quality.LATE] if packet.retain else []
    if not is_possible(reading):
        flags.append(Quality.IMPOSSIBLE)
    if reading.time is not None:
        age = packet.received_at - reading.time
        if age < -AHEAD or age > oldest:
            flags.append(Quality.CLOCK)
        elif age > LATE:
            flags.append(Quality.LATE)
    return frozenset(flags) if flags else _GOOD


def observations(read: Read, device: Known, *, after: int, oldest: timedelta) -> Iterator[Observation]:
    """Yield what a message says of ``device``, numbered from ``after`` + 1."""
    for number, reading in enumerate(readings(read, device.kind), after + 1):
        yield observation(reading, read.packet, device, number, oldest)


def observation(reading: Reading, packet: Packet, device: Known, number: int, oldest: timedelta) -> Observation:
    """Return one thing that a packet says of ``device``, with its place in the journal."""
    place = device.place(packet.received_at)
    return Observation(
        id=number,
        kind=reading.kind,
        received_at=packet.received_at,
        time=reading.time or packet.received_at,
        device=device.id,
        home=place.home,
        resident=place.resident,
        room=place.room,
        value=reading.value,
        unit=reading.unit,
        # PostgreSQL stores no NUL in a text.
        text=reading.text.replace("\0", "\ufffd"),
        acceleration=reading.acceleration,
        quality=quality(reading, packet, oldest),
    )


_GOOD: frozenset[Quality] = frozenset()

_HASH_BYTES = 9
_SEQ_BYTES = 7


def dedup_key(address: Address, message: Message) -> bytes | None:
    """Return 16 bytes that a message and its repeats share, or None for a device that does not number its messages.

    The number stands at the end, so that the keys of one device lie side by side in the index.
    """
    if message.seq is None:
        return None
    who = f"{address.family}\0{address.name}\0{message.boot}".encode("utf-8", "surrogatepass")
    if 0 <= message.seq < 1 << (8 * _SEQ_BYTES):
        return hashlib.blake2b(who, digest_size=_HASH_BYTES).digest() + message.seq.to_bytes(_SEQ_BYTES, "big")
    return hashlib.blake2b(who + b"\0" + str(message.seq).encode(), digest_size=_HASH_BYTES + _SEQ_BYTES).digest()


def _is_finite(reading: Reading) -> bool:
    return reading.value is None or math.isfinite(reading.value)
