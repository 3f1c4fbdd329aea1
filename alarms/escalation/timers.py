"""Makes happen what is due: claims timers, gravest and oldest first, and lets each move its alarm."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, func, select, update

from alarms import audit
from alarms.delivery import outbox
from alarms.lifecycle import machine
from alarms.lifecycle.guards import Move
from alarms.lifecycle.states import TimerKind
from alarms.lifecycle.table import Event
from alarms.model import SYSTEM
from alarms.pauses import book, overlay
from alarms.raising import settle
from alarms.repository import GRAVITY, NOT_CLOSED
from alarms.settings import DeskSettings
from alarms.unit import Unit
from store.tables import alarm, timer

_EVENTS: Final[Mapping[TimerKind, Event]] = {
    TimerKind.STEP: Event.STEP_DUE,
    TimerKind.RING: Event.RING_DUE,
    TimerKind.LEASE: Event.LEASE_EXPIRED,
    TimerKind.CONFIRM: Event.CONFIRM_EXPIRED,
    TimerKind.AUTOCLOSE: Event.AUTO_CLOSED,
    TimerKind.AGE: Event.AGED,
}
_DEFAULTS: Final = DeskSettings()


def run_due(
    connection: Connection,
    now: datetime,
    limit: int = 500,
    settings: DeskSettings = _DEFAULTS,
    *,
    only: int | None = None,
) -> int:
    """Fire up to ``limit`` timers that are due; return how many. Call again while it returns any.

    The desk's lock is held, so of several desks one fires a timer; the timer goes in the transaction of what it made
    happen. Nothing is skipped for being old. An alarm moves at most one step in a pass. ``only`` restricts the pass to
    one alarm.
    """
    unit = Unit(connection, now, settings)
    due = _due(connection, now, limit, only)
    unit.fetch({number for number, _ in due})
    for number, kind in due:
        found = unit.alarm(number)
        moment = unit.due(found, kind)
        # One that fired before may have cancelled this one, or moved it.
        if moment is None or moment > now:
            continue
        event = overlay.ending(found) if kind is TimerKind.OVERLAY else _EVENTS[kind]
        move = Move(actor=SYSTEM, outcome=overlay.outcome(event))
        if kind is not TimerKind.STEP:
            unit.cancel_timers(found, kind)
        machine.apply(unit, found, event, move)
    settle(unit)
    return len(due)


def next_due(connection: Connection) -> datetime | None:
    """Return when the next timer is due."""
    return connection.execute(select(func.min(timer.c.due_at))).scalar()


def set_clock_back(connection: Connection, by: timedelta, now: datetime) -> None:
    """Move all that is due, every lease and every pause, earlier by ``by``: the clock was set back, people were not.

    ``now`` is what the clock shows since.

    A clock that was set forward needs nothing: what is overdue then happens at once, as after downtime.
    """
    audit.lock(connection)
    rows = connection.execute(select(timer)).all()
    for row in rows:
        here = (timer.c.alarm_id == row.alarm_id) & (timer.c.kind == row.kind)
        connection.execute(update(timer).where(here).values(due_at=row.due_at - by))
    for until in (alarm.c.lease_until, alarm.c.overlay_until):
        for row in connection.execute(
            select(alarm.c.id, until.label("until")).where(NOT_CLOSED, until.is_not(None))
        ).all():
            connection.execute(update(alarm).where(alarm.c.id == row.id).values({until: row.until - by}))
    book.shift(connection, -by, now)
    outbox.shift(connection, -by)


def due_alarms(connection: Connection, now: datetime, limit: int = 500) -> list[int]:
    """Return the alarms that have something due, in the order in which it would happen."""
    return list(dict.fromkeys(number for number, _ in _due(connection, now, limit, None)))


def postpone(connection: Connection, alarm_id: int, until: datetime) -> None:
    """Try again at ``until`` what could not be done for one alarm, so that the others go on."""
    audit.lock(connection)
    due = (timer.c.alarm_id == alarm_id) & (timer.c.due_at < until)
    connection.execute(update(timer).where(due).values(due_at=until))


def _due(connection: Connection, now: datetime, limit: int, only: int | None) -> list[tuple[int, TimerKind]]:
    query = (
        select(timer.c.alarm_id, timer.c.kind)
        .join(alarm, timer.c.alarm_id == alarm.c.id)
        .where(timer.c.due_at <= now)
        .order_by(GRAVITY, timer.c.due_at, timer.c.alarm_id, timer.c.kind)
        .limit(limit)
    )
    if only is not None:
        query = query.where(timer.c.alarm_id == only)
    return [(row.alarm_id, TimerKind(row.kind)) for row in connection.execute(query)]
