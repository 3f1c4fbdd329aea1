"""All deadlines on one heap.

An entry may stand earlier than the deadline it is for: most deadlines move later with each observation, and moving an
entry costs more than looking at it again when it comes up.
"""

from datetime import datetime
from heapq import heapify, heappop, heappush

from rules.slots import Slot

_Entry = tuple[datetime, str, str, int, Slot]
_SMALL = 64


class Deadlines:
    """A heap ordered by time, then rule, then subject. It holds at most twice its live entries, plus a few."""

    def __init__(self) -> None:
        self._heap: list[_Entry] = []
        self._pushed = 0
        self._limit = _SMALL

    def __len__(self) -> int:
        return len(self._heap)

    def look_by(self, slot: Slot, due: datetime) -> None:
        """See to it that ``slot`` comes up no later than ``due``."""
        if slot.scheduled is not None and slot.scheduled <= due:
            return
        if len(self._heap) >= self._limit:
            self._compact()
        self._pushed += 1
        heappush(self._heap, (due, slot.plan.name, slot.enrolment.subject, self._pushed, slot))
        slot.scheduled = due

    def stands_by(self, until: datetime) -> bool:
        """Say whether any entry stands no later than ``until``."""
        return bool(self._heap) and self._heap[0][0] <= until

    def take(self, until: datetime) -> tuple[datetime, Slot] | None:
        """Remove and return the first entry that stands no later than ``until``."""
        heap = self._heap
        while heap and heap[0][0] <= until:
            at, _, _, _, slot = heappop(heap)
            if slot.scheduled == at:
                slot.scheduled = None
                return at, slot
        return None

    def first(self) -> tuple[datetime, Slot] | None:
        """Return the first entry and leave it."""
        while self._heap:
            at, _, _, _, slot = self._heap[0]
            if slot.scheduled == at:
                return at, slot
            heappop(self._heap)
        return None

    @staticmethod
    def forget(slot: Slot) -> None:
        """Let the entry of ``slot`` lapse."""
        slot.scheduled = None

    def _compact(self) -> None:
        live = {id(slot): entry for entry in self._heap if (slot := entry[4]).scheduled == entry[0]}
        self._heap = list(live.values())
        heapify(self._heap)
        self._limit = 2 * len(self._heap) + _SMALL
