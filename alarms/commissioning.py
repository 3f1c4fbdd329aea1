"""Which devices that can call for help have proved it: installed, heard, tested, in service.

A device is in service once a press under test has gone all the way: a page about it was handed to a provider, and the
person whom it went to answered. Nothing is held back from a device that is not: a press from it alarms as any other.
Whatever it proved at another home, or for another resident, does not count where it serves now.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from alarms.channel import stored
from alarms.lifecycle.states import Overlay
from alarms.model import Alarm
from rules.base import AlarmClass
from rules.unknown import gravest
from store.tables import area, assignment, commissioning, device, home, page, presence


class State(StrEnum):
    """How far a device has come since it serves where it serves now."""

    INSTALLED = "installed"
    HEARD = "heard"
    TESTED = "tested"
    IN_SERVICE = "in_service"


class Trigger(msgspec.Struct, frozen=True, kw_only=True):
    """A device that can call for help. ``since`` is when it came to where it serves now."""

    device_id: str
    kind: str
    home_id: str
    address: str
    room: str
    area_id: str
    team_id: str
    since: datetime
    state: State
    last_seen_at: datetime | None
    pressed_at: datetime | None
    paged_at: datetime | None
    confirmed_at: datetime | None
    confirmed_by: str | None


_HERE: Final = (
    select(
        device.c.id,
        device.c.kind,
        assignment.c.home_id,
        assignment.c.room,
        assignment.c.from_at,
        home.c.address,
        home.c.area_id,
        area.c.team_id,
        presence.c.last_seen_at,
        commissioning.c.pressed_at,
        commissioning.c.paged_at,
        commissioning.c.confirmed_at,
        commissioning.c.confirmed_by,
    )
    .join(assignment, assignment.c.device_id == device.c.id)
    .join(home, home.c.id == assignment.c.home_id)
    .join(area, area.c.id == home.c.area_id)
    .outerjoin(presence, presence.c.device_id == device.c.id)
    .outerjoin(commissioning, commissioning.c.device_id == device.c.id)
    .where(device.c.retired_at.is_(None), assignment.c.to_at.is_(None))
    .order_by(assignment.c.from_at, device.c.id)
)


def triggers(connection: Connection) -> list[Trigger]:
    """Return all devices that can call for help and serve somewhere, those that came first at the beginning."""
    rows = connection.execute(_HERE).all()
    return [_trigger(row) for row in rows if gravest(row.kind) is AlarmClass.LIFE_SAFETY]


def untested(connection: Connection) -> list[Trigger]:
    """Return those of them that are not in service."""
    return [one for one in triggers(connection) if one.state is not State.IN_SERVICE]


def trigger(connection: Connection, device_id: str) -> Trigger | None:
    """Return one device, of whatever kind, that serves somewhere."""
    row = connection.execute(_HERE.where(device.c.id == device_id)).first()
    return _trigger(row) if row is not None else None


def pressed(connection: Connection, alarm: Alarm, now: datetime) -> None:
    """Note that a device under test called."""
    if alarm.overlay is Overlay.TEST and alarm.alarm_class is AlarmClass.LIFE_SAFETY:
        _note(connection, alarm.device_id, pressed_at=now, alarm_id=alarm.id)


def answered(connection: Connection, alarm: Alarm, responder_id: str, now: datetime) -> bool:
    """Note that somebody answered a test; return whether that puts the device into service.

    It does when a page to this person was handed to a provider before: one that is told by being stored proves nothing
    of a phone, and who happens to look at the console has not been reached. Nor does a press from where it served
    before: nobody has heard it where it serves now.
    """
    if alarm.overlay is not Overlay.TEST or alarm.alarm_class is not AlarmClass.LIFE_SAFETY:
        return False
    here = trigger(connection, alarm.device_id)
    if here is not None and alarm.opened_at < here.since:
        return False
    query = (
        select(page.c.sent_at)
        .where(page.c.alarm_id == alarm.id, page.c.responder_id == responder_id, page.c.state == "sent")
        .where(page.c.channel.not_in(sorted(stored())))
        .order_by(page.c.sent_at)
        .limit(1)
    )
    paged_at = connection.execute(query).scalar()
    if paged_at is None:
        return False
    _note(connection, alarm.device_id, paged_at=paged_at, confirmed_at=now, confirmed_by=responder_id)
    return True


def _note(connection: Connection, device_id: str, **values: object) -> None:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    new = dialect.insert(commissioning).values(device_id=device_id, **values)
    connection.execute(new.on_conflict_do_update(index_elements=["device_id"], set_=values))


def _trigger(row: Any) -> Trigger:
    return Trigger(
        device_id=row.id,
        kind=row.kind,
        home_id=row.home_id,
        address=row.address,
        room=row.room,
        area_id=row.area_id,
        team_id=row.team_id,
        since=row.from_at,
        state=_state(row),
        last_seen_at=row.last_seen_at,
        pressed_at=row.pressed_at,
        paged_at=row.paged_at,
        confirmed_at=row.confirmed_at,
        confirmed_by=row.confirmed_by,
    )


def _state(row: Any) -> State:
    reached = (
        (State.IN_SERVICE, row.confirmed_at),
        (State.TESTED, row.pressed_at),
        (State.HEARD, row.last_seen_at),
    )
    return next((state for state, at in reached if at is not None and at >= row.from_at), State.INSTALLED)
