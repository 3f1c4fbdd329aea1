"""The desk looks ahead: what is wrong with the duty of the coming month is one technical alarm, told by day."""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Table, insert, select, update

from alarms import office
from alarms.channel import usable
from alarms.escalation.policy import Policy
from alarms.lifecycle.states import ActorKind, Condition
from alarms.model import Actor, Placement, Signal
from alarms.oncall.coverage import AHEAD, Kind, Lack, coverage
from alarms.placement import fallback
from alarms.raising import raise_alarm, restore, settle
from alarms.settings import DeskSettings
from alarms.unit import Unit
from rules.base import AlarmClass
from store.tables import (
    absence,
    area,
    area_term,
    calendar,
    contact,
    meta,
    policy,
    responder,
    rotation,
    substitution,
    team,
)

RULE: Final = "coverage"
CODE: Final = "lacking"
#: What a night cannot wait for; the rest can be mended in office hours.
GRAVE: Final = frozenset({Kind.UNREACHABLE, Kind.NO_TEAM, Kind.GAP})
#: What is grave and begins within this is told at any hour.
SOON: Final = timedelta(days=1)
#: So many are told one by one; the page about duty has them all.
_MOST_TOLD: Final = 20
_KEY: Final = f"{RULE}:{CODE}"
_ACTOR: Final = Actor(ActorKind.SYSTEM, "coverage")
_MARK: Final = "coverage_looked"
#: Everything that decides who is on duty and how they are reached.
DUTY: Final[tuple[Table, ...]] = (
    absence,
    area,
    area_term,
    calendar,
    contact,
    policy,
    responder,
    rotation,
    substitution,
    team,
)


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What a look ahead found; ``mark`` and ``before`` say which look it was and which came before it."""

    before: str
    mark: str
    lacks: list[Lack]
    zones: dict[str, str]


def look_ahead(connection: Connection, now: datetime, settings: DeskSettings) -> Look | None:
    """Look at the coming month once a day in office hours, and whenever duty was changed; None when it is not time.

    Office hours are ``remind_hours`` in the zone of the team that answers for the fallback area. It only reads: looking
    takes long where there are many teams, and no alarm waits meanwhile.
    """
    zones = {row.id: row.zone for row in connection.execute(select(team.c.id, team.c.zone))}
    if not zones:
        return None
    before = _mark(connection)
    seen_day, _, seen = before.partition(" ")
    duty, day = _fingerprint(connection, settings), _office_day(connection, now, zones, settings)
    if duty == seen and (day is None or day == seen_day):
        return None
    lacks = coverage(connection, now, now + AHEAD, settings)
    if day is None:
        # What was changed in the evening is told in the morning, unless that is too late.
        urgent = any(lack.kind in GRAVE and lack.start < now + SOON for lack in lacks)
        day = seen_day or "-"
        if lacks and not urgent:
            return Look(before=before, mark=f"- {duty}", lacks=[], zones={})
    return Look(before=before, mark=f"{day} {duty}", lacks=lacks, zones=zones)


def tell(connection: Connection, look: Look, now: datetime, settings: DeskSettings) -> None:
    """Raise the alarm, count what is new on it, or restore it. Of several desks that looked, one tells."""
    unit = Unit(connection, now, settings)
    if _mark(connection) != look.before:
        return
    _set_mark(connection, look)
    if not look.zones:
        return
    area_id, team_id = fallback(connection, now)
    place = Placement(area_id=area_id, team_id=team_id)
    if not look.lacks:
        restore(unit, [_signal(place, {}, now, None)])
    else:
        known = unit.open_alarms([_KEY]).get(_KEY)
        facts = _facts(look)
        same = known is not None and known.condition is Condition.ACTIVE and _what(known.facts) == _what(facts)
        if not same:
            told = office.policy(_people(connection, look.lacks), hear_again=True)
            raise_alarm(unit, _signal(place, facts, now, told))
    settle(unit)


def _signal(place: Placement, facts: dict[str, Any], now: datetime, told: Policy | None) -> Signal:
    return Signal(
        key=f"{_KEY}:{now.isoformat()}",
        correlation_key=_KEY,
        alarm_class=AlarmClass.TECHNICAL,
        rule=RULE,
        code=CODE,
        facts=facts,
        time=now,
        place=place,
        actor=_ACTOR,
        policy=told,
    )


def _facts(look: Look) -> dict[str, Any]:
    """Return what was found, gravest first, with times as the wall shows them where the team is."""
    lacks = [
        {
            "kind": lack.kind.value,
            "team": lack.team_id,
            "areas": list(lack.area_ids),
            "subject": lack.subject,
            "channels": lack.channels,
            "from": f"{office.wall(look.zones.get(lack.team_id, ''), lack.start):%Y-%m-%d %H:%M}",
            "until": f"{office.wall(look.zones.get(lack.team_id, ''), lack.end):%Y-%m-%d %H:%M}",
        }
        for lack in look.lacks[:_MOST_TOLD]
    ]
    return {"count": len(look.lacks), "lacks": lacks}


def _what(facts: dict[str, Any]) -> set[tuple[Any, ...]]:
    """Return what is wrong, and not when: with each day that passes the same lacks begin and end later."""
    return {(one["kind"], one["team"], *one["areas"], one["subject"]) for one in facts.get("lacks", [])}


def _people(connection: Connection, lacks: Iterable[Lack]) -> list[str]:
    """Return whom it tells: coordinators, and the supervisors of the teams in question, or all if those have none."""
    query = select(responder.c.id, responder.c.team_id).where(responder.c.supervisor, responder.c.active)
    supervisors = connection.execute(query.order_by(responder.c.id)).all()
    teams = {lack.team_id for lack in lacks}
    told = {*office.holders(connection, "coordinator"), *(row.id for row in supervisors if row.team_id in teams)}
    return sorted(told or {row.id for row in supervisors})


def _office_day(connection: Connection, now: datetime, zones: dict[str, str], settings: DeskSettings) -> str | None:
    """Return the local date within office hours, else None."""
    query = select(area.c.team_id).order_by(area.c.fallback.desc(), area.c.id).limit(1)
    clock = office.wall(zones.get(connection.execute(query).scalar() or "", ""), now)
    first, last = settings.remind_hours
    return clock.date().isoformat() if first <= clock.hour < last else None


def _fingerprint(connection: Connection, settings: DeskSettings) -> str:
    """Return a number that is another one after any change of what coverage looks at, whoever made it and how."""
    digest = hashlib.sha256(repr((sorted(usable(settings)), settings.policies)).encode())
    for table in DUTY:
        for row in connection.execute(select(table).order_by(*table.primary_key)):
            digest.update(repr(tuple(row)).encode())
    return digest.hexdigest()


def _mark(connection: Connection) -> str:
    return connection.execute(select(meta.c.value).where(meta.c.name == _MARK)).scalar() or ""


def _set_mark(connection: Connection, look: Look) -> None:
    if look.before:
        connection.execute(update(meta).where(meta.c.name == _MARK).values(value=look.mark))
    else:
        connection.execute(insert(meta), {"name": _MARK, "value": look.mark})
