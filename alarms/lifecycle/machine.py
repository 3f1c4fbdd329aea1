"""Runs the table: finds the row, checks its guards, applies its effects, writes its one audit row."""

from collections.abc import Mapping
from typing import Any, Final

from alarms import persons
from alarms.errors import AlreadyClosedError, NotPossibleError
from alarms.lifecycle import table
from alarms.lifecycle.effects import EFFECTS
from alarms.lifecycle.guards import GUARDS, Move
from alarms.lifecycle.states import Handling, Overlay
from alarms.lifecycle.table import Event, Transition
from alarms.model import Alarm
from alarms.unit import Unit

#: A person who acts on what they saw before one of these is not out of date.
_NO_NEWS: Final = frozenset({Event.STEP_DUE, Event.RING_DUE, Event.ALSO_ACCEPTED, Event.AGED})


def apply(unit: Unit, alarm: Alarm, event: Event, move: Move) -> None:
    """Let ``event`` happen to ``alarm``. Raises AlreadyClosedError, NotPossibleError or what a guard raises."""
    row = table.find(alarm.handling, event, move.actor.kind)
    if row is None:
        raise AlreadyClosedError if alarm.handling is Handling.CLOSED else NotPossibleError(f"It is {alarm.handling}.")
    _run(unit, alarm, row, move, {})


def begin(unit: Unit, alarm: Alarm, move: Move, more: Mapping[str, Any] | None = None) -> None:
    """Let the life of a new alarm, which the unit holds already, begin; ``more`` goes into the audit."""
    row = table.find(None, Event.OPENED, move.actor.kind)
    if row is None:
        raise NotPossibleError
    _run(unit, alarm, row, move, {**_born(unit, alarm), **(more or {})})


def _born(unit: Unit, alarm: Alarm) -> dict[str, Any]:
    """Return all that follow-up must know of an alarm: it reads the audit alone (A2)."""
    born: dict[str, Any] = {
        "alarm_class": alarm.alarm_class.value,
        "rule": alarm.rule,
        "code": alarm.code,
        "area": alarm.area_id,
    }
    if alarm.repeat_of is not None:
        born["repeat_of"] = alarm.repeat_of
    if alarm.overlay is Overlay.TEST:
        born["overlay"] = alarm.overlay.value
    return born | persons.about(unit.connection, alarm.resident_id, alarm.home_id)


def _run(unit: Unit, alarm: Alarm, row: Transition, move: Move, detail: dict[str, Any]) -> None:
    for guard in row.guards:
        GUARDS[guard](unit, alarm, move)
    rang = alarm.exhausted
    if row.to is not None:
        alarm.handling = row.to
    if move.reason:
        detail |= {"reason": move.reason}
    for effect in row.effects:
        detail |= EFFECTS[effect](unit, alarm, move)
    if alarm.exhausted != rang:
        detail["exhausted"] = alarm.exhausted
    if row.event not in _NO_NEWS:
        alarm.version += 1
    unit.log(alarm, move.actor, row.event.value, detail)
