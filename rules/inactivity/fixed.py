"""The settled limits: an allowance of quiet, used up faster by day than at night."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from rules.inactivity.settings import InactivitySettings
from rules.nights import is_within


def is_night(at: datetime, zone: ZoneInfo, settings: InactivitySettings) -> bool:
    """Say whether ``at`` lies in the night of the home."""
    return is_within(at, zone, settings.night_from, settings.night_to)


def limit_hours(seen: datetime, zone_name: str, settings: InactivitySettings) -> float:
    """Return how many hours of quiet after ``seen`` use up the allowance.

    Each hour of the day uses 1/day_limit_h of it, each hour of the night 1/night_limit_h: quiet that goes over from
    night to day ends between the two. Counted in real hours, so a night in which clocks change is as long as it is.
    """
    zone = ZoneInfo(zone_name)
    at, left = seen, 1.0
    while True:
        limit = settings.night_limit_h if is_night(at, zone, settings) else settings.day_limit_h
        until = _next_border(at, zone, settings)
        hours = (until - at).total_seconds() / 3600
        if hours >= left * limit:
            return (at - seen).total_seconds() / 3600 + left * limit
        left -= hours / limit
        at = until


def _next_border(at: datetime, zone: ZoneInfo, settings: InactivitySettings) -> datetime:
    """Return the next moment (UTC) at which night begins or ends; never more than two days away."""
    today = at.astimezone(zone).date()
    borders = (
        datetime.combine(today + timedelta(days=days), wall, zone).astimezone(UTC)
        for days in range(3)
        for wall in (settings.night_from, settings.night_to)
    )
    return min(border for border in borders if border > at)
