"""What people may do with an alarm, and what the system says of its condition.

Each is a unit of work of its own: give it a connection in a transaction. It tells the truth about what is so
afterwards, whoever asked. Errors are children of :class:`alarms.errors.DeskError`; then nothing was changed.
"""

from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import Connection

from alarms import tidy
from alarms.errors import AlreadyClosedError, NoSuchResponderError, StaleVersionError
from alarms.lifecycle import machine
from alarms.lifecycle.guards import Move
from alarms.lifecycle.states import Condition, Handling, Overlay
from alarms.lifecycle.table import Event
from alarms.model import SYSTEM, Actor, Alarm
from alarms.raising import settle
from alarms.settings import DeskSettings
from alarms.unit import Unit

_DEFAULTS: Final = DeskSettings()
_LONGEST_NOTE: Final = 4000


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How an alarm stands after an action. ``yours`` tells whether it is with the one who asked."""

    alarm_id: int
    version: int
    handling: Handling
    condition: Condition
    owner_id: str | None
    owner_name: str | None
    lease_until: datetime | None
    outcome: str | None
    overlay: Overlay
    overlay_until: datetime | None
    yours: bool

    @property
    def taken_by(self) -> str | None:
        """Who has the alarm instead of the one who asked."""
        return None if self.yours else self.owner_id


def accept(
    connection: Connection,
    alarm_id: int,
    responder_id: str,
    now: datetime,
    *,
    settings: DeskSettings = _DEFAULTS,
    version: int | None = None,
) -> Standing:
    """Take an open alarm, on a lease. If another has it, nothing changes but the record that you came too.

    Accepting what is yours already confirms it, so a repeated tap is no error. ``version`` is compared only while the
    alarm is open: who comes second is told who has it, not that they are late.
    """
    unit, alarm, actor = _begin(connection, alarm_id, responder_id, now, settings)
    event = Event.ACCEPTED
    if alarm.owner_id is not None:
        event = Event.CONFIRMED if alarm.owner_id == responder_id else Event.ALSO_ACCEPTED
    else:
        _require(alarm, version)
    return _do(unit, alarm, event, Move(actor=actor))


def confirm(
    connection: Connection, alarm_id: int, responder_id: str, now: datetime, *, settings: DeskSettings = _DEFAULTS
) -> Standing:
    """Say that you are still on it: the lease is extended, and a new press counts as heard."""
    unit, alarm, actor = _begin(connection, alarm_id, responder_id, now, settings)
    return _do(unit, alarm, Event.CONFIRMED, Move(actor=actor))


def attend(
    connection: Connection,
    alarm_id: int,
    responder_id: str,
    now: datetime,
    *,
    settings: DeskSettings = _DEFAULTS,
    version: int | None = None,
) -> Standing:
    """Say that you are on the way."""
    unit, alarm, actor = _begin(connection, alarm_id, responder_id, now, settings, version)
    return _do(unit, alarm, Event.ATTENDED, Move(actor=actor))


def arrive(
    connection: Connection, alarm_id: int, responder_id: str, now: datetime, *, settings: DeskSettings = _DEFAULTS
) -> Standing:
    """Say that you are there. The first time counts in follow-up; saying it again only extends the lease."""
    unit, alarm, actor = _begin(connection, alarm_id, responder_id, now, settings)
    return _do(unit, alarm, Event.ARRIVED, Move(actor=actor))


def release(
    connection: Connection,
    alarm_id: int,
    responder_id: str,
    now: datetime,
    *,
    reason: str,
    settings: DeskSettings = _DEFAULTS,
    version: int | None = None,
) -> Standing:
    """Let go of an alarm, or, as a supervisor, take it from its owner: it is open again and its chain begins anew."""
    unit, alarm, actor = _begin(connection, alarm_id, responder_id, now, settings, version)
    return _do(unit, alarm, Event.RELEASED, Move(actor=actor, reason=_text(reason)))


def hand_over(
    connection: Connection,
    alarm_id: int,
    responder_id: str,
    now: datetime,
    *,
    to: str,
    reason: str,
    settings: DeskSettings = _DEFAULTS,
    version: int | None = None,
) -> Standing:
    """Hand an alarm to a colleague, who must confirm; if they do not, it is open again.

    Handing it to whoever has it already changes nothing, so a repeated tap is no error.
    """
    unit, alarm, actor = _begin(connection, alarm_id, responder_id, now, settings)
    if alarm.owner_id == to:
        return _standing(unit, alarm, actor)
    _require(alarm, version)
    return _do(unit, alarm, Event.HANDED_OVER, Move(actor=actor, reason=_text(reason), to=to))


def close(
    connection: Connection,
    alarm_id: int,
    responder_id: str,
    now: datetime,
    *,
    outcome: str,
    note: str = "",
    settings: DeskSettings = _DEFAULTS,
    version: int | None = None,
) -> Standing:
    """Close an alarm that you have, with one of :class:`alarms.lifecycle.outcomes.Outcome` and, if you like, a note."""
    unit, alarm, actor = _begin(connection, alarm_id, responder_id, now, settings, version)
    return _do(unit, alarm, Event.CLOSED, Move(actor=actor, outcome=outcome, reason=_text(note)))


def note(
    connection: Connection,
    alarm_id: int,
    responder_id: str,
    now: datetime,
    *,
    text: str,
    settings: DeskSettings = _DEFAULTS,
) -> Standing:
    """Write a note into the audit; nobody can change it afterwards, and devices never overwrite it."""
    unit, alarm, actor = _begin(connection, alarm_id, responder_id, now, settings)
    return _do(unit, alarm, Event.NOTED, Move(actor=actor, reason=_text(text)))


def shelve(
    connection: Connection,
    alarm_id: int,
    responder_id: str,
    now: datetime,
    *,
    until: datetime,
    reason: str,
    settings: DeskSettings = _DEFAULTS,
    version: int | None = None,
) -> Standing:
    """Pause attention to a care or technical alarm until a time at most 24 hours away; then its chain begins anew.

    Asking again for the same pause changes nothing, so a repeated tap is no error.
    """
    unit, alarm, actor = _begin(connection, alarm_id, responder_id, now, settings)
    if (alarm.overlay, alarm.overlay_until, alarm.overlay_by) == (Overlay.SHELVED, until, actor.id):
        return _standing(unit, alarm, actor)
    _require(alarm, version)
    return _do(unit, alarm, Event.SHELVED, Move(actor=actor, until=until, reason=_text(reason)))


def unshelve(
    connection: Connection, alarm_id: int, responder_id: str, now: datetime, *, settings: DeskSettings = _DEFAULTS
) -> Standing:
    """End a pause before its time."""
    unit, alarm, actor = _begin(connection, alarm_id, responder_id, now, settings)
    return _do(unit, alarm, Event.OVERLAY_ENDED, Move(actor=actor))


def restore(connection: Connection, alarm_id: int, now: datetime, *, settings: DeskSettings = _DEFAULTS) -> Standing:
    """Say that the condition is over. Never closes a life-safety alarm, and nobody's handling changes."""
    return _of_system(connection, alarm_id, now, settings, Event.RESTORED)


