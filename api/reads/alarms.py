"""Alarms as people see them, with whoever lives there, each look logged before it is given."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, Row, or_, select

from alarms import audit_texts, queries
from alarms.errors import NoSuchAlarmError
from alarms.lifecycle.states import Handling, TimerKind
from alarms.oncall.repository import on_duty
from alarms.tale import Tale, tell
from alarms.views import AlarmDetail, AlarmView
from api.identity import access
from api.identity.caller import Caller
from api.identity.roles import Permission
from api.reads.residents import living_in
from api.reads.signs import LIVELY, signs
from devices.observation import Kind
from rules.base import AlarmClass
from store import settings_versions
from store.database import Database
from store.settings_versions import Version
from store.tables import alarm, finding, observation, occurrence, resident, timer

LIST, ONE = "alarm_list", "alarm"
#: Kinds that are measured on a person and shown with their value.
MEASURED = (
    Kind.SYSTOLIC,
    Kind.DIASTOLIC,
    Kind.PULSE,
    Kind.RESPIRATION,
    Kind.OXYGEN,
    Kind.CONSCIOUSNESS,
    Kind.SPO2,
    Kind.TEMPERATURE,
    Kind.GLUCOSE,
    Kind.WEIGHT,
    Kind.BODY_WATER,
    Kind.IRREGULAR_PULSE,
)
#: Signs of life that are shown, and among how many observations they are looked for.
_SIGNS, _LOOKED_AT = 6, 500


class Person(NamedTuple):
    """A resident, as far as a list of alarms needs."""

    id: str
    name: str
    birth_year: int | None
    note: str


class Seen(NamedTuple):
    """Alarms, the cursor of the next page, who lives where each of them came from, and whose owners must answer."""

    alarms: list[AlarmView]
    cursor: str | None
    people: dict[int, list[Person]]
    asked: frozenset[int]


class Story(NamedTuple):
    """One alarm with what a responder wants to know before going there. ``way_in`` says if keys may be shown.

    ``about`` names the residents whom any of it is about.
    """

    detail: AlarmDetail
    tale: Tale
    people: list[Person]
    way_in: bool
    earlier: list[dict[Any, Any]]
    activity: list[Row[Any]]
    measurements: list[Row[Any]]
    set_by: list[Version]
    about: frozenset[str]


async def listed(
    database: Database,
    caller: Caller,
    now: datetime,
    *,
    handling: Collection[Handling],
    limit: int,
    cursor: str | None = None,
) -> Seen:
    """Return a page of the caller's alarms. A list that was shown a moment ago is the same look and is only read."""

    def look(connection: Connection) -> tuple[Seen, list[tuple[int, str]]]:
        found = queries.list_alarms(
            connection, caller.teams, told=caller.responder_id, handling=handling, limit=limit, cursor=cursor
        )
        alarms = [_shown(view, caller) for view in found.alarms]
        seen = Seen(alarms, found.cursor, _people(connection, caller, alarms), _asked(connection, alarms))
        return seen, access.unlogged(connection, caller, _pairs(seen.people), now=now, what=LIST)

    def look_and_log(connection: Connection) -> Seen:
        seen, fresh = look(connection)
        for number, person in fresh:
            access.log(connection, caller, [person], now=now, action="read", what=LIST, alarm_id=number)
        return seen

    seen, fresh = await database.read(look)
    return await database.write(look_and_log) if fresh else seen


async def one(
    database: Database, caller: Caller, now: datetime, alarm_id: int, *, around: bool = False, again: bool = False
) -> Story:
    """Return one alarm; with ``around`` also what was in its home before, which is about whoever shares that home.

    ``again`` says that a page which shows it already shows it anew: the same look for a while.

    Raises NoSuchAlarmError, also for an alarm that the caller may not see.
    """

    def look(connection: Connection) -> tuple[Story, list[tuple[int, str]]]:
        story = _story(connection, caller, now, alarm_id, around=around)
        pairs = [(alarm_id, person) for person in sorted(story.about)]
        return story, access.unlogged(connection, caller, pairs, now=now, what=ONE) if again else pairs

    def look_and_log(connection: Connection) -> Story:
        story, fresh = look(connection)
        people = [person for _, person in fresh]
        access.log(connection, caller, people, now=now, action="read", what=ONE, alarm_id=alarm_id)
        return story

    story, fresh = await database.read(look)
    return await database.write(look_and_log) if fresh else story


