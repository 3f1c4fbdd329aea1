"""From a signal to an alarm: a new one, or another occurrence on the one that is open."""

from collections.abc import Iterable
from datetime import timedelta

from alarms import repository, tidy
from alarms.lifecycle import machine
from alarms.lifecycle.guards import Move
from alarms.lifecycle.states import Condition, Handling, Overlay
from alarms.lifecycle.table import Event
from alarms.model import Alarm, Signal
from alarms.pauses import overlay
from alarms.unit import Unit
from rules.base import AlarmClass

_GRAVITY = {member: place for place, member in enumerate(AlarmClass)}


def raise_alarm(unit: Unit, signal: Signal) -> tuple[Alarm, bool]:
    """Open an alarm for ``signal``, or count it on the open one with its correlation key; tell whether it is new."""
    alarm = unit.open_alarms([signal.correlation_key]).get(signal.correlation_key)
    if alarm is None or not overlay.still_fits(unit, alarm, signal):
        return _open(unit, signal), True
    move = Move(actor=signal.actor, signal=signal)
    if _GRAVITY[signal.alarm_class] < _GRAVITY[alarm.alarm_class]:
        machine.apply(unit, alarm, Event.GRAVER, move)
    machine.apply(unit, alarm, Event.OCCURRED, move)
    return alarm, False


def part_ways(unit: Unit, signal: Signal) -> None:
    """Let a signal from another home or resident than that of the open alarm with its key open an alarm of its own.

    A device that now serves somebody else, or a resident who has moved, would otherwise be heard as one more press of
    the case before: at the former address, by the former team. That case stays with whoever has it. A signal of which
    no home is known joins what is open.
    """
    here = signal.place
    alarm = unit.open_alarms([signal.correlation_key]).get(signal.correlation_key)
    if alarm is None or here.home_id is None:
        return
    if (alarm.home_id, alarm.resident_id) != (here.home_id, here.resident_id):
        alarm.correlation_key = tidy.key(f"{alarm.id}:{alarm.correlation_key}", 160)
        unit.write_back(alarm)
        unit.forget_key(signal.correlation_key)


def settle(unit: Unit) -> None:
    """Raise what the work itself has reported, then write everything."""
    seen: set[str] = set()
    while unit.reported:
        signal = unit.reported.popleft()
        if signal.key not in seen:
            seen.add(signal.key)
            raise_alarm(unit, signal)
    unit.flush()


def restore(unit: Unit, signals: Iterable[Signal]) -> list[Alarm]:
    """Say of the open alarms of these signals that their condition is over; nothing else about them changes."""
    by_key = {signal.correlation_key: signal for signal in signals}
    restored = []
    for key, alarm in unit.open_alarms(list(by_key)).items():
        if alarm.condition is not Condition.RESTORED:
            machine.apply(unit, alarm, Event.RESTORED, Move(actor=by_key[key].actor))
            restored.append(alarm)
    return restored


def _open(unit: Unit, signal: Signal) -> Alarm:
    since = unit.now - timedelta(seconds=unit.settings.repeat_s)
    repeat_of = repository.last_closed(unit.connection, signal.correlation_key, since)
    place = signal.place
    alarm = unit.add(
        Alarm(
            id=0,
            correlation_key=signal.correlation_key,
            alarm_class=signal.alarm_class,
            rule=signal.rule,
            code=signal.code,
            facts=signal.facts,
            home_id=place.home_id,
            resident_id=place.resident_id,
            device_id=place.device_id,
            area_id=place.area_id,
            team_id=place.team_id,
            condition=Condition.ACTIVE,
            handling=Handling.OPEN,
            exhausted=False,
            overlay=Overlay.NONE,
            overlay_until=None,
            overlay_by=None,
            overlay_reason=None,
            opened_at=unit.now,
            occurred_at=signal.time,
            occurrences=1,
            owner_id=None,
            lease_until=None,
            accepted_at=None,
            attending_at=None,
            restored_at=None,
            closed_at=None,
            closed_by=None,
            outcome=None,
            repeat_of=repeat_of,
            policy=signal.policy or unit.policies.of(place.team_id, signal.alarm_class),
            step=-1,
            priority=0 if repeat_of is None else 1,
            aged=0,
            version=0,
        )
    )
    unit.occurred(alarm, signal)
    machine.begin(unit, alarm, Move(actor=signal.actor, signal=signal), overlay.lay(unit, alarm, signal))
    return alarm
