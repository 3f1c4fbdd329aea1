"""What the transitions write. Each effect changes the alarm and the unit; what it returns goes into the audit."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from alarms import commissioning
from alarms.channel import stored
from alarms.delivery import outbox
from alarms.escalation import ages, chain
from alarms.lifecycle.guards import Move
from alarms.lifecycle.outcomes import Outcome
from alarms.lifecycle.states import Condition, Handling, Overlay, Reason, TimerKind
from alarms.lifecycle.table import Effect
from alarms.model import Alarm, Signal
from alarms.oncall.directory import Recipient
from alarms.unit import Unit
from rules.base import AlarmClass

Detail = dict[str, Any]


def _start_chain(unit: Unit, alarm: Alarm, move: Move) -> Detail:  # noqa: ARG001 - effects share a signature
    return {"told": chain.start(unit, alarm), "step": alarm.step}


def _stop_chain(unit: Unit, alarm: Alarm, move: Move) -> Detail:  # noqa: ARG001
    chain.stop(unit, alarm)
    alarm.exhausted = False
    return {}


def _next_step(unit: Unit, alarm: Alarm, move: Move) -> Detail:  # noqa: ARG001
    return {"told": chain.advance(unit, alarm), "step": alarm.step}


def _ring(unit: Unit, alarm: Alarm, move: Move) -> Detail:  # noqa: ARG001
    return {"told": chain.ring(unit, alarm)}


def _resume_chain(unit: Unit, alarm: Alarm, move: Move) -> Detail:
    return _start_chain(unit, alarm, move) if alarm.handling is Handling.OPEN else {}


def _count(unit: Unit, alarm: Alarm, move: Move) -> Detail:
    signal = _signal(move)
    unit.occurred(alarm, signal)
    unit.cancel_timers(alarm, TimerKind.AUTOCLOSE)
    alarm.condition = Condition.ACTIVE
    alarm.restored_at = None
    alarm.occurrences += 1
    alarm.code, alarm.facts = signal.code, signal.facts
    return {"code": signal.code, "occurrence": alarm.occurrences}


def _raise_priority(unit: Unit, alarm: Alarm, move: Move) -> Detail:  # noqa: ARG001
    alarm.priority += 1
    return {"priority": alarm.priority}


def _hear_again(unit: Unit, alarm: Alarm, move: Move) -> Detail:  # noqa: ARG001
    """A shelved alarm is heard of when its pause ends; one whose class does not page again is only counted."""
    if alarm.overlay is Overlay.SHELVED or not alarm.policy.hear_again:
        return {}
    return {"told": chain.again(unit, alarm)}


def _insist(unit: Unit, alarm: Alarm, move: Move) -> Detail:  # noqa: ARG001
    """Whoever presses again and again is not being helped: another person hears of it, and the supervisors."""
    if alarm.alarm_class is not AlarmClass.LIFE_SAFETY or alarm.overlay is Overlay.TEST:
        return {}
    if unit.presses(alarm) < unit.settings.insistent_count:
        return {}
    alarm.insistent = True
    if alarm.occurrences == 1:
        alarm.priority += 1
    others = chain.others(unit, alarm, unit.told_now(alarm) | {alarm.owner_id})
    supervisors = unit.directory.reach(["supervisors"], alarm.team_id, alarm.area_id)
    unit.page(alarm, {one.person.id: one for one in (*others, *supervisors)}.values(), Reason.REPEATED)
    return {"others": _ids(others), "supervisors": _ids(supervisors)}


def _graver_class(unit: Unit, alarm: Alarm, move: Move) -> Detail:
    """Take the graver class and its policy; an acceptance that lasts longer than that policy allows is cut."""
    alarm.alarm_class = _signal(move).alarm_class
    alarm.policy = unit.policies.of(alarm.team_id, alarm.alarm_class)
    if alarm.lease_until is not None:
        longest = alarm.policy.attend_lease_s if alarm.handling is Handling.ATTENDING else alarm.policy.lease_s
        _lease(unit, alarm, min(longest, (alarm.lease_until - unit.now).total_seconds()))
    return {"alarm_class": alarm.alarm_class.value}


def _tell_owner(unit: Unit, alarm: Alarm, move: Move) -> Detail:
    if alarm.owner_id is None or not alarm.policy.hear_again:
        return {}
    owner = _recipient(unit, alarm.owner_id)
    if owner is None and move.signal is not None:
        # Its owner has left, or has no contact any more: a press reaches somebody all the same.
        return {"told": chain.again(unit, alarm)}
    told = [owner] if owner else []
    unit.page(alarm, told, Reason.RESTORED if move.signal is None else Reason.OCCURRENCE)
    return {"told": [recipient.person.id for recipient in told]}


def _ask_owner(unit: Unit, alarm: Alarm, move: Move) -> Detail:  # noqa: ARG001
    """Further occurrences do not push the time out: it runs from the first that the owner has not confirmed.

    Whom it was handed to and who has not confirmed that yet has no longer for it than any other owner.
    """
    if alarm.policy.confirm_s is not None:
        until, due = unit.now + timedelta(seconds=alarm.policy.confirm_s), unit.due(alarm, TimerKind.CONFIRM)
        unit.set_timer(alarm, TimerKind.CONFIRM, until if due is None else min(until, due))
    return {}


def _take(unit: Unit, alarm: Alarm, move: Move) -> Detail:
    alarm.owner_id = move.actor.id
    alarm.accepted_at = unit.now
    _lease(unit, alarm, alarm.policy.lease_s)
    return {}


def _extend(unit: Unit, alarm: Alarm, move: Move) -> Detail:  # noqa: ARG001
    unit.cancel_timers(alarm, TimerKind.CONFIRM)
    _lease(unit, alarm, alarm.policy.attend_lease_s if alarm.handling is Handling.ATTENDING else alarm.policy.lease_s)
    return {}


def _on_site(unit: Unit, alarm: Alarm, move: Move) -> Detail:  # noqa: ARG001
    unit.cancel_timers(alarm, TimerKind.CONFIRM)
    alarm.attending_at = alarm.attending_at or unit.now
    _lease(unit, alarm, alarm.policy.attend_lease_s)
    return {}


def _let_go(unit: Unit, alarm: Alarm, move: Move) -> Detail:  # noqa: ARG001
    was = alarm.owner_id
    unit.cancel_timers(alarm, TimerKind.LEASE, TimerKind.CONFIRM)
    alarm.owner_id = alarm.lease_until = alarm.attending_at = None
    return {"owner_was": was} if was else {}


def _hand_over(unit: Unit, alarm: Alarm, move: Move) -> Detail:
    if alarm.attending_at is not None:
        # Somebody was on the way and is no longer: how long it goes unattended counts from here.
        alarm.accepted_at = unit.now
    was, alarm.owner_id, alarm.attending_at = alarm.owner_id, move.to, None
    _lease(unit, alarm, alarm.policy.lease_s)
    unit.set_timer(alarm, TimerKind.CONFIRM, unit.now + timedelta(seconds=alarm.policy.hand_over_s))
    if new_owner := _recipient(unit, move.to):
        unit.page(alarm, [new_owner], Reason.HAND_OVER)
    return {"owner_was": was, "to": move.to}


def _withdraw_pages(unit: Unit, alarm: Alarm, move: Move) -> Detail:  # noqa: ARG001
    unit.withdraw_pages(alarm)
    return {}


def _tell_others(unit: Unit, alarm: Alarm, move: Move) -> Detail:
    """Those who were told hear on their consoles that somebody has it; nobody's phone rings for that."""
    people = outbox.told(unit.connection, alarm.id) - {move.actor.id}
    reached = (_recipient(unit, name, only_stored=True) for name in sorted(people))
    reason = Reason.CLOSED if move.outcome else Reason.TAKEN
    unit.page(alarm, [one for one in reached if one is not None], reason)
    return {}


