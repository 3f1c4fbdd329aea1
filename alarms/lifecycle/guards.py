"""What must hold for an event to count, besides the state; each guard raises its own error."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

import msgspec

from alarms.errors import (
    LifeSafetyError,
    NoEndError,
    NotPossibleError,
    NotYoursError,
    OutcomeMissingError,
    ReasonMissingError,
    UnreachableColleagueError,
)
from alarms.lifecycle.outcomes import BY_SYSTEM, Outcome
from alarms.lifecycle.states import ActorKind, Condition, Overlay
from alarms.lifecycle.table import Guard
from alarms.model import Actor, Alarm, Signal
from alarms.unit import Unit
from rules import canary
from rules.base import AlarmClass

#: A pause is at most this long (routing invariant M1).
LONGEST_PAUSE: Final = timedelta(hours=24)


class Move(msgspec.Struct, kw_only=True):
    """An event that somebody wants to happen, with what it brings along."""

    actor: Actor
    signal: Signal | None = None
    outcome: str = ""
    reason: str = ""
    to: str = ""
    until: datetime | None = None


def _owner(unit: Unit, alarm: Alarm, move: Move) -> None:  # noqa: ARG001 - guards share a signature
    if move.actor.id != alarm.owner_id:
        raise NotYoursError(alarm.owner_id or "nobody")


def _owner_or_supervisor(unit: Unit, alarm: Alarm, move: Move) -> None:
    person = unit.directory.person(move.actor.id)
    if person is None or not person.supervisor:
        _owner(unit, alarm, move)


def _outcome(unit: Unit, alarm: Alarm, move: Move) -> None:  # noqa: ARG001
    if move.outcome not in set(Outcome) - BY_SYSTEM:
        raise OutcomeMissingError


def _reason(unit: Unit, alarm: Alarm, move: Move) -> None:  # noqa: ARG001
    if not move.reason.strip():
        raise ReasonMissingError


def _colleague(unit: Unit, alarm: Alarm, move: Move) -> None:  # noqa: ARG001
    colleague = unit.directory.person(move.to)
    if colleague is None or unit.directory.recipient(colleague) is None:
        raise UnreachableColleagueError


def _not_life_safety(unit: Unit, alarm: Alarm, move: Move) -> None:  # noqa: ARG001
    if alarm.alarm_class is AlarmClass.LIFE_SAFETY:
        raise LifeSafetyError


def _ends(unit: Unit, alarm: Alarm, move: Move) -> None:  # noqa: ARG001
    if move.until is None or not unit.now < move.until <= unit.now + LONGEST_PAUSE:
        raise NoEndError


def _paused(unit: Unit, alarm: Alarm, move: Move) -> None:  # noqa: ARG001
    if alarm.overlay is Overlay.NONE:
        raise NotPossibleError("Its attention is not paused.")


def _test_held(unit: Unit, alarm: Alarm, move: Move) -> None:  # noqa: ARG001
    by_person = move.actor.kind is ActorKind.RESPONDER and move.actor.id == alarm.overlay_by
    if alarm.overlay is not Overlay.TEST or not (by_person or alarm.owner_id == alarm.overlay_by):
        raise NotPossibleError("It is no test of yours.")


def _technical(unit: Unit, alarm: Alarm, move: Move) -> None:  # noqa: ARG001
    if alarm.alarm_class is not AlarmClass.TECHNICAL:
        raise LifeSafetyError


def _canary(unit: Unit, alarm: Alarm, move: Move) -> None:  # noqa: ARG001
    if alarm.rule != canary.RULE.name or alarm.device_id != canary.DEVICE:
        raise NotPossibleError


def _technical_and_restored(unit: Unit, alarm: Alarm, move: Move) -> None:  # noqa: ARG001
    fits = alarm.alarm_class is AlarmClass.TECHNICAL and alarm.condition is Condition.RESTORED
    if not fits or move.actor.kind is not ActorKind.SYSTEM:
        raise NotPossibleError


GUARDS: Final[Mapping[Guard, Callable[[Unit, Alarm, Move], None]]] = {
    Guard.OWNER: _owner,
    Guard.OWNER_OR_SUPERVISOR: _owner_or_supervisor,
    Guard.OUTCOME: _outcome,
    Guard.REASON: _reason,
    Guard.COLLEAGUE: _colleague,
    Guard.NOT_LIFE_SAFETY: _not_life_safety,
    Guard.ENDS: _ends,
    Guard.PAUSED: _paused,
    Guard.TEST_HELD: _test_held,
    Guard.CANARY: _canary,
    Guard.TECHNICAL: _technical,
    Guard.TECHNICAL_AND_RESTORED: _technical_and_restored,
}
