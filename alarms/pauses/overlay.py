"""What a pause does to an alarm that falls under it, and how that ends."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from alarms import commissioning
from alarms.escalation.policy import Policy, Step
from alarms.lifecycle import machine
from alarms.lifecycle.guards import Move
from alarms.lifecycle.outcomes import Outcome
from alarms.lifecycle.states import Overlay, TimerKind
from alarms.lifecycle.table import Event
from alarms.model import SYSTEM, Actor, Alarm, Signal
from alarms.unit import Unit

#: A test lasts at most this long (routing invariant M1).
LONGEST_TEST = timedelta(minutes=30)
_AGAIN_S = 60.0


def policy(responder_id: str) -> Policy:
    """Return the policy of an alarm under test: its holder hears of it, every minute until they take it; nobody else.

    It has steps for longer than a test lasts, so that no test exhausts its chain and rings everybody.
    """
    holder = (f"responder:{responder_id}",)
    again = int(LONGEST_TEST.total_seconds() / _AGAIN_S) + 1
    return Policy(
        steps=(Step(after_s=0, targets=holder), *([Step(after_s=_AGAIN_S, targets=holder)] * again)),
        ring=holder,
        ring_s=_AGAIN_S,
        lease_s=2 * LONGEST_TEST.total_seconds(),
        attend_lease_s=2 * LONGEST_TEST.total_seconds(),
    )


def lay(unit: Unit, alarm: Alarm, signal: Signal) -> Mapping[str, Any]:
    """Lay the pause that ``signal`` falls under over its new alarm; return what the audit should know."""
    found = unit.pauses.over(signal)
    if found is None:
        return {}
    if found.kind is Overlay.TEST:
        alarm.policy = policy(found.responder_id)
    alarm.overlay, alarm.overlay_until = found.kind, found.until_at
    alarm.overlay_by, alarm.overlay_reason = found.responder_id, found.reason
    unit.set_timer(alarm, TimerKind.OVERLAY, found.until_at)
    commissioning.pressed(unit.connection, alarm, unit.now)
    return {"overlay": found.kind.value, "pause": found.id}


def still_fits(unit: Unit, alarm: Alarm, signal: Signal) -> bool:
    """Tell whether ``signal`` may join ``alarm``; a test that it is no part of ends first.

    A press that was made before the test, or after its end, is nobody's test: the alarm becomes a real one, or, where
    its holder had taken it, closes as the test it was, and the press gets its own.
    """
    if alarm.overlay is not Overlay.TEST:
        return True
    found = unit.pauses.over(signal)
    lasts = alarm.overlay_until is not None and alarm.overlay_until > unit.now
    if found is not None and found.kind is Overlay.TEST and lasts:
        return True
    if end(unit, alarm) is not Event.TEST_CLOSED:
        return True
    unit.write_back(alarm)
    return False


def end(unit: Unit, alarm: Alarm, actor: Actor = SYSTEM) -> Event:
    """End the pause over an alarm; return by which event. A test that its holder has taken, or ends, is closed."""
    event = ending(alarm, actor)
    machine.apply(unit, alarm, event, Move(actor=actor, outcome=outcome(event)))
    return event


def ending(alarm: Alarm, actor: Actor = SYSTEM) -> Event:
    """Return the event that ends the pause over ``alarm``."""
    held = alarm.overlay is Overlay.TEST and alarm.overlay_by in {alarm.owner_id, actor.id}
    return Event.TEST_CLOSED if held else Event.OVERLAY_ENDED


def outcome(event: Event) -> str:
    """Return the outcome that goes with an event of the system, or nothing."""
    return {Event.TEST_CLOSED: Outcome.TEST.value, Event.AUTO_CLOSED: Outcome.RESTORED_ITSELF.value}.get(event, "")
