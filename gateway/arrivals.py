"""The bounded queue between the network thread and the worker, and the only place where arrivals get their time."""

import threading
from collections import deque
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from gateway.packet import Packet
from store.clock import Clock

_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
#: How fast time goes for as long as the clock is behind what was stamped already: an hour by which it was set back is
#: made good in ten, and a duration measured meanwhile is wrong by a tenth.
_CATCHING_UP = 0.9


class Batch(NamedTuple):
    """What was taken from the queue.

    ``quiet_until`` is set when nothing is left: whatever comes later carries this time or a later one, so deadlines up
    to it may fire now and a replay will fire them at the same place.
    """

    packets: list[Packet]
    quiet_until: datetime | None


class Arrivals:
    """Stamps and queues under one lock, so that ``received_at`` never goes back along the queue.

    When the clock is set back, stamps go on from where they were, a little slower, until it has caught up.

    There is no way to drop: who puts looks at ``has_room`` first and stops reading its socket while there is none.
    """

    def __init__(self, clock: Clock, *, capacity: int = 2_000, capacity_bytes: int = 32 * 1024 * 1024) -> None:
        self._clock = clock
        self._capacity, self._capacity_bytes = capacity, capacity_bytes
        self._queue: deque[Packet] = deque()
        self._bytes = 0
        self._last = _EARLIEST
        self._looked = clock.now()
        self._nudged = False
        self._changed = threading.Condition()

    def __len__(self) -> int:
        return len(self._queue)

    @property
    def has_room(self) -> bool:
        return len(self._queue) < self._capacity and self._bytes < self._capacity_bytes

    def not_before(self, moment: datetime) -> None:
        """Never stamp earlier than ``moment``: the journal has observations of that time."""
        with self._changed:
            self._last = max(self._last, moment)

    def now(self) -> datetime:
        """Return the time, not before the last stamp."""
        with self._changed:
            return self._stamp()

    def put(self, packet: Packet) -> None:
        """Queue a packet with the time of now as ``received_at``."""
        with self._changed:
            packet.received_at = self._stamp()
            self._queue.append(packet)
            self._bytes += len(packet.payload)
            if len(self._queue) == 1:
                self._changed.notify()

    def take(self, limit: int, wait_s: float) -> Batch:
        """Return up to ``limit`` packets, at once when there are any, else after ``wait_s`` or a nudge."""
        with self._changed:
            if not self._queue and not self._nudged:
                self._changed.wait(wait_s)
            self._nudged = False
            packets = [self._queue.popleft() for _ in range(min(limit, len(self._queue)))]
            self._bytes -= sum(len(packet.payload) for packet in packets)
            return Batch(packets, None if self._queue else self._stamp())

    def nudge(self) -> None:
        """Wake who waits in ``take``: there is something else to do."""
        with self._changed:
            self._nudged = True
            self._changed.notify()

    def _stamp(self) -> datetime:
        now = self._clock.now()
        passed = max(now - self._looked, timedelta())
        self._looked = now
        self._last = max(now, self._last + passed * _CATCHING_UP)
        return self._last
