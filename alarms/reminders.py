"""Technicians are reminded by day of devices that can call for help and have never proved that they do."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, select

from alarms.commissioning import State, Trigger, untested
from alarms.escalation.policy import Policy
from alarms.lifecycle.states import ActorKind
from alarms.model import Actor, Placement, Signal
from alarms.office import holders, policy, wall
from alarms.raising import raise_alarm, restore, settle
from alarms.repository import NOT_CLOSED
from alarms.settings import DeskSettings
from alarms.unit import Unit
from rules.base import AlarmClass
from store.tables import alarm, area, occurrence, team

RULE: Final = "commissioning"
CODE: Final = "untested"
_ACTOR: Final = Actor(ActorKind.SYSTEM, "commissioning")
_DAY_S: Final = 86_400.0
_SATURDAY: Final = 5


def remind(connection: Connection, now: datetime, settings: DeskSettings) -> None:
    """Raise one technical alarm for each team that has such devices, once a working day; restore it when it has none.

    Nothing happens by night or at weekends in the zone of the team, and its pages go to technicians, so nobody on night
    duty hears of what can wait until morning.
    """
    limit = now - timedelta(seconds=settings.untested_after_s)
    late: dict[str, list[Trigger]] = defaultdict(list)
    for one in untested(connection):
        if one.since <= limit:
            late[one.team_id].append(one)
    for row in connection.execute(select(team.c.id, team.c.zone).order_by(team.c.id)).all():
        day = _working_day(row.zone, now, settings)
        if day is None:
            continue
        if late[row.id]:
            _raise(connection, row.id, late[row.id], day, now, settings)
        else:
            _restore(connection, row.id, now, settings)


def _working_day(zone: str, now: datetime, settings: DeskSettings) -> str | None:
    """Return the local date within the hours in which technicians are reminded, else None."""
    clock = wall(zone, now)
    first, last = settings.remind_hours
    return clock.date().isoformat() if clock.weekday() < _SATURDAY and first <= clock.hour < last else None


def _raise(
    connection: Connection, team_id: str, late: list[Trigger], day: str, now: datetime, settings: DeskSettings
) -> None:
    key = f"{RULE}:{team_id}:{day}"
    if connection.execute(select(occurrence.c.id).where(occurrence.c.finding_key == key)).first():
        return
    unit = Unit(connection, now, settings)
    # Another desk may have been faster.
    if connection.execute(select(occurrence.c.id).where(occurrence.c.finding_key == key)).first():
        return
    oldest = min(one.since for one in late)
    facts = {
        "count": len(late),
        "never_heard": sum(one.state is State.INSTALLED for one in late),
        "days": int((now - oldest).total_seconds() // _DAY_S),
    }
    place = Placement(area_id=late[0].area_id, team_id=team_id)
    raise_alarm(
        unit, _signal(key, team_id, facts, place, now, policy(holders(connection, "technician"), hear_again=False))
    )
    settle(unit)


def _restore(connection: Connection, team_id: str, now: datetime, settings: DeskSettings) -> None:
    open_one = select(alarm.c.id).where(NOT_CLOSED, alarm.c.correlation_key == f"{RULE}:{CODE}:{team_id}")
    if connection.execute(open_one).first() is None:
        return
    unit = Unit(connection, now, settings)
    where = connection.execute(select(area.c.id).where(area.c.team_id == team_id).limit(1)).scalar() or ""
    restore(unit, [_signal("", team_id, {}, Placement(area_id=where, team_id=team_id), now, None)])
    settle(unit)


def _signal(
    key: str, team_id: str, facts: dict[str, int], place: Placement, now: datetime, told: Policy | None
) -> Signal:
    return Signal(
        key=key,
        correlation_key=f"{RULE}:{CODE}:{team_id}",
        alarm_class=AlarmClass.TECHNICAL,
        rule=RULE,
        code=CODE,
        facts=dict(facts),
        time=now,
        place=place,
        actor=_ACTOR,
        policy=told,
    )
