"""How long a life-safety alarm may go without anybody on site before a supervisor hears of it, step by step.

The chain asks for somebody to accept; this asks for something else: that the time since then does not grow unseen. A
colleague who accepts and confirms again and again, and never goes, is found here.
"""

from datetime import datetime, timedelta

from alarms.lifecycle.states import Handling, Overlay, Reason, TimerKind
from alarms.model import Alarm
from alarms.unit import Unit
from rules.base import AlarmClass


def plan(unit: Unit, alarm: Alarm) -> None:
    """Set the timer for the next age that the alarm can reach as it now stands; none once somebody attends to it."""
    unit.cancel_timers(alarm, TimerKind.AGE)
    following = _next(unit, alarm, unit.now)
    if following is not None:
        unit.set_timer(alarm, TimerKind.AGE, following)


def tell(unit: Unit, alarm: Alarm) -> tuple[int, list[str]]:
    """Tell the supervisors of the age that was reached, and plan the next; return the age in seconds and who is told.

    Without a supervisor whom a page can reach, the team of the fallback area is told.
    """
    since = _since(alarm)
    age = int((unit.now - since).total_seconds()) if since is not None else 0
    told = unit.directory.reach(["supervisors"], alarm.team_id, alarm.area_id)
    told = told or unit.directory.reach(["fallback"], alarm.team_id, alarm.area_id)
    alarm.aged += 1
    unit.page(alarm, told, Reason.AGED)
    plan(unit, alarm)
    return age, [recipient.person.id for recipient in told]


def _since(alarm: Alarm) -> datetime | None:
    """Return from when its age counts: opened until somebody accepts, accepted until somebody attends to it."""
    if alarm.alarm_class is not AlarmClass.LIFE_SAFETY or alarm.overlay is Overlay.TEST:
        return None
    if alarm.handling is Handling.OPEN:
        return alarm.opened_at
    return alarm.accepted_at if alarm.handling is Handling.ACCEPTED else None


def _next(unit: Unit, alarm: Alarm, after: datetime) -> datetime | None:
    since = _since(alarm)
    if since is None:
        return None
    settings = unit.settings
    ages = settings.aged_open_s if alarm.handling is Handling.OPEN else settings.aged_unattended_s
    moments = (since + timedelta(seconds=age) for age in ages)
    return min((moment for moment in moments if moment > after), default=None)
