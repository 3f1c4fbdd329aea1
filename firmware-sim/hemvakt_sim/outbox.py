"""Messages that wait for the gateway's application ack, and when each is due again. Knows no clock and no network."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice

from hemvakt_sim.packet import Packet
from hemvakt_sim.wire import Key

#: Seconds between repeats: from the first, growing by the factor, to the longest.
FIRST_REPEAT_S, REPEAT_GROWTH, LONGEST_REPEAT_S = 2.0, 1.5, 10.0


@dataclass(slots=True)
class Pending:
    """One message without an ack. Times are seconds of the caller's monotonic clock."""

    key: Key
    packet: Packet
    put_at: float
    due: float
    sends: int = 0
    pause: float = FIRST_REPEAT_S


class Outbox:
    """Keeps every message until it is acknowledged.

    Urgent messages go first. Only the first ``window`` messages are in the air, so that a long outage does not end
    in a storm of repeats.
    """

    def __init__(self, window: int = 8) -> None:
        self.window = window
        self._urgent: dict[Key, Pending] = {}
        self._ordinary: dict[Key, Pending] = {}

    def __len__(self) -> int:
        return len(self._urgent) + len(self._ordinary)

    def __contains__(self, key: Key) -> bool:
        return key in self._urgent or key in self._ordinary

    def waiting(self) -> list[Key]:
        """Return the numbers of all messages without an ack."""
        return [*self._urgent, *self._ordinary]

    def put(self, key: Key, packet: Packet, now: float, *, urgent: bool = False) -> Pending:
        """Keep a message, due at once."""
        pending = Pending(key, packet, put_at=now, due=now)
        (self._urgent if urgent else self._ordinary)[key] = pending
        return pending

    def due(self, now: float) -> list[Pending]:
        """Return what is to be sent now, in the order to send it."""
        return [pending for pending in self._in_the_air() if pending.due <= now]

    def sent(self, pending: Pending, now: float) -> None:
        """Count a sending and put off the next one."""
        pending.sends += 1
        pending.due = now + pending.pause
        pending.pause = min(pending.pause * REPEAT_GROWTH, LONGEST_REPEAT_S)

    def next_due(self) -> float | None:
        return min((pending.due for pending in self._in_the_air()), default=None)

    def rewind(self) -> None:
        """Make everything due at once, with short pauses again: a new connection is a new chance."""
        for pending in chain(self._urgent.values(), self._ordinary.values()):
            pending.due = pending.put_at
            pending.pause = FIRST_REPEAT_S

    def acknowledge(self, keys: Iterable[Key]) -> list[Pending]:
        """Forget these messages and return those that were waiting; unknown numbers are no matter."""
        taken = (self._urgent.pop(key, None) or self._ordinary.pop(key, None) for key in keys)
        return [pending for pending in taken if pending is not None]

    def _in_the_air(self) -> Iterator[Pending]:
        return islice(chain(self._urgent.values(), self._ordinary.values()), self.window)