def _restored(unit: Unit, alarm: Alarm, move: Move) -> Detail:  # noqa: ARG001
    alarm.condition = Condition.RESTORED
    alarm.restored_at = unit.now
    return {}


def _unknown(unit: Unit, alarm: Alarm, move: Move) -> Detail:  # noqa: ARG001
    alarm.condition = Condition.UNKNOWN
    return {}


def _autoclose_later(unit: Unit, alarm: Alarm, move: Move) -> Detail:  # noqa: ARG001
    """One that is shelved closes later than its pause ends, so that what came and went within it is told (M2)."""
    if alarm.alarm_class is AlarmClass.TECHNICAL:
        begins = max(alarm.overlay_until or unit.now, unit.now)
        unit.set_timer(alarm, TimerKind.AUTOCLOSE, begins + timedelta(seconds=unit.settings.autoclose_s))
    return {}


def _shelve(unit: Unit, alarm: Alarm, move: Move) -> Detail:
    if move.until is None:
        raise AssertionError("the table guards this")
    alarm.overlay, alarm.overlay_until = Overlay.SHELVED, move.until
    alarm.overlay_by, alarm.overlay_reason = move.actor.id, move.reason
    unit.set_timer(alarm, TimerKind.OVERLAY, move.until)
    if unit.due(alarm, TimerKind.AUTOCLOSE) is not None:
        _autoclose_later(unit, alarm, move)
    return {"until": move.until.isoformat()}


