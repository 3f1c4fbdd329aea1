"""SQL of alarms, their occurrences and their timers."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, TypeVar

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    bindparam,
    case,
    delete,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from alarms.escalation.policy import Policy
from alarms.lifecycle.outcomes import Outcome
from alarms.lifecycle.states import Condition, Handling, Overlay, TimerKind
from alarms.model import Alarm
from rules.base import AlarmClass
from store.tables import alarm, occurrence, timer

T = TypeVar("T")

#: Keys looked up in one statement; both engines take far more, and plans stay small.
_CHUNK: Final = 500

#: Written into the statement, not bound: the planner uses a partial index only when it can read its condition.
NOT_CLOSED: Final[ColumnElement[bool]] = alarm.c.handling != literal(Handling.CLOSED.value, literal_execute=True)
#: 0 for life safety, then care, then technical.
GRAVITY: Final[ColumnElement[int]] = case(
    {member.value: place for place, member in enumerate(AlarmClass)}, value=alarm.c.alarm_class, else_=0
)
_FIELDS: Final = tuple(name for name in Alarm.__struct_fields__ if name != "id")


# Built once: most of what a small statement costs is making it.
_BY_IDS: Final = select(alarm).where(alarm.c.id.in_(bindparam("ids", expanding=True)))
_OPEN: Final = select(alarm).where(alarm.c.correlation_key.in_(bindparam("keys", expanding=True)), NOT_CLOSED)
_OF_DEVICE: Final = select(alarm).where(
    alarm.c.device_id == bindparam("device"), alarm.c.condition == Condition.ACTIVE.value, NOT_CLOSED
)
_LAST_CLOSED: Final = (
    select(alarm.c.id)
    .where(
        alarm.c.correlation_key == bindparam("key"),
        alarm.c.closed_at >= bindparam("since"),
        alarm.c.overlay != Overlay.TEST.value,
    )
    .order_by(alarm.c.closed_at.desc(), alarm.c.id.desc())
    .limit(1)
)
_ADD: Final = insert(alarm).returning(alarm.c.id)
_SET_TIMER: Final = {
    name: made.on_conflict_do_update(
        index_elements=[timer.c.alarm_id, timer.c.kind], set_={"due_at": made.excluded.due_at}
    )
    for name, made in (("sqlite", sqlite.insert(timer)), ("postgresql", postgresql.insert(timer)))
}
_TIMERS: Final = select(timer).where(timer.c.alarm_id.in_(bindparam("ids", expanding=True)))


def by_ids(connection: Connection, ids: Collection[int]) -> list[Alarm]:
    return [found for some in chunks(sorted(ids)) for found in _load(connection, _BY_IDS, ids=some)]


def open_by_keys(connection: Connection, keys: Collection[str]) -> list[Alarm]:
    """Return the alarms with these correlation keys that are not closed; at most one for each (S3)."""
    return [found for some in chunks(sorted(keys)) for found in _load(connection, _OPEN, keys=some)]


def active_of_device(connection: Connection, device_id: str) -> list[Alarm]:
    """Return the alarms of a device whose condition it still reported when last heard."""
    return _load(connection, _OF_DEVICE, device=device_id)


def last_closed(connection: Connection, correlation_key: str, since: datetime) -> int | None:
    """Return the newest alarm with this key that was closed at or after ``since``."""
    return connection.execute(_LAST_CLOSED, {"key": correlation_key, "since": since}).scalar()


def add(connection: Connection, new: Alarm) -> int:
    """Insert an alarm and return its number; ``new.id`` is ignored."""
    row = {name: _column(name, getattr(new, name)) for name in _FIELDS}
    number: int = connection.execute(_ADD, row).scalar_one()
    return number


def save(connection: Connection, pairs: Iterable[tuple[Alarm, Alarm]]) -> None:
    """Write (before, after) pairs back: only columns that changed, one statement for each set of columns."""
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for before, after in pairs:
        changed = tuple(name for name in _FIELDS if getattr(before, name) != getattr(after, name))
        if changed:
            row = {name: _column(name, getattr(after, name)) for name in changed}
            groups[changed].append({"the_id": after.id, **row})
    for rows in groups.values():
        connection.execute(update(alarm).where(alarm.c.id == bindparam("the_id")), rows)


def timers_of(connection: Connection, ids: Collection[int]) -> dict[tuple[int, TimerKind], datetime]:
    found: dict[tuple[int, TimerKind], datetime] = {}
    for some in chunks(sorted(ids)):
        for row in connection.execute(_TIMERS, {"ids": some}):
            found[row.alarm_id, TimerKind(row.kind)] = row.due_at
    return found


def set_timers(connection: Connection, wanted: Mapping[tuple[int, TimerKind], datetime]) -> None:
    """Make these timers be; one that is there already gets the new time."""
    if not wanted:
        return
    rows = [{"alarm_id": number, "kind": kind.value, "due_at": due} for (number, kind), due in wanted.items()]
    connection.execute(_SET_TIMER[connection.dialect.name], rows)


def delete_timers(connection: Connection, gone: Collection[tuple[int, TimerKind]]) -> None:
    if not gone:
        return
    statement = delete(timer).where(timer.c.alarm_id == bindparam("the_alarm"), timer.c.kind == bindparam("the_kind"))
    connection.execute(statement, [{"the_alarm": number, "the_kind": kind.value} for number, kind in sorted(gone)])


def add_occurrences(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert occurrences: ``alarm_id``, ``finding_key``, ``at``, ``recorded_at``."""
    if rows:
        connection.execute(insert(occurrence), [dict(row) for row in rows])


def count_presses(connection: Connection, of: Alarm, since: datetime) -> int:
    """Count life-safety occurrences after ``since`` of the resident of an alarm, tests left out.

    They may lie on several alarms: on one for each button, and on those that were closed in between. Where no resident
    is known, those of the same subject count.
    """
    same = alarm.c.resident_id == of.resident_id if of.resident_id else alarm.c.correlation_key == of.correlation_key
    query = (
        select(func.count())
        .select_from(occurrence.join(alarm, occurrence.c.alarm_id == alarm.c.id))
        .where(
            same,
            alarm.c.alarm_class == AlarmClass.LIFE_SAFETY.value,
            alarm.c.overlay != Overlay.TEST.value,
            alarm.c.closed_at.is_(None) | ((alarm.c.closed_at > since) & (alarm.c.outcome != Outcome.TEST.value)),
            occurrence.c.recorded_at > since,
        )
    )
    return connection.execute(query).scalar_one()


def chunks(items: Sequence[T], size: int = _CHUNK) -> Iterable[Sequence[T]]:
    """Cut a sequence into pieces of at most ``size``."""
    return (items[start : start + size] for start in range(0, len(items), size))


def _load(connection: Connection, query: Select[Any], **values: Any) -> list[Alarm]:
    return [_alarm(row) for row in connection.execute(query, values).mappings()]


def _column(name: str, value: Any) -> Any:
    if name == "policy":
        return value.model_dump(mode="json")
    return value.value if isinstance(value, StrEnum) else value


def _alarm(row: RowMapping) -> Alarm:
    values: dict[str, Any] = dict(row)
    values["alarm_class"] = AlarmClass(values["alarm_class"])
    values["condition"] = Condition(values["condition"])
    values["handling"] = Handling(values["handling"])
    values["overlay"] = Overlay(values["overlay"])
    values["policy"] = Policy.model_validate(values["policy"])
    return Alarm(**values)


def copy_of(found: Alarm) -> Alarm:
    """Return a copy to compare with later; fields are replaced, never changed inside."""
    return msgspec.structs.replace(found)
