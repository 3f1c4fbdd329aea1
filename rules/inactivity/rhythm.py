"""The rhythm of one home: how often quiets begin, and how soon they end, by hour of the day.

A home is seen as a process that falls quiet and wakes again, at rates that depend on the hour, on how long it has been
quiet and on whether the quiet began at an outer door. Each rate is what was counted here, added to what a typical home
would show in a few hours (gamma prior), scaled by how lively this home is around that hour.

How long is too long follows from quickest change detection: the Shiryaev-Roberts statistic R grows by
dR = (1 + rate * R) dt while nothing is heard and is 0 again with each sign of life. Raising when R reaches A hours
makes a false alarm come once in A hours as far as the rates are right, and no other rule with that many false alarms
finds a change sooner (Pollak, Annals of Statistics 1985;13:206, asymptotically).
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from math import exp
from typing import TypeAlias
from zoneinfo import ZoneInfo

from rules.inactivity.typical import (
    BINS_H,
    ENDS_PER_H,
    NIGHT_HOURS,
    PRIOR_ENDS,
    PRIOR_H,
    QUIET_AFTER_H,
    STARTS_PER_H,
)

#: Hours of the day that are learned together.
SLOT_H = 2
SLOTS = 24 // SLOT_H
#: Quiet is followed in steps of this many hours.
STEP_H = 0.25
#: Longer quiets are absences: nobody learns from them.
LONGEST_LEARNED_H = 30.0
#: What was counted fades to a half in five weeks: seasons, visitors and illness change a home.
FADE_PER_DAY = 0.98

# One row per place and slot: hours active, quiets begun, hours quiet per bin, quiets ended per bin.
_ROW = 2 + 2 * len(BINS_H)
SIZE = 2 * SLOTS * _ROW * 4
_KERNEL = ((-1, 0.5), (0, 1.0), (1, 0.5))

Table: TypeAlias = "memoryview[float]"


def opened(table: bytearray) -> Table:
    """Return the counts (float32) of a table, to read and write."""
    return memoryview(table).cast("f")


def fade(counts: Table, days: int) -> None:
    """Let what was counted weigh less after ``days`` days."""
    factor = FADE_PER_DAY ** min(days, 60)
    for index in range(len(counts)):
        counts[index] *= factor


def slot_of(hour: int) -> int:
    """Return the slot of an hour of wall time."""
    return hour // SLOT_H


def learn_active(counts: Table, place: int, slot: int, hours: float) -> None:
    """Count a pause that was shorter than a quiet."""
    counts[(place * SLOTS + slot) * _ROW] += hours


def learn_quiet(counts: Table, place: int, start: datetime, hours: float, zone: ZoneInfo) -> None:
    """Count a quiet that began at ``start`` (UTC) and ended after ``hours``."""
    if hours > LONGEST_LEARNED_H:
        return
    row = (place * SLOTS + slot_of(start.astimezone(zone).hour)) * _ROW
    counts[row] += QUIET_AFTER_H
    counts[row + 1] += 1
    for elapsed, bin_, hour in _steps(start, zone):
        row = (place * SLOTS + slot_of(hour)) * _ROW + 2 + bin_
        counts[row] += min(STEP_H, hours - elapsed)
        if elapsed + STEP_H >= hours:
            counts[row + len(BINS_H)] += 1
            return


def limit_hours(counts: Table, place: int, start: datetime, zone: ZoneInfo, hours_between: float) -> float:
    """Return the hours of quiet after ``start`` (UTC) that are too long, at one false alarm in ``hours_between``."""
    rate = _rates(counts, place)
    r = 1 / _start_rate(counts, place, start.astimezone(zone).hour)
    elapsed = QUIET_AFTER_H
    for elapsed, bin_, hour in _steps(start, zone):
        if r >= hours_between or elapsed > 7 * 24:
            break
        ends = rate(bin_, hour)
        r = (r + 1 / ends) * exp(ends * STEP_H) - 1 / ends
    return elapsed


def chance_to_last(counts: Table, place: int, start: datetime, zone: ZoneInfo, hours: float) -> float:
    """Return how likely a quiet that began at ``start`` (UTC) lasts for ``hours`` in ordinary life here."""
    rate, expected = _rates(counts, place), 0.0
    for elapsed, bin_, hour in _steps(start, zone):
        if elapsed >= min(hours, 7 * 24):
            break
        expected += STEP_H * rate(bin_, hour)
    return exp(-expected)


def hours_known(counts: Table) -> float:
    """Return how many hours of this home the rhythm rests on; older hours weigh less."""
    kinds = [0, *range(2, 2 + len(BINS_H))]
    return float(sum(counts[row + kind] for row in range(0, len(counts), _ROW) for kind in kinds))


def _steps(start: datetime, zone: ZoneInfo) -> Iterator[tuple[float, int, int]]:
    """Yield hours of quiet, their bin and the hour of wall time, step by step."""
    elapsed, bin_ = QUIET_AFTER_H, 0
    while True:
        while bin_ + 1 < len(BINS_H) and elapsed >= BINS_H[bin_ + 1]:
            bin_ += 1
        yield elapsed, bin_, (start + timedelta(hours=elapsed)).astimezone(zone).hour
        elapsed += STEP_H


def _around(counts: Table, place: int, slot: int, kind: int) -> float:
    """Return a count at ``slot`` together with half of those before and after."""
    first = place * SLOTS
    return sum(weight * counts[(first + (slot + step) % SLOTS) * _ROW + kind] for step, weight in _KERNEL)


def _start_rate(counts: Table, place: int, hour: int) -> float:
    slot, night = slot_of(hour), hour in NIGHT_HOURS
    begun, active = _around(counts, place, slot, 1), _around(counts, place, slot, 0)
    return (begun + PRIOR_H * STARTS_PER_H[place][night]) / (active + PRIOR_H)


def _rates(counts: Table, place: int) -> Callable[[int, int], float]:
    """Return the chance per hour that a quiet in ``bin_`` ends at ``hour``, as this home shows it."""
    bins = range(len(BINS_H))
    lively: dict[int, float] = {}

    def liveliness(slot: int) -> float:
        if slot not in lively:
            ends = sum(_around(counts, place, slot, 2 + len(BINS_H) + bin_) for bin_ in bins)
            lively[slot] = (PRIOR_ENDS + ends) / (PRIOR_ENDS + _foreseen(counts, place, slot))
        return lively[slot]

    def rate(bin_: int, hour: int) -> float:
        slot = slot_of(hour)
        ends = _around(counts, place, slot, 2 + len(BINS_H) + bin_)
        typical = liveliness(slot) * ENDS_PER_H[place][hour in NIGHT_HOURS][bin_]
        return (ends + PRIOR_H * typical) / (_around(counts, place, slot, 2 + bin_) + PRIOR_H)

    return rate


def _foreseen(counts: Table, place: int, slot: int) -> float:
    """Return how many quiets a typical home would have ended in the hours that this one was quiet around ``slot``."""
    total = 0.0
    for step, weight in _KERNEL:
        near = (slot + step) % SLOTS
        row, night = (place * SLOTS + near) * _ROW + 2, near * SLOT_H in NIGHT_HOURS
        total += weight * sum(counts[row + bin_] * typical for bin_, typical in enumerate(ENDS_PER_H[place][night]))
    return total
