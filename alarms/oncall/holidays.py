"""Days on which other rotations apply: a calendar of dates, and the public holidays of Sweden computed.

Public holidays: lag (1989:253) om allmänna helgdagar, with the National Day as of lag (2004:1320). The three eves are
no public holidays, but collective agreements treat them as such. Sundays are left to weekly rotations. Easter by the
anonymous Gregorian computus (Meeus, Astronomical Algorithms, 1991, ch. 8).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

from alarms.oncall.walltime import instant, local

_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5


class Holidays:
    """The days of a calendar in one zone. Each lasts from ``begins`` on its date to ``begins`` on the next date."""

    def __init__(
        self,
        zone: ZoneInfo,
        dates: Iterable[date] = (),
        *,
        country: str = "",
        eves: bool = False,
        begins: time = time(),
    ) -> None:
        self._zone, self._begins, self._eves = zone, begins, eves
        self._dates = frozenset(dates)
        self._computed = COUNTRIES.get(country)

    def named(self, day: date) -> bool:
        """Tell whether a date is in the calendar."""
        return day in self._dates or (self._computed is not None and day in self._computed(day.year, self._eves))

    def at(self, moment: datetime) -> bool:
        """Tell whether ``moment`` lies in a day of the calendar."""
        day = local(moment, self._zone).date()
        # Where a zone jumps over midnight the wall date may be a day off in either direction.
        return any(
            self.named(one) and self._start(one) <= moment < self._start(one + _DAY)
            for one in (day - _DAY, day, day + _DAY)
        )

    def edges(self, start: datetime, end: datetime) -> Iterator[datetime]:
        """Yield the instants between ``start`` and ``end`` at which a day of the calendar may begin or end."""
        day, last = local(start, self._zone).date() - _DAY, local(end, self._zone).date() + _DAY
        while day <= last:
            if (self.named(day) or self.named(day - _DAY)) and start < (edge := self._start(day)) < end:
                yield edge
            day += _DAY

    def _start(self, day: date) -> datetime:
        return instant(datetime.combine(day, self._begins), self._zone)


@cache
def swedish(year: int, eves: bool) -> Mapping[date, str]:
    """Return the public holidays of a year, with their names; with the three eves if asked."""
    easter = _easter(year)
    midsummer = _saturday_from(date(year, 6, 20))
    found = {
        date(year, 1, 1): "Nyårsdagen",
        date(year, 1, 6): "Trettondedag jul",
        easter - 2 * _DAY: "Långfredagen",
        easter: "Påskdagen",
        easter + _DAY: "Annandag påsk",
        easter + 39 * _DAY: "Kristi himmelsfärdsdag",
        easter + 49 * _DAY: "Pingstdagen",
        date(year, 5, 1): "Första maj",
        date(year, 6, 6): "Sveriges nationaldag",
        midsummer: "Midsommardagen",
        _saturday_from(date(year, 10, 31)): "Alla helgons dag",
        date(year, 12, 25): "Juldagen",
        date(year, 12, 26): "Annandag jul",
    }
    if eves:
        found |= {
            midsummer - _DAY: "Midsommarafton",
            date(year, 12, 24): "Julafton",
            date(year, 12, 31): "Nyårsafton",
        }
    return dict(sorted(found.items()))


#: Countries whose holidays are computed, by ISO 3166 code.
COUNTRIES: Final[Mapping[str, Callable[[int, bool], Mapping[date, str]]]] = {"SE": swedish}


def _saturday_from(day: date) -> date:
    return day + (_SATURDAY - day.weekday()) % 7 * _DAY


def _easter(year: int) -> date:
    golden, century, rest = year % 19, year // 100, year % 100
    moon = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    week = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    shift = (golden + 11 * moon + 22 * week) // 451
    month, day = divmod(moon + week - 7 * shift + 114, 31)
    return date(year, month, day + 1)
