"""The shapes that a limit can have, as pure functions over values in canonical units."""

from bisect import insort
from collections.abc import Sequence
from typing import Literal, NamedTuple

from devices.observation import Kind
from rules.limits.settings import LimitsSettings
from rules.limits.state import Past

DAY = 86400.0
KEPT_DAYS = 31
MONTH = 30 * DAY

Side = Literal["very_low", "low", "high", "very_high"]


class Breach(NamedTuple):
    """Which limit was passed. ``field`` is its name in the settings."""

    field: str
    side: Side
    limit: float


def breach(kind: Kind, value: float, settings: LimitsSettings) -> Breach | None:
    """Return the gravest limit that ``value`` is outside of."""
    sides: tuple[Side, ...] = ("very_low", "very_high", "low", "high")
    for side in sides:
        field = f"{kind}_{side}"
        limit = settings.limit(field)
        if limit is not None and (value < limit if side.endswith("low") else value > limit):
            return Breach(field, side, limit)
    return None


def remember(recent: list[Past], past: Past, keep: int = 3) -> bool:
    """Put ``past`` in its place by time, keep the newest ``keep``; say whether it is the newest."""
    insort(recent, past)
    del recent[:-keep]
    return recent[-1] == past


def second_of_three(recent: Sequence[Past], kind: Kind, now: Breach, settings: LimitsSettings) -> bool:
    """Say whether at least two of the last three values are outside on the same side as ``now``."""
    low = now.side.endswith("low")
    sides = [found.side.endswith("low") for past in recent[-3:] if (found := breach(kind, past.value, settings))]
    return sides.count(low) >= 2


def remember_daily(days: list[Past], past: Past, day: int, day_of: Sequence[int]) -> None:
    """Keep the last value of each day. ``day_of`` holds the local day of each element of ``days``."""
    for index, other in enumerate(day_of):
        if other == day:
            if past.at >= days[index].at:
                days[index] = past
            return
    insort(days, past)
    del days[:-KEPT_DAYS]


def gain(days: Sequence[Past], past: Past, window_days: float) -> Past | None:
    """Return the lightest earlier day within the window before ``past``, or None when there is none.

    The window holds whole days: a reading in the evening is compared with the morning three days before.
    """
    window = [other for other in days if 0 < past.at - other.at <= (window_days + 0.5) * DAY]
    return min(window, key=lambda other: other.value, default=None)


def loss_percent(days: Sequence[Past], past: Past) -> float | None:
    """Return how many percent ``past`` lies below the mean of the month before it; None below 3 days of history."""
    month = [other.value for other in days if 0 < past.at - other.at <= MONTH]
    if len(month) < 3:
        return None
    mean = sum(month) / len(month)
    return round(100 * (mean - past.value) / mean, 3) if mean > 0 else None
