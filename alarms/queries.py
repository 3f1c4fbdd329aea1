"""Read models of alarms for the API and the console."""

import base64
import binascii
import json
from collections import defaultdict
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, and_, exists, or_, select

from alarms.audit import AuditEvent, events
from alarms.delivery import outbox, reports
from alarms.errors import DeskError, NoSuchAlarmError
from alarms.escalation.policy import Policy
from alarms.grouping import roll
from alarms.lifecycle.states import UNCLOSED, Condition, Handling, Overlay, TimerKind
from alarms.repository import GRAVITY, NOT_CLOSED
from alarms.views import AlarmDetail, AlarmPage, AlarmView, AttemptView, LostDevice, OccurrenceView, Told, Upcoming
from rules.base import AlarmClass
from rules.canary import CanaryRule
from store.tables import alarm, area, audit, finding, home, occurrence, page, resident, responder, timer

_LONGEST_LIST: Final = 500
_LONGEST_CURSOR: Final = 300
_FIELDS: Final = tuple(
    name
    for name in AlarmView.__struct_fields__
    if name not in {"owner_name", "area_name", "address", "resident_name", "birth_year"}
)


class BadCursorError(DeskError):
    """This cursor was not made by this list."""

    code = "bad_cursor"
    status = 422


def list_alarms(
    connection: Connection,
    teams: Collection[str] | None,
    *,
    told: str | None = None,
    handling: Collection[Handling] = UNCLOSED,
    limit: int = 100,
    cursor: str | None = None,
) -> AlarmPage:
    """Return alarms of ``teams`` (None: of all) in the order of attention: class, then priority, then age.

    Alarms of other teams that are not closed are there too if the responder ``told`` was paged about them.
    A list that includes closed alarms is ordered by number instead, newest first. Raises BadCursorError.
    """
    limit = max(1, min(limit, _LONGEST_LIST))
    # The canary is nobody's alarm; what it finds out is one of its own.
    query = _select().where(
        alarm.c.rule != CanaryRule.name, alarm.c.handling.in_([Handling(one).value for one in handling])
    )
    if teams is not None:
        query = query.where(may_see(teams, told))
    newest_first = Handling.CLOSED in handling
    if cursor is not None:
        query = query.where(_after(cursor, newest_first=newest_first))
    order = [alarm.c.id.desc()] if newest_first else [GRAVITY, alarm.c.priority.desc(), alarm.c.opened_at, alarm.c.id]
    found = [_view(row) for row in connection.execute(query.order_by(*order).limit(limit + 1)).mappings()]
    more = len(found) > limit
    return AlarmPage(found[:limit], _cursor(found[limit - 1]) if more else None)


def may_see(teams: Collection[str], told: str | None) -> ColumnElement[bool]:
    """Return the condition on ``alarm`` under which members of ``teams`` may see it.

    Whoever is called to an alarm of another team must be able to open and take it, until it is closed.
    """
    own = alarm.c.team_id.in_(sorted(teams))
    if told is None:
        return own
    paged = exists().where(page.c.alarm_id == alarm.c.id, page.c.responder_id == told)
    return or_(own, and_(NOT_CLOSED, paged.correlate(alarm)))


def alarm_detail(connection: Connection, alarm_id: int, *, newest: int = 200) -> AlarmDetail:
    """Return one alarm, who was told and what comes next, at most ``newest`` of each. Raises NoSuchAlarmError."""
    extra = (alarm.c.policy, home.c.directions, home.c.key_note, home.c.phone)
    row = connection.execute(_select(*extra).where(alarm.c.id == alarm_id)).mappings().one_or_none()
    if row is None:
        raise NoSuchAlarmError
    policy = Policy.model_validate(row["policy"])
    return AlarmDetail(
        alarm=_view(row),
        directions=row["directions"],
        key_note=row["key_note"],
        phone=row["phone"],
        occurrences=_occurrences(connection, alarm_id, newest),
        told=_told(connection, alarm_id)[-newest:],
        upcoming=_upcoming(connection, alarm_id, policy, row["step"]),
        devices=_devices(connection, alarm_id),
        audit=_trail(connection, alarm_id, newest),
        policy_id=policy.id,
    )


def _select(*extra: ColumnElement[Any]) -> Select[Any]:
    columns = (
        *(alarm.c[name] for name in _FIELDS),
        responder.c.name.label("owner_name"),
        area.c.name.label("area_name"),
        home.c.address,
        resident.c.name.label("resident_name"),
        resident.c.birth_year,
    )
    joined = (
        alarm.join(area, alarm.c.area_id == area.c.id)
        .outerjoin(home, alarm.c.home_id == home.c.id)
        .outerjoin(resident, alarm.c.resident_id == resident.c.id)
        .outerjoin(responder, alarm.c.owner_id == responder.c.id)
    )
    return select(*columns, *extra).select_from(joined)


