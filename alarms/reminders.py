"""Technicians are reminded by day of devices that can call for help and have never proved that they do."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Connection, select

from alarms.commissioning import State, Trigger, untested
from alarms.escalation.policy import MOST_STEPS, MOST_TARGETS, Policy, Step
from alarms.lifecycle.states import ActorKind
from alarms.model import Actor, Placement, Signal
from alarms.oncall.walltime import local
from alarms.raising import raise_alarm, restore, settle
from alarms.repository import NOT_CLOSED
from alarms.settings import DeskSettings
from alarms.unit import Unit
from rules.base import AlarmClass
from store.tables import account, alarm, area, occurrence, responder, team

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
    try:
        wall = local(now, ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError):
        wall = now.replace(tzinfo=None)
    first, last = settings.remind_hours
    return wall.date().isoformat() if wall.weekday() < _SATURDAY and first <= wall.hour < last else None


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
    raise_alarm(unit, _signal(key, team_id, facts, place, now, _policy(connection)))
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
    key: str, team_id: str, facts: dict[str, int], place: Placement, now: datetime, policy: Policy | None
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
        policy=policy,
    )


def _policy(connection: Connection) -> Policy:
    """Return whom it tells: responders who sign in as technicians, else whoever is on duty; again a day later."""
    query = (
        select(responder.c.id)
        .join(account, account.c.responder_id == responder.c.id)
        .where(account.c.role == "technician", account.c.active, responder.c.active)
        .order_by(responder.c.id)
    )
    targets = tuple(
        f"responder:{name}" for name in connection.execute(query).scalars() if not any(map(str.isspace, name))
    )
    told = targets[: MOST_TARGETS * MOST_STEPS] or ("on_duty",)
    return Policy(
        # All of them at once; a step holds only so many.
        steps=tuple(
            Step(after_s=0, targets=told[first : first + MOST_TARGETS]) for first in range(0, len(told), MOST_TARGETS)
        ),
        ring=told[:MOST_TARGETS],
        ring_s=_DAY_S,
        lease_s=7 * _DAY_S,
        attend_lease_s=7 * _DAY_S,
        hear_again=False,
    )
