"""The chain of an open alarm: its steps, one by one, and the ring that goes on for ever after the last."""

from collections.abc import Collection
from datetime import datetime, timedelta

from alarms.escalation.nobody import nobody_reached
from alarms.lifecycle.states import Overlay, Reason, TimerKind
from alarms.model import Alarm
from alarms.oncall.directory import Recipient
from alarms.unit import Unit


def start(unit: Unit, alarm: Alarm) -> list[str]:
    """Begin the chain from its first step, at once when that has no delay; return the ids of those who are told."""
    stop(unit, alarm)
    alarm.step, alarm.exhausted = -1, False
    if alarm.overlay is Overlay.SHELVED:
        return []
    delay = timedelta(seconds=alarm.policy.delay(0))
    if delay:
        unit.set_timer(alarm, TimerKind.STEP, unit.now + delay)
        return []
    return advance(unit, alarm)


def stop(unit: Unit, alarm: Alarm) -> None:
    """Let no step and no ring come."""
    unit.cancel_timers(alarm, TimerKind.STEP, TimerKind.RING)


def advance(unit: Unit, alarm: Alarm) -> list[str]:
    """Fire the next step; one that reaches nobody falls through to the one after it (E5). Return whom it told.

    The step after it is due as long after this one was due, so time in which nothing ran is not waited for again.
    """
    due = unit.due(alarm, TimerKind.STEP) or unit.now
    unit.cancel_timers(alarm, TimerKind.STEP)
    while alarm.step + 1 < alarm.policy.length:
        alarm.step += 1
        told = _at_step(unit, alarm, alarm.step)
        if told:
            unit.page(alarm, told, Reason.STEP)
            _plan(unit, alarm, due)
            return [recipient.person.id for recipient in told]
        nobody_reached(unit, alarm)
    return ring(unit, alarm)


def ring(unit: Unit, alarm: Alarm) -> list[str]:
    """Tell everybody whom the ring means, and again after ``ring_s``: this ends only when a person accepts (E4)."""
    alarm.exhausted = True
    unit.set_timer(alarm, TimerKind.RING, unit.now + timedelta(seconds=alarm.policy.ring_s))
    told = _everybody(unit, alarm)
    if not told:
        nobody_reached(unit, alarm)
    unit.page(alarm, told, Reason.RING)
    return [recipient.person.id for recipient in told]


def again(unit: Unit, alarm: Alarm) -> list[str]:
    """Tell of a new occurrence those whom the chain has come to; if that is nobody, everybody. No timer moves."""
    told = [] if alarm.exhausted else _at_step(unit, alarm, max(alarm.step, 0))
    told = told or _everybody(unit, alarm)
    unit.page(alarm, told, Reason.OCCURRENCE)
    return [recipient.person.id for recipient in told]


def others(unit: Unit, alarm: Alarm, known: Collection[str | None]) -> list[Recipient]:
    """Return who else can be told: others on duty, else the first to whom the chain would come that are not known."""
    ahead = (alarm.policy.step(number).targets for number in range(max(alarm.step, 0), alarm.policy.length))
    for targets in (("on_duty",), *ahead, alarm.policy.ring, ("fallback",)):
        meant = unit.directory.reach(targets, alarm.team_id, alarm.area_id)
        found = [recipient for recipient in meant if recipient.person.id not in known]
        if found:
            return found
    return []


def _at_step(unit: Unit, alarm: Alarm, number: int) -> list[Recipient]:
    step = alarm.policy.step(number)
    return unit.directory.reach(step.targets, alarm.team_id, alarm.area_id, step.contacts)


def _everybody(unit: Unit, alarm: Alarm) -> list[Recipient]:
    """Return whom the ring means; if no page can reach any of them, the team of the fallback area."""
    ring_means = unit.directory.reach(alarm.policy.ring, alarm.team_id, alarm.area_id)
    return ring_means or unit.directory.reach(["fallback"], alarm.team_id, alarm.area_id)


def _plan(unit: Unit, alarm: Alarm, due: datetime) -> None:
    """Set the timer for what follows the step that has just fired."""
    if alarm.step + 1 < alarm.policy.length:
        after = timedelta(seconds=alarm.policy.delay(alarm.step + 1))
        unit.set_timer(alarm, TimerKind.STEP, due + after)
    else:
        unit.set_timer(alarm, TimerKind.RING, unit.now + timedelta(seconds=alarm.policy.ring_s))
