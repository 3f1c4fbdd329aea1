"""Hours of wall time as settings of a rule, and whether a moment lies within them."""

from datetime import UTC, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator


def _without_offset(wall: time) -> time:
    if wall.tzinfo is not None:
        message = "the time is wall time of the home and has no offset"
        raise ValueError(message)
    return wall


#: A time of day as the clock of the home shows it.
WallTime = Annotated[time, AfterValidator(_without_offset)]


def is_within(at: datetime, zone: ZoneInfo, start: time, end: time) -> bool:
    """Say whether ``at`` lies in the hours from ``start`` to ``end``, over midnight where ``end`` comes first."""
    wall = at.astimezone(zone).time()
    return start <= wall < end if start <= end else wall >= start or wall < end


def next_at(after: datetime, zone: ZoneInfo, wall: time) -> datetime:
    """Return the first moment (UTC) later than ``after`` at which the clock of the home shows ``wall``."""
    today = after.astimezone(zone).date()
    days = (datetime.combine(today + timedelta(days=step), wall, zone).astimezone(UTC) for step in range(3))
    return next(at for at in days if at > after)