def device_lost(
    connection: Connection, alarm_id: int, now: datetime, *, settings: DeskSettings = _DEFAULTS
) -> Standing:
    """Say that the device was lost: whether its condition still holds is not known, and the alarm stays."""
    return _of_system(connection, alarm_id, now, settings, Event.DEVICE_LOST)


def _begin(
    connection: Connection,
    alarm_id: int,
    responder_id: str,
    now: datetime,
    settings: DeskSettings,
    version: int | None = None,
) -> tuple[Unit, Alarm, Actor]:
    unit = Unit(connection, now, settings)
    if unit.directory.person(responder_id) is None:
        raise NoSuchResponderError
    alarm = unit.alarm(alarm_id)
    _require(alarm, version)
    return unit, alarm, Actor.responder(responder_id)


def _require(alarm: Alarm, version: int | None) -> None:
    if version is not None and version != alarm.version:
        raise AlreadyClosedError if alarm.handling is Handling.CLOSED else StaleVersionError(alarm.version)


def _of_system(connection: Connection, alarm_id: int, now: datetime, settings: DeskSettings, event: Event) -> Standing:
    unit = Unit(connection, now, settings)
    return _do(unit, unit.alarm(alarm_id), event, Move(actor=SYSTEM))


def _do(unit: Unit, alarm: Alarm, event: Event, move: Move) -> Standing:
    machine.apply(unit, alarm, event, move)
    standing = _standing(unit, alarm, move.actor)
    settle(unit)
    return standing


def _standing(unit: Unit, alarm: Alarm, actor: Actor) -> Standing:
    owner = unit.directory.person(alarm.owner_id) if alarm.owner_id else None
    return Standing(
        alarm_id=alarm.id,
        version=alarm.version,
        handling=alarm.handling,
        condition=alarm.condition,
        owner_id=alarm.owner_id,
        owner_name=owner.name if owner else None,
        lease_until=alarm.lease_until,
        outcome=alarm.outcome,
        overlay=alarm.overlay,
        overlay_until=alarm.overlay_until,
        yours=alarm.owner_id is not None and alarm.owner_id == actor.id,
    )


def _text(written: str) -> str:
    return tidy.text(written, _LONGEST_NOTE).strip()