def require_visible(connection: Connection, caller: Caller, alarm_id: int) -> None:
    """Raise NoSuchAlarmError unless the alarm is of the caller's teams, or open and the caller was called to it."""
    if not visible(connection, caller, [alarm_id]):
        raise NoSuchAlarmError


def visible(connection: Connection, caller: Caller, alarm_ids: Iterable[int]) -> frozenset[int]:
    """Return those of ``alarm_ids`` that the caller may see."""
    query = select(alarm.c.id).where(alarm.c.id.in_(sorted(alarm_ids)))
    if caller.teams is not None:
        query = query.where(queries.may_see(caller.teams, caller.responder_id))
    return frozenset(connection.scalars(query))


def _story(connection: Connection, caller: Caller, now: datetime, alarm_id: int, *, around: bool) -> Story:
    require_visible(connection, caller, alarm_id)
    detail = _told(queries.alarm_detail(connection, alarm_id), caller)
    view = detail.alarm
    sees_health = caller.may(Permission.HEALTH_READ)
    people = _people(connection, caller, [view])[view.id]
    earlier = _earlier(connection, caller, view) if around else []
    activity = _activity(connection, view) if around and sees_health else []
    measurements = _last(connection, view, MEASURED, 40) if around and sees_health else []
    return Story(
        detail=detail,
        tale=tell(connection, detail),
        people=people,
        way_in=_way_in(connection, caller, view, now),
        earlier=earlier,
        activity=activity,
        measurements=measurements,
        set_by=_set_by(connection, alarm_id) if sees_health else [],
        about=_about(connection, view, people, [row["resident_id"] for row in earlier])
        | _about(connection, view, people, [row.resident_id for row in (*activity, *measurements)]),
    )


def _about(connection: Connection, view: AlarmView, people: list[Person], named: list[str | None]) -> frozenset[str]:
    """Return ``people`` and those who are ``named``. What names nobody is about each who lives there."""
    found = {one.id for one in people} | {one for one in named if one}
    if not all(named):
        found |= living_in(connection, view.home_id or "")
    return frozenset(found)


def _shown(view: AlarmView, caller: Caller) -> AlarmView:
    """Return an alarm as the caller may see it: what is measured on people is health data, what devices lack is not."""
    if caller.may(Permission.HEALTH_READ) or view.alarm_class is AlarmClass.TECHNICAL:
        return view
    return msgspec.structs.replace(view, facts={})


def _told(detail: AlarmDetail, caller: Caller) -> AlarmDetail:
    """Return all about an alarm as the caller may see it. People write health data into reasons and notes."""
    view = _shown(detail.alarm, caller)
    if caller.may(Permission.HEALTH_READ):
        return detail
    bare = view.alarm_class is not AlarmClass.TECHNICAL
    return msgspec.structs.replace(
        detail,
        alarm=view,
        occurrences=[msgspec.structs.replace(one, facts={}) if bare else one for one in detail.occurrences],
        audit=[
            msgspec.structs.replace(
                row, detail={name: value for name, value in row.detail.items() if name != audit_texts.FIELD}
            )
            for row in detail.audit
        ],
    )


def _set_by(connection: Connection, alarm_id: int) -> list[Version]:
    """Return the versions of personal settings that the newest occurrence rests on."""
    query = (
        select(finding.c.settings_versions)
        .join(occurrence, occurrence.c.finding_key == finding.c.key)
        .where(occurrence.c.alarm_id == alarm_id)
        .order_by(occurrence.c.id.desc())
        .limit(1)
    )
    return list(settings_versions.named(connection, connection.scalar(query) or []).values())


