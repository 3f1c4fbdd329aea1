"""What people may pause: the beginning and the end of a pause, each with its audit row."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, insert, select, update

from alarms import tidy
from alarms.errors import (
    EndlessTestError,
    NoEndError,
    NoSuchPauseError,
    NoSuchResponderError,
    NoSuchSubjectError,
    NothingToTestError,
    OpenAlarmError,
    ReasonMissingError,
    UnreachableTesterError,
)
from alarms.lifecycle import machine
from alarms.lifecycle.guards import LONGEST_PAUSE, Move
from alarms.lifecycle.states import Handling, Overlay
from alarms.lifecycle.table import Event
from alarms.model import Actor, Alarm
from alarms.pauses import overlay
from alarms.pauses.book import Pause, find
from alarms.raising import settle
from alarms.repository import NOT_CLOSED
from alarms.settings import DeskSettings
from alarms.unit import Unit
from rules.base import AlarmClass, Scope
from store.tables import alarm, assignment, device, home, pause, resident

_DEFAULTS: Final = DeskSettings()
_COLUMN: Final = {Scope.HOME: "home_id", Scope.RESIDENT: "resident_id", Scope.DEVICE: "device_id"}
_TABLE: Final = {Scope.HOME: home, Scope.RESIDENT: resident, Scope.DEVICE: device}


def begin_test(
    connection: Connection,
    *,
    scope: Scope,
    subject: str,
    responder_id: str,
    until: datetime,
    reason: str,
    now: datetime,
    settings: DeskSettings = _DEFAULTS,
) -> Pause:
    """Put the devices that now serve a home or resident, or one device, under test: what they say pages one person.

    Raises NoSuchResponderError, UnreachableTesterError, ReasonMissingError, EndlessTestError, NothingToTestError, and
    OpenAlarmError while one of the devices has an alarm that is no test.
    """
    unit = _unit(connection, responder_id, reason, now, settings)
    person = unit.directory.person(responder_id)
    if person is None or unit.directory.recipient(person) is None:
        raise UnreachableTesterError
    if not now < until <= now + overlay.LONGEST_TEST:
        raise EndlessTestError
    devices = _serving(connection, scope, subject, now)
    if not devices:
        raise NothingToTestError
    life_safety = alarm.c.alarm_class == AlarmClass.LIFE_SAFETY.value
    real = alarm.c.device_id.in_(devices) & life_safety & (alarm.c.overlay != Overlay.TEST.value)
    if connection.execute(select(alarm.c.id).where(NOT_CLOSED, real).limit(1)).first():
        raise OpenAlarmError
    begun = _begin(unit, Overlay.TEST, scope, subject, devices, responder_id, until, reason)
    settle(unit)
    return begun


def begin_shelving(
    connection: Connection,
    *,
    scope: Scope,
    subject: str,
    responder_id: str,
    until: datetime,
    reason: str,
    now: datetime,
    settings: DeskSettings = _DEFAULTS,
) -> Pause:
    """Let care and technical alarms of a home, a resident or a device wait, those that are open now and new ones.

    Raises NoSuchResponderError, ReasonMissingError, NoEndError, NoSuchSubjectError.
    """
    unit = _unit(connection, responder_id, reason, now, settings)
    if not now < until <= now + LONGEST_PAUSE:
        raise NoEndError
    subjects = _TABLE[scope]
    if connection.execute(select(subjects.c.id).where(subjects.c.id == subject)).first() is None:
        raise NoSuchSubjectError
    begun = _begin(unit, Overlay.SHELVED, scope, subject, [], responder_id, until, reason)
    mine = alarm.c[_COLUMN[scope]] == subject
    grave = alarm.c.alarm_class == AlarmClass.LIFE_SAFETY.value
    open_now = (alarm.c.handling == Handling.OPEN.value) & (alarm.c.overlay == Overlay.NONE.value)
    numbers = connection.execute(select(alarm.c.id).where(mine, ~grave, open_now)).scalars().all()
    move = Move(actor=Actor.responder(responder_id), until=until, reason=begun.reason)
    for one in _alarms(unit, numbers):
        machine.apply(unit, one, Event.SHELVED, move)
    settle(unit)
    return begun


def end(
    connection: Connection, pause_id: int, responder_id: str, now: datetime, *, settings: DeskSettings = _DEFAULTS
) -> None:
    """End a pause before its time.

    Whose test it is says with it that all its alarms were tests. Ended by another, those that its holder had not taken
    become real.

    Raises NoSuchPauseError, NoSuchResponderError.
    """
    unit = Unit(connection, now, settings)
    if unit.directory.person(responder_id) is None:
        raise NoSuchResponderError
    found = find(connection, pause_id)
    ended = update(pause).where(pause.c.id == pause_id, pause.c.ended_at.is_(None), pause.c.until_at > now)
    if found is None or connection.execute(ended.values(ended_at=now, ended_by=responder_id)).rowcount == 0:
        raise NoSuchPauseError
    mine = (alarm.c.overlay == found.kind.value) & (alarm.c.overlay_by == found.responder_id)
    under = (
        alarm.c.device_id.in_(sorted(found.devices))
        if found.devices
        else alarm.c[_COLUMN[found.scope]] == found.subject
    )
    numbers = connection.execute(
        select(alarm.c.id).where(NOT_CLOSED, mine, under, alarm.c.overlay_until == found.until_at)
    ).scalars()
    actor = Actor.responder(responder_id)
    for one in _alarms(unit, numbers.all()):
        overlay.end(unit, one, actor)
    unit.log_event(actor, "pause_ended", {"pause": pause_id})
    settle(unit)


def _unit(connection: Connection, responder_id: str, reason: str, now: datetime, settings: DeskSettings) -> Unit:
    unit = Unit(connection, now, settings)
    if unit.directory.person(responder_id) is None:
        raise NoSuchResponderError
    if not tidy.text(reason).strip():
        raise ReasonMissingError
    return unit


def _serving(connection: Connection, scope: Scope, subject: str, now: datetime) -> list[str]:
    here = (assignment.c.from_at <= now) & (assignment.c.to_at.is_(None) | (assignment.c.to_at > now))
    query = (
        select(assignment.c.device_id)
        .join(device, device.c.id == assignment.c.device_id)
        .where(assignment.c[_COLUMN[scope]] == subject, here, device.c.retired_at.is_(None))
    )
    return sorted(set(connection.execute(query).scalars()))


def _begin(
    unit: Unit,
    kind: Overlay,
    scope: Scope,
    subject: str,
    devices: Sequence[str],
    responder_id: str,
    until: datetime,
    reason: str,
) -> Pause:
    values: dict[str, Any] = {
        "kind": kind.value,
        "scope": scope.value,
        "subject": subject,
        "devices": list(devices),
        "from_at": unit.now,
        "until_at": until,
        "reason": tidy.text(reason).strip(),
        "responder_id": responder_id,
    }
    number = unit.connection.execute(insert(pause).values(values).returning(pause.c.id)).scalar_one()
    told = {
        "pause": number,
        "scope": scope.value,
        "subject": subject,
        "until": until.isoformat(),
        "reason": values["reason"],
    }
    if devices:
        told["devices"] = list(devices)
    unit.log_event(Actor.responder(responder_id), f"{kind.value}_began", told)
    found = find(unit.connection, number)
    if found is None:
        raise AssertionError("it was written a moment ago")
    return found


def _alarms(unit: Unit, numbers: Sequence[int]) -> list[Alarm]:
    unit.fetch(numbers)
    return [unit.alarm(number) for number in numbers]