def _unshelve(unit: Unit, alarm: Alarm, move: Move) -> Detail:  # noqa: ARG001
    """After time in which nothing ran both ends may be due at once: it still closes later than its pause ends (M2)."""
    unit.cancel_timers(alarm, TimerKind.OVERLAY)
    closes = unit.due(alarm, TimerKind.AUTOCLOSE)
    if closes is not None and alarm.overlay is not Overlay.NONE:
        stable = unit.now + timedelta(seconds=unit.settings.autoclose_s)
        unit.set_timer(alarm, TimerKind.AUTOCLOSE, max(closes, stable))
    alarm.overlay = Overlay.NONE
    alarm.overlay_until = alarm.overlay_by = alarm.overlay_reason = None
    return {}


def _wake(unit: Unit, alarm: Alarm, move: Move) -> Detail:
    return {} if alarm.overlay is Overlay.TEST else _unshelve(unit, alarm, move)


def _commission(unit: Unit, alarm: Alarm, move: Move) -> Detail:
    came_back = commissioning.answered(unit.connection, alarm, move.actor.id, unit.now)
    return {"in_service": alarm.device_id} if came_back else {}


def _end_test(unit: Unit, alarm: Alarm, move: Move) -> Detail:  # noqa: ARG001
    """What was not closed as a test goes on as a real alarm, by its team's own policy."""
    if alarm.overlay is not Overlay.TEST:
        return {}
    alarm.policy = unit.policies.of(alarm.team_id, alarm.alarm_class)
    if alarm.lease_until is not None:
        longest = alarm.policy.attend_lease_s if alarm.handling is Handling.ATTENDING else alarm.policy.lease_s
        _lease(unit, alarm, min(longest, (alarm.lease_until - unit.now).total_seconds()))
    return {"real": True}


def _finish(unit: Unit, alarm: Alarm, move: Move) -> Detail:
    unit.cancel_timers(alarm)
    # A test stays marked as one for as long as it is kept.
    _wake(unit, alarm, move)
    alarm.closed_at, alarm.closed_by = unit.now, move.actor.id
    alarm.outcome, alarm.exhausted = Outcome(move.outcome).value, False
    return {"outcome": alarm.outcome}


def _plan_age(unit: Unit, alarm: Alarm, move: Move) -> Detail:  # noqa: ARG001
    ages.plan(unit, alarm)
    return {}


def _tell_age(unit: Unit, alarm: Alarm, move: Move) -> Detail:  # noqa: ARG001
    age, told = ages.tell(unit, alarm)
    return {"age_s": age, "told": told}


def _name(unit: Unit, alarm: Alarm, move: Move) -> Detail:  # noqa: ARG001
    return {"which": move.to}


def _lease(unit: Unit, alarm: Alarm, seconds: float) -> None:
    alarm.lease_until = unit.now + timedelta(seconds=seconds)
    unit.set_timer(alarm, TimerKind.LEASE, alarm.lease_until)


def _recipient(unit: Unit, responder_id: str, *, only_stored: bool = False) -> Recipient | None:
    person = unit.directory.person(responder_id)
    found = unit.directory.recipient(person) if person else None
    if found is None or not only_stored:
        return found
    silent = tuple(contact for contact in found.contacts if contact.channel in stored())
    return Recipient(found.person, silent) if silent else None


def _ids(recipients: list[Recipient]) -> list[str]:
    return [recipient.person.id for recipient in recipients]


def _signal(move: Move) -> Signal:
    if move.signal is None:
        raise AssertionError("an occurrence carries its finding")
    return move.signal


EFFECTS: Final[Mapping[Effect, Callable[[Unit, Alarm, Move], Detail]]] = {
    Effect.START_CHAIN: _start_chain,
    Effect.STOP_CHAIN: _stop_chain,
    Effect.NEXT_STEP: _next_step,
    Effect.RING: _ring,
    Effect.RESUME_CHAIN: _resume_chain,
    Effect.COUNT: _count,
    Effect.RAISE_PRIORITY: _raise_priority,
    Effect.HEAR_AGAIN: _hear_again,
    Effect.INSIST: _insist,
    Effect.GRAVER_CLASS: _graver_class,
    Effect.TELL_OWNER: _tell_owner,
    Effect.ASK_OWNER: _ask_owner,
    Effect.TAKE: _take,
    Effect.EXTEND: _extend,
    Effect.ON_SITE: _on_site,
    Effect.LET_GO: _let_go,
    Effect.HAND_OVER: _hand_over,
    Effect.WITHDRAW_PAGES: _withdraw_pages,
    Effect.TELL_OTHERS: _tell_others,
    Effect.CONDITION_RESTORED: _restored,
    Effect.CONDITION_UNKNOWN: _unknown,
    Effect.AUTOCLOSE_LATER: _autoclose_later,
    Effect.SHELVE: _shelve,
    Effect.UNSHELVE: _unshelve,
    Effect.WAKE: _wake,
    Effect.COMMISSION: _commission,
    Effect.END_TEST: _end_test,
    Effect.FINISH: _finish,
    Effect.NAME: _name,
    Effect.PLAN_AGE: _plan_age,
    Effect.TELL_AGE: _tell_age,
}
