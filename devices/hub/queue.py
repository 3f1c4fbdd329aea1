"""Messages on disk until the gateway says that it has them."""

import itertools
import secrets
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from devices.hub.storage import Storage, StorageFailedError

# Decimals go out with the digits that the device gave them: 36.90 is not 36.9.
_ENCODER = msgspec.json.Encoder(decimal_format="number")
#: Fewer than are in the air at a time, so that they never keep all others waiting.
_PASSING = 8


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A message that waits for the gateway's ack. ``id`` is its place; one that is not on disk has a negative place."""

    id: int
    device: str
    channel: str
    boot: str
    seq: int
    payload: bytes

    @property
    def topic(self) -> str:
        return f"hemvakt/v1/{self.device}/up/{self.channel}"


class Queue:
    """All waiting messages of a hub, in two lanes: urgent ones, and the others in order.

    A number is used once: ``boot`` is new at every start, and a message keeps the numbers it was put with.
    """

    def __init__(self, storage: Storage, *, boot: str | None = None) -> None:
        self._storage = storage
        self.boot = boot or secrets.token_hex(8)
        self._seq: defaultdict[str, int] = defaultdict(int)
        # Presses that could not be written, and the newest word of the hub about itself: "the disk is full" is never
        # written either. Better sent from memory than not at all.
        self._unsaved: dict[int, Waiting] = {}
        self._newest: dict[tuple[str, str], Waiting] = {}
        self._passing: dict[tuple[str, str, int], tuple[Mapping[str, Any], Waiting]] = {}
        self._unsaved_places = itertools.count(-1, -1)

    def __len__(self) -> int:
        written = self._storage.rows("SELECT count(*) FROM message")
        return sum(int(count) for (count,) in written) + len(self._unsaved) + len(self._newest) + len(self._passing)

    @property
    def unsaved(self) -> int:
        """Presses that a power cut would take."""
        return len(self._unsaved)

    def put(
        self, device: str, channel: str, fields: Mapping[str, Any], now: datetime, *, urgent: bool = False
    ) -> Waiting:
        """Keep a message. Raises StorageFailedError; then an urgent one is still sent, from memory."""
        waiting = self._numbered(device, channel, fields)
        try:
            return self._write(waiting, now, urgent=urgent)
        except StorageFailedError:
            if urgent:
                unsaved = msgspec.structs.replace(waiting, id=next(self._unsaved_places))
                self._unsaved[unsaved.id] = unsaved
            raise

    def put_newest(
        self, device: str, channel: str, fields: Mapping[str, Any], now: datetime, *, from_memory: bool = False
    ) -> Waiting:
        """Keep a message that makes earlier ones of its device and channel pointless, such as a heartbeat.

        Raises StorageFailedError; then one with ``from_memory`` is still sent.
        """
        self._newest.pop((device, channel), None)
        try:
            with self._storage.transaction():
                self._storage.run("DELETE FROM message WHERE device = ? AND channel = ?", device, channel)
                return self.put(device, channel, fields, now)
        except StorageFailedError:
            if from_memory:
                waiting = self._numbered(device, channel, fields)
                self._newest[device, channel] = msgspec.structs.replace(waiting, id=next(self._unsaved_places))
            raise

    def put_passing(self, device: str, channel: str, fields: Mapping[str, Any], about: int) -> None:
        """Send from memory what is asked for again when it is lost. One that waits already is not doubled.

        The newest about a matter takes the place of the one before; of many, the oldest are left out.
        """
        key = (device, channel, about)
        if key in self._passing and self._passing[key][0] == fields:
            return
        self._passing.pop(key, None)
        waiting = self._numbered(device, channel, fields)
        self._passing[key] = (fields, msgspec.structs.replace(waiting, id=next(self._unsaved_places)))
        if len(self._passing) > _PASSING:
            del self._passing[next(iter(self._passing))]

    def _numbered(self, device: str, channel: str, fields: Mapping[str, Any]) -> Waiting:
        self._seq[device] += 1
        seq = self._seq[device]
        payload = _ENCODER.encode({"boot": self.boot, "seq": seq} | dict(fields))
        return Waiting(id=0, device=device, channel=channel, boot=self.boot, seq=seq, payload=payload)

    def _write(self, waiting: Waiting, now: datetime, *, urgent: bool) -> Waiting:
        with self._storage.transaction():
            row = self._storage.run(
                "INSERT INTO message (device, channel, boot, seq, urgent, put_at, payload) VALUES (?,?,?,?,?,?,?)",
                waiting.device,
                waiting.channel,
                waiting.boot,
                waiting.seq,
                int(urgent),
                now.isoformat(),
                waiting.payload,
            ).lastrowid
        return msgspec.structs.replace(waiting, id=row)

    def urgent(self, limit: int) -> list[Waiting]:
        """Return urgent messages, oldest first."""
        return [*self._unsaved.values(), *self._lane(1, limit)][:limit]

    def ordinary(self, limit: int) -> list[Waiting]:
        """Return the oldest messages that are not urgent, oldest first; before them what the hub says of itself."""
        # What is on disk of the same channel is older; a disk that takes nothing cannot forget it either.
        written = [one for one in self._lane(0, limit) if (one.device, one.channel) not in self._newest]
        passing = [one for _, one in self._passing.values()]
        return [*self._newest.values(), *passing, *written][:limit]

    def _lane(self, urgent: int, limit: int) -> list[Waiting]:
        rows = self._storage.rows(
            "SELECT id, device, channel, boot, seq, payload FROM message WHERE urgent = ? ORDER BY id LIMIT ?",
            urgent,
            limit,
        )
        return [Waiting(**dict(zip(Waiting.__struct_fields__, row, strict=True))) for row in rows]

    def acknowledge(self, device: str, boot: str, seqs: Iterable[int]) -> int:
        """Forget what the gateway has; return how many that were. Numbers that do not wait are no matter."""
        numbers = set(seqs)
        held = len(self._unsaved) + len(self._newest) + len(self._passing)

        def remains(one: Waiting) -> bool:
            return (one.device, one.boot) != (device, boot) or one.seq not in numbers

        self._unsaved = {key: one for key, one in self._unsaved.items() if remains(one)}
        self._newest = {key: one for key, one in self._newest.items() if remains(one)}
        self._passing = {key: two for key, two in self._passing.items() if remains(two[1])}
        forgotten = held - len(self._unsaved) - len(self._newest) - len(self._passing)
        with self._storage.transaction():
            return forgotten + sum(
                self._storage.run(
                    "DELETE FROM message WHERE device = ? AND boot = ? AND seq = ?", device, boot, seq
                ).rowcount
                for seq in numbers
            )

    def oldest_since(self) -> datetime | None:
        """Return since when the oldest message waits."""
        found = [since for (since,) in self._storage.rows("SELECT min(put_at) FROM message") if since is not None]
        return datetime.fromisoformat(found[0]) if found else None
