"""Blood pressure at home over seven days (ESH 2021, J Hypertens 39:1293; CHEP 2017, chapter 3).

Two readings in the morning and two in the evening; the first day does not count; at least three days do. The mean of
the rest is elevated from 135 mm[Hg] systolic or 85 diastolic.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

SYSTOLIC_ELEVATED, DIASTOLIC_ELEVATED = 135.0, 85.0
DAYS, FEWEST_DAYS = 7, 3


class Reading(NamedTuple):
    """One reading on a day of wall time, in mm[Hg]."""

    day: date
    systolic: float
    diastolic: float


class Week(NamedTuple):
    """The mean over ``days`` counted days with ``readings`` readings, to a tenth of a mm[Hg]."""

    systolic: float
    diastolic: float
    days: int
    readings: int

    def reaches(self, systolic: float, diastolic: float) -> bool:
        """Say whether one of the means is at its limit or above."""
        return self.systolic >= systolic or self.diastolic >= diastolic


def week_mean(readings: Sequence[Reading], start: date) -> Week | None:
    """Return the mean of the week that begins on ``start`` without that day, or None with fewer than three days."""
    last = start + timedelta(days=DAYS - 1)
    counted = [reading for reading in readings if start < reading.day <= last]
    days = {reading.day for reading in counted}
    if len(days) < FEWEST_DAYS:
        return None
    count = len(counted)
    systolic = sum(reading.systolic for reading in counted) / count
    diastolic = sum(reading.diastolic for reading in counted) / count
    return Week(round(systolic, 1), round(diastolic, 1), len(days), count)
