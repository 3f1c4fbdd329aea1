"""When something is expected, and until when it is not yet missing."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from rules.awaited.due import Due


def slot(due: Due, day: date, zone: str) -> datetime:
    """Return the moment (UTC) at which ``due`` falls on ``day``; wall time decides on days when clocks change."""
    return datetime.combine(day, due.at, ZoneInfo(zone)).astimezone(UTC)


def slot_of(due: Due, at: datetime, zone: str) -> date | None:
    """Return the day whose expected one this is, made ``at``, or None."""
    early, grace = timedelta(minutes=due.early_min), timedelta(minutes=due.grace_min)
    today = at.astimezone(ZoneInfo(zone)).date()
    for day in (today - timedelta(days=1), today, today + timedelta(days=1)):
        if day.weekday() in due.weekdays and slot(due, day, zone) - early <= at <= slot(due, day, zone) + grace:
            return day
    return None


def next_slot(due: Due, after: date, since: datetime, zone: str) -> date:
    """Return the first day later than ``after`` on which ``due`` falls, and falls not before ``since``."""
    day = max(after + timedelta(days=1), since.astimezone(ZoneInfo(zone)).date())
    while day.weekday() not in due.weekdays or slot(due, day, zone) < since:
        day += timedelta(days=1)
    return day


def last_slot(due: Due, first: date, now: datetime, zone: str) -> tuple[date, int]:
    """Return the last day whose grace has passed by ``now``, and how many there are from ``first``, itself one."""
    grace = timedelta(minutes=due.grace_min)
    last, missed, day = first, 1, first + timedelta(days=1)
    while slot(due, day, zone) + grace <= now:
        if day.weekday() in due.weekdays:
            last, missed = day, missed + 1
        day += timedelta(days=1)
    return last, missed
