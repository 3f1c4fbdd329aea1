"""Months as the municipality means them: in its own zone, from one local midnight to another."""

import re
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from alarms.errors import DeskError

_MONTH: Final = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)


class BadMonthError(DeskError):
    """A month is written as 2026-10, and lies between 1971 and 2199."""

    code = "bad_month"
    status = 422


class Month(msgspec.Struct, frozen=True, order=True):
    """One month of one year."""

    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> "Month":
        """Return the month that ``2026-10`` means. Raises BadMonthError."""
        found = _MONTH.fullmatch(text)
        if found is None or not 1970 < int(found[1]) < 2200:
            raise BadMonthError
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def of(cls, moment: datetime, zone: str) -> "Month":
        """Return the month in which a moment lies in ``zone``."""
        local = moment.astimezone(ZoneInfo(zone))
        return cls(local.year, local.month)

    def shifted(self, months: int) -> "Month":
        """Return the month that is so many later, or earlier when negative."""
        place = self.year * 12 + self.number - 1 + months
        return Month(place // 12, place % 12 + 1)

    def bounds(self, zone: str) -> tuple[datetime, datetime]:
        """Return its first instant and the first instant after it, in UTC.

        One function gives both, so where clocks change at midnight of a first day no instant is in two months or in
        none: of a midnight that comes twice it is the first, of one that is skipped the instant of the skip.
        """
        return self.begin(zone), self.shifted(1).begin(zone)

    def begin(self, zone: str) -> datetime:
        """Return its first instant, in UTC."""
        return datetime(self.year, self.number, 1, tzinfo=ZoneInfo(zone)).astimezone(UTC)

    def __str__(self) -> str:
        return f"{self.year}-{self.number:02}"
