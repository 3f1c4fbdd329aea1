"""What the hub remembers of its devices across restarts: bonds, counters, records already taken, frames refused."""

from datetime import datetime
from enum import StrEnum
from hashlib import blake2b

from devices.hub.storage import Storage

# Glucose meters hold some 1,000 records, cuffs some 200; beyond this a mark is too old to come back.
_MARKS_KEPT = 20_000
_REJECTED_KEPT = 1_000


class Fact(StrEnum):
    """What is remembered of a device."""

    BONDED = "bonded"
    LAST_RECORD = "last record"
    COUNTER = "counter"
    PACKET = "packet"
    NOTICES = "notices"
    SAID = "said"
    SETTINGS = "settings"
    HELP = "help"


class Memory:
    """Facts and marks in the hub's storage; they commit with the message that they belong to."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def fact(self, device: str, fact: Fact) -> str | None:
        row = self._storage.run("SELECT value FROM known WHERE device = ? AND what = ?", device, fact).fetchone()
        return None if row is None else str(row[0])

    def number(self, device: str, fact: Fact) -> int | None:
        value = self.fact(device, fact)
        return None if value is None else int(value)

    def remember(self, device: str, fact: Fact, value: object) -> None:
        with self._storage.transaction():
            self._storage.run(
                "INSERT INTO known (device, what, value) VALUES (?, ?, ?) "
                "ON CONFLICT (device, what) DO UPDATE SET value = excluded.value",
                device,
                fact,
                str(value),
            )

    def forget(self, device: str, *facts: Fact) -> None:
        with self._storage.transaction():
            for fact in facts:
                self._storage.run("DELETE FROM known WHERE device = ? AND what = ?", device, fact)

    def is_new(self, device: str, source: str, frame: bytes) -> bool:
        """Mark a record as taken; return False when it was before. A mark does not tell what was in the record."""
        mark = blake2b(source.encode() + b"\0" + frame, digest_size=16).digest()
        with self._storage.transaction():
            added = self._storage.run("INSERT OR IGNORE INTO seen (device, mark) VALUES (?, ?)", device, mark)
            if not added.rowcount:
                return False
            self._storage.run(
                "DELETE FROM seen WHERE device = ? AND id <= ?", device, (added.lastrowid or 0) - _MARKS_KEPT
            )
        return True

    def reject(self, device: str, source: str, frame: bytes, reason: str, at: datetime) -> bool:
        """Keep a frame that was refused, for a technician; return False when the same one is kept already."""
        with self._storage.transaction():
            added = self._storage.run(
                "INSERT OR IGNORE INTO rejected (device, source, frame, reason, at) VALUES (?, ?, ?, ?, ?)",
                device,
                source,
                frame,
                reason,
                at.isoformat(),
            )
            self._storage.run("DELETE FROM rejected WHERE id <= (SELECT max(id) FROM rejected) - ?", _REJECTED_KEPT)
        return bool(added.rowcount)

    def rejected(self, device: str) -> int:
        """Return how many refused frames are kept, as far as that can be read."""
        kept = self._storage.rows("SELECT count(*) FROM rejected WHERE device = ?", device)
        return sum(int(count) for (count,) in kept)
