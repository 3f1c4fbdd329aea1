"""Slow changes that matter for one person: a straight line through one value a day."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from rules.limits import shapes
from rules.limits.judge import Facts, Statement
from rules.limits.settings import LimitsSettings, Slope
from rules.limits.state import LimitsState, Past


def follow(state: LimitsState, kind: str, past: Past, zone: str, settings: LimitsSettings) -> Iterator[Statement]:
    """Remember ``past`` as its day's value, and say which of the person's slopes it makes too steep."""
    slopes = [slope for slope in settings.slopes if slope.kind == kind]
    if not slopes:
        return
    days = state.daily.setdefault(kind, [])
    local = [datetime.fromtimestamp(at, ZoneInfo(zone)).toordinal() for at in (past.at, *(day.at for day in days))]
    shapes.remember_daily(days, past, local[0], local[1:])
    for slope in slopes:
        yield from _judge(days, past, slope)


def _judge(days: Sequence[Past], past: Past, slope: Slope) -> Iterator[Statement]:
    window = [day for day in days if 0 <= past.at - day.at <= (slope.days + 0.5) * shapes.DAY]
    if len(window) < slope.fewest_days:
        return
    change = change_over(window)
    for side, limit, amount in (("rising", slope.rise, change), ("falling", slope.fall, -change)):
        if limit is not None and amount > limit:
            facts: Facts = {
                "value": past.value,
                "change": round(amount, 2),
                "limit": limit,
                "days": round((window[-1].at - window[0].at) / shapes.DAY, 1),
                "limit_days": float(slope.days),
            }
            yield Statement(f"{slope.kind}_{side}", facts, (window[0].id, past.id))


def change_over(window: Sequence[Past]) -> float:
    """Return by how much the least-squares line through ``window``, oldest first, rises from end to end."""
    middle = sum(day.at for day in window) / len(window)
    mean = sum(day.value for day in window) / len(window)
    spread = sum((day.at - middle) ** 2 for day in window)
    if spread <= 0:
        return 0.0
    slope = sum((day.at - middle) * (day.value - mean) for day in window) / spread
    return slope * (window[-1].at - window[0].at)