def _view(row: RowMapping) -> AlarmView:
    values = {name: row[name] for name in AlarmView.__struct_fields__}
    values["alarm_class"] = AlarmClass(row["alarm_class"])
    values["condition"] = Condition(row["condition"])
    values["handling"] = Handling(row["handling"])
    values["overlay"] = Overlay(row["overlay"])
    return AlarmView(**values)


def _occurrences(connection: Connection, alarm_id: int, newest: int) -> list[OccurrenceView]:
    query = (
        select(occurrence.c.id, occurrence.c.at, occurrence.c.recorded_at, finding.c.code, finding.c.facts)
        .outerjoin(finding, occurrence.c.finding_key == finding.c.key)
        .where(occurrence.c.alarm_id == alarm_id)
        .order_by(occurrence.c.id.desc())
        .limit(newest)
    )
    rows = connection.execute(query).all()
    return [
        OccurrenceView(id=row.id, at=row.at, recorded_at=row.recorded_at, code=row.code or "", facts=row.facts or {})
        for row in reversed(rows)
    ]


def _told(connection: Connection, alarm_id: int) -> list[Told]:
    attempts: dict[int, list[AttemptView]] = defaultdict(list)
    for row in outbox.attempts_of(connection, alarm_id):
        attempts[row.page_id].append(
            AttemptView(
                attempt=row.attempt,
                started_at=row.started_at,
                finished_at=row.finished_at,
                result=row.result,
                detail=row.detail,
            )
        )
    heard = reports.heard_of(connection, alarm_id)
    return [
        Told(
            page_id=row.id,
            responder_id=row.responder_id,
            responder_name=row.name,
            channel=row.channel,
            reason=row.reason,
            step=row.step,
            created_at=row.created_at,
            state=row.state,
            sent_at=row.sent_at,
            attempts=attempts[row.id],
            progress=heard[row.id].progress if row.id in heard else None,
            failure=heard[row.id].failure if row.id in heard else None,
            reported_at=heard[row.id].at if row.id in heard else None,
        )
        for row in outbox.pages_of(connection, alarm_id)
    ]


def _upcoming(connection: Connection, alarm_id: int, policy: Policy, step: int) -> list[Upcoming]:
    query = select(timer).where(timer.c.alarm_id == alarm_id).order_by(timer.c.due_at, timer.c.kind)
    found = []
    for row in connection.execute(query):
        kind = TimerKind(row.kind)
        following = step + 1 if kind is TimerKind.STEP else None
        targets = policy.ring if kind is TimerKind.RING else ()
        if following is not None and following < policy.length:
            targets = policy.step(following).targets
        found.append(Upcoming(kind=kind, due_at=row.due_at, step=following, targets=targets))
    return found


def _devices(connection: Connection, alarm_id: int) -> list[LostDevice]:
    fields = LostDevice.__struct_fields__
    return [
        LostDevice(**{name: getattr(one, name) for name in fields}) for one in roll.read(connection, alarm_id).values()
    ]


def _trail(connection: Connection, alarm_id: int, newest: int) -> list[AuditEvent]:
    query = select(audit).where(audit.c.alarm_id == alarm_id).order_by(audit.c.seq.desc()).limit(newest)
    rows = connection.execute(query).mappings().all()
    return events(connection, reversed(rows))


def _cursor(last: AlarmView) -> str:
    place = [list(AlarmClass).index(last.alarm_class), last.priority, last.opened_at.isoformat(), last.id]
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def _after(cursor: str, *, newest_first: bool) -> ColumnElement[bool]:
    """Return the condition of what comes after the alarm that the cursor names."""
    if len(cursor) > _LONGEST_CURSOR:
        raise BadCursorError
    try:
        gravity, priority, opened, number = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        opened_at = datetime.fromisoformat(opened).astimezone(UTC)
        gravity, priority, number = int(gravity), int(priority), int(number)
    except (ValueError, TypeError, binascii.Error, OverflowError) as error:
        raise BadCursorError from error
    if max(abs(gravity), abs(priority), abs(number)) >= 2**31:
        raise BadCursorError
    if newest_first:
        return alarm.c.id < number
    later = or_(alarm.c.opened_at > opened_at, and_(alarm.c.opened_at == opened_at, alarm.c.id > number))
    less_urgent = or_(alarm.c.priority < priority, and_(alarm.c.priority == priority, later))
    return or_(gravity < GRAVITY, and_(gravity <= GRAVITY, less_urgent))
