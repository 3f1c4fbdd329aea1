"""Calls rules on their states, and lets none of them harm another.

A rule that raises has perhaps changed half of its state. So that state is dropped: the rule begins anew for this
subject, as if the subject came under watch now, and a technical finding says so.
"""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from devices.observation import Observation
from rules.base import Enrolment, Finding, Moment
from rules.deadlines import Deadlines
from rules.failure import REPORT_AGAIN, presented, rule_failed
from rules.reception import Reception
from rules.slots import Plan, Slot

_RESOLUTION = timedelta(microseconds=1)


class Fold:
    """The deadlines of all slots, and ``now``: the time of the last event, an observation or a deadline that fired."""

    def __init__(self, reception: Reception, now: datetime) -> None:
        self.deadlines = Deadlines()
        self.reception = reception
        self.now = now

    def begin(self, slot: Slot, since: datetime, findings: list[Finding]) -> None:
        """Give ``slot`` its first state, of a subject under watch since ``since``."""
        try:
            slot.state = slot.plan.rule.begin(_since(slot.enrolment, since))
        except Exception as error:  # noqa: BLE001 - no rule may stop another
            self._start_anew(slot, error, (), findings)
        else:
            self.schedule(slot, findings)

    def observe(self, slot: Slot, observation: Observation, findings: list[Finding]) -> None:
        """Fold ``observation`` into ``slot`` and move its deadline."""
        plan = slot.plan
        try:
            if slot.state is None:
                slot.state = plan.rule.begin(_since(slot.enrolment, self.now))
            found = plan.observe(slot.state, observation, slot.enrolment)
            if found:
                findings.extend([presented(finding, slot) for finding in found])
            slot.fired = None
            due = plan.deadline(slot.state, slot.enrolment, self.reception.moment)
            if due is not None:
                self.deadlines.look_by(slot, due)
        except Exception as error:  # noqa: BLE001 - no rule may stop another
            self._start_anew(slot, error, (observation.id,), findings)

    def fire(self, until: datetime, findings: list[Finding]) -> None:
        """Let every deadline no later than ``until`` fire, in order of deadline, then rule, then subject.

        Before those of one time the site is looked at: when no home is heard, no home's silence is judged.
        """
        while True:
            look = self.reception.look_at(until)
            entry = self.deadlines.take(until if look is None else look - _RESOLUTION)
            if entry is not None:
                self._come_up(*entry, findings)
            elif look is None:
                return
            else:
                self.now = max(self.now, look)
                if (silent := self.reception.look(look)) is not None:
                    findings.append(silent)

    def next_deadline(self, findings: list[Finding]) -> datetime | None:
        """Return the first deadline."""
        look = self.reception.next_look()
        while (entry := self.deadlines.first()) is not None:
            at, slot = entry
            due = self._due(slot, findings)
            if due is not None and due <= at:
                return due if look is None else min(due, look)
            self.deadlines.forget(slot)
            if due is not None:
                self.deadlines.look_by(slot, due)
        return look

    def schedule(self, slot: Slot, findings: list[Finding]) -> None:
        """Look at the deadline of ``slot`` again, because something beside its observations changed."""
        due = self._due(slot, findings)
        if due is not None:
            self.deadlines.look_by(slot, due)

    def would_wait(self, slot: Slot) -> bool:
        """Say whether ``slot`` has a deadline once homes are heard: while none is, no rule gives one."""
        moment = self.reception.moment
        if moment.deaf_since is None or slot.state is None:
            return False
        hearing = Moment(resumed_at=moment.resumed_at, unheard=moment.unheard)
        try:
            return slot.plan.deadline(slot.state, slot.enrolment, hearing) is not None
        except Exception:  # noqa: BLE001 - it is kept, and told of when its deadline is wanted
            return True

    def _come_up(self, at: datetime, slot: Slot, findings: list[Finding]) -> None:
        due = self._due(slot, findings)
        if due is None:
            return
        if due > at:
            self.deadlines.look_by(slot, due)
        else:
            self._expire(slot, due, findings)

    def _expire(self, slot: Slot, due: datetime, findings: list[Finding]) -> None:
        self.now = max(self.now, due)
        slot.fired = due
        try:
            found = slot.plan.rule.expire(slot.state, self.now, slot.enrolment, self.reception.moment)
            findings.extend([presented(finding, slot) for finding in found])
        except Exception as error:  # noqa: BLE001 - no rule may stop another
            self._start_anew(slot, error, (), findings)
        else:
            self.schedule(slot, findings)

    def _due(self, slot: Slot, findings: list[Finding]) -> datetime | None:
        try:
            return self._next_of(slot)
        except Exception as error:  # noqa: BLE001 - no rule may stop another
            self._start_anew(slot, error, (), findings)
            return None

    def _next_of(self, slot: Slot) -> datetime | None:
        if slot.state is None:
            return None
        due = slot.plan.deadline(slot.state, slot.enrolment, self.reception.moment)
        # With nothing heard since, a deadline fires once; a rule that leaves it standing waits instead of spinning.
        return None if due is None or (slot.fired is not None and due <= slot.fired) else due

    def _start_anew(self, slot: Slot, error: Exception, evidence: tuple[int, ...], findings: list[Finding]) -> None:
        if slot.failed_at is None or self.now - slot.failed_at >= REPORT_AGAIN:
            slot.failed_at = self.now
            findings.append(rule_failed(slot, error, self.now, evidence))
        self.deadlines.forget(slot)
        slot.state = None
        slot.fired = self.now
        try:
            slot.state = slot.plan.rule.begin(_since(slot.enrolment, self.now))
            if (due := self._next_of(slot)) is not None:
                self.deadlines.look_by(slot, due)
        except Exception:  # noqa: BLE001 - reported above; the next observation is the next attempt
            self.deadlines.forget(slot)


def new_slot(plan: Plan, enrolment: Enrolment, state: Any = None, *, stray: bool) -> Slot:
    """Return a slot that ``plan`` knows of."""
    slot = plan.slots[plan.key(enrolment.scope, enrolment.subject)] = Slot(plan, enrolment, state, stray=stray)
    return slot


def _since(enrolment: Enrolment, since: datetime) -> Enrolment:
    return enrolment if since == enrolment.since else msgspec.structs.replace(enrolment, since=since)