def _way_in(connection: Connection, caller: Caller, view: AlarmView, now: datetime) -> bool:
    """Tell whether the caller may see how to get in.

    A key code opens a home for as long as it is not changed, so it is shown to those who may have to go there tonight:
    people on duty for the area, and whoever has the alarm, on duty or not. A closed alarm opens no doors.
    """
    if caller.responder_id is None or view.handling is Handling.CLOSED:
        return False
    return view.owner_id == caller.responder_id or caller.responder_id in on_duty(
        connection, view.team_id, view.area_id, now
    )


def _people(connection: Connection, caller: Caller, views: Iterable[AlarmView]) -> dict[int, list[Person]]:
    """Return whom each alarm is about: its resident, or all who live in the home it came from."""
    views = list(views)
    reads_notes = caller.may(Permission.RESIDENTS_READ)
    homes = {view.home_id for view in views if view.home_id}
    columns = (resident.c.id, resident.c.home_id, resident.c.name, resident.c.birth_year, resident.c.note)
    living: dict[str, list[Person]] = defaultdict(list)
    query = select(*columns).where(resident.c.home_id.in_(homes), resident.c.active).order_by(resident.c.id)
    for row in connection.execute(query):
        living[row.home_id].append(Person(row.id, row.name, row.birth_year, row.note if reads_notes else ""))
    about: dict[int, list[Person]] = {}
    for view in views:
        here = living[view.home_id] if view.home_id else []
        only = [person for person in here if person.id == view.resident_id]
        about[view.id] = only or here
        if view.resident_id and not only:
            # No longer at home here, and still the one whom this alarm was about.
            about[view.id] = [Person(view.resident_id, view.resident_name or "", view.birth_year, "")]
    return about


def _asked(connection: Connection, views: Iterable[AlarmView]) -> frozenset[int]:
    """Return the alarms whose owners must answer a new occurrence before they are taken from them."""
    owned = [view.id for view in views if view.owner_id is not None]
    query = select(timer.c.alarm_id).where(timer.c.alarm_id.in_(owned), timer.c.kind == TimerKind.CONFIRM.value)
    return frozenset(connection.scalars(query))


def _pairs(people: dict[int, list[Person]]) -> list[tuple[int, str]]:
    return [(number, person.id) for number, here in people.items() for person in here]


def _earlier(connection: Connection, caller: Caller, view: AlarmView) -> list[dict[Any, Any]]:
    if view.home_id is None:
        return []
    fields = ("id", "alarm_class", "rule", "code", "facts", "opened_at", "handling", "outcome", "resident_id")
    query = (
        select(*(alarm.c[name] for name in fields))
        .where(alarm.c.home_id == view.home_id, alarm.c.id != view.id)
        .order_by(alarm.c.id.desc())
        .limit(6)
    )
    rows = [dict(row) for row in connection.execute(query).mappings()]
    if not caller.may(Permission.HEALTH_READ):
        rows = [row if row["alarm_class"] == AlarmClass.TECHNICAL else row | {"facts": {}} for row in rows]
    return rows


def _activity(connection: Connection, view: AlarmView) -> list[Row[Any]]:
    """Return the last signs of life, the newest first."""
    return list(signs(reversed(_last(connection, view, LIVELY | {Kind.WEARING}, _LOOKED_AT))))[: -_SIGNS - 1 : -1]


def _last(connection: Connection, view: AlarmView, kinds: Iterable[Kind], limit: int) -> list[Row[Any]]:
    if view.home_id is None:
        return []
    mine: Any = observation.c.home_id == view.home_id
    if view.resident_id:
        mine &= or_(observation.c.resident_id == view.resident_id, observation.c.resident_id == "")
    fields = ("device_id", "kind", "value", "unit", "room", "received_at", "quality", "resident_id")
    query = (
        select(*(observation.c[name] for name in fields))
        .where(mine, observation.c.kind.in_([kind.value for kind in kinds]))
        .order_by(observation.c.received_at.desc(), observation.c.id.desc())
        .limit(limit)
    )
    return list(connection.execute(query))
