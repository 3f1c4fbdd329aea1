"""A rotation: turns that take over from each other at local wall times, for ever. Pure.

The n-th hand-over on the local calendar belongs to turn n modulo the number of turns, counted from an anchor. Hours
that a zone adds or takes away make a shift longer, shorter or empty, and never move anybody's place in the order. An
empty turn is a time in which the rotation has nobody: days between nights, weeks between weeks.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from alarms.oncall.walltime import instant, local
from store.errors import HemvaktError

_DAYS: Final = {name: number for number, name in enumerate(("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"))}
#: No zone shifts its clocks by more than a day (Apia, 2011).
_MOST_SHIFTED: Final = timedelta(days=2)


class RotationError(HemvaktError):
    """A rotation needs hand-overs, all like "07:00" or all like "Mon 08:00", each once, and a turn with somebody."""


class Shift(msgspec.Struct, frozen=True):
    """``turn`` is on duty from ``start`` until, not including, ``end`` (UTC)."""

    start: datetime
    end: datetime
    turn: tuple[str, ...]


class Anchor(msgspec.Struct, frozen=True):
    """Hand-over ``number`` belongs to the turn at ``place``; the others follow from it."""

    number: int = 0
    place: int = 0


class Rotation:
    """Turns of responder ids that take over at ``handovers`` in ``zone``; the first at or after ``starts_on``."""

    def __init__(
        self,
        starts_on: date,
        handovers: Sequence[str],
        turns: Sequence[Sequence[str]],
        zone: ZoneInfo,
        *,
        ends_on: date | None = None,
        anchor: Anchor = Anchor(),  # noqa: B008 - it cannot be changed
    ) -> None:
        """``ends_on``: the first hand-over on or after this day ends the last shift. Raises RotationError."""
        if not any(turns):
            raise RotationError("There is no turn with somebody in it.")
        if ends_on is not None and ends_on <= starts_on:
            raise RotationError("It ends before it begins.")
        self.turns = tuple(tuple(turn) for turn in turns)
        self.zone = zone
        parsed = [_parse(text) for text in handovers]
        weekly = {day is not None for day, _ in parsed}
        if len(weekly) != 1 or len(set(parsed)) != len(parsed):
            raise RotationError(f"These are {list(handovers)}.")
        self._period = timedelta(days=7 if weekly == {True} else 1)
        self._slots = sorted(timedelta(days=day or 0, hours=at.hour, minutes=at.minute) for day, at in parsed)
        monday = starts_on - timedelta(days=starts_on.weekday())
        self._origin = datetime.combine(monday if weekly == {True} else starts_on, time())
        # Hand-overs of the first week that lie before the first day are not counted.
        self._skipped = 0
        self._skipped = self._first_on(starts_on)
        self._end = self._first_on(ends_on) if ends_on is not None else None
        self._anchor = anchor
        #: Found before: whoever looks a month ahead asks for the same ones again and again.
        self._instants: dict[int, datetime] = {}

    def handover(self, number: int) -> datetime:
        """Return the instant (UTC) of hand-over ``number``, from 0 on; never earlier than that of a lower number."""
        if number not in self._instants:
            periods, slot = divmod(number + self._skipped, len(self._slots))
            wall = self._origin + periods * self._period + self._slots[slot]
            self._instants[number] = instant(wall, self.zone)
        return self._instants[number]

    def number_at(self, moment: datetime) -> int:
        """Return the number of the last hand-over at or before ``moment``; -1 before the first and after the end."""
        number = self._last_before(moment)
        return -1 if self._over(number) else number

    def place(self, number: int) -> int:
        """Return the place in the turns to which a hand-over belongs."""
        return (number - self._anchor.number + self._anchor.place) % len(self.turns)

    def turn_at(self, moment: datetime) -> tuple[str, ...]:
        """Return who is on duty at ``moment``; nobody before the first hand-over."""
        number = self.number_at(moment)
        return self.turns[self.place(number)] if number >= 0 else ()

    def shifts(self, start: datetime, end: datetime) -> Iterator[Shift]:
        """Yield the shifts that overlap ``start`` to ``end``, in order, without those that a zone made empty."""
        number = max(self._last_before(start), 0)
        begins = self.handover(number)
        while begins < end and not self._over(number):
            ends = self.handover(number + 1)
            if begins < ends and ends > start:
                yield Shift(begins, ends, self.turns[self.place(number)])
            number, begins = number + 1, ends

    def _last_before(self, moment: datetime) -> int:
        wall = local(moment, self.zone) + _MOST_SHIFTED
        number = ((wall - self._origin) // self._period + 1) * len(self._slots) - self._skipped
        while number >= 0 and self.handover(number) > moment:
            number -= 1
        return max(number, -1)

    def _over(self, number: int) -> bool:
        return self._end is not None and number >= self._end

    def _first_on(self, day: date) -> int:
        """Return the number of the first hand-over on or after a day."""
        periods, rest = divmod(datetime.combine(day, time()) - self._origin, self._period)
        return periods * len(self._slots) + bisect_left(self._slots, rest) - self._skipped


def _parse(text: str) -> tuple[int | None, time]:
    """Read "07:00" or "Mon 08:00"."""
    day, _, clock = text.rpartition(" ")
    if (day and day not in _DAYS) or len(clock) != 5:
        raise RotationError(f"{text!r} is not one.")
    try:
        at = time.fromisoformat(clock)
    except ValueError as error:
        raise RotationError(f"{text!r} is not one.") from error
    return (_DAYS[day] if day else None), at
