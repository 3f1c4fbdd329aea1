"""The engine: folds observations through all rules, and concludes from silence when a deadline passes.

It is deterministic. The same observations and rosters in the same order give the same findings, in any batches, with
any calls of ``advance`` between them, and across any snapshot. So nothing in it depends on when it is called: rules are
told ``max(deadline, last event)`` as the time, never the argument of ``advance``.

What the caller owes:

- ``received_at`` does not go back along the ids, and ``advance`` is never called with a time later than the
  ``received_at`` of an observation still to be fed.
- A ``RESUMED`` observation when work is taken up again. Its ``time`` is when the gateway was last known to listen (its
  last committed observation, finding or heartbeat), its ``received_at`` is now. Deadlines until ``time`` fire; what
  lies between is taken out of every silence. When ``time`` is not earlier than ``received_at``, the last event counts.
- A ``ROSTER`` observation when another roster, or a planned change in it (``Roster.next_change``), takes effect.
- After a restart: ``Engine.restore``, then every observation with an id beyond ``position``, then ``RESUMED``.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Self

from devices.observation import Kind, Observation
from rules.base import Finding, Moment, Rule, Scope
from rules.effective import SettingProblem
from rules.fold import Fold, new_slot
from rules.outage import Site, deaf_since
from rules.reception import Reception
from rules.register import Key, Register
from rules.repeats import WATCHED, Repeats
from rules.roster import Roster
from rules.slots import Plan, Slot, nearest
from rules.snapshot import Row, Snapshot, decode, encode, shape

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class Engine:
    """All rules over all subjects of one worker. Not thread-safe: one thread owns it."""

    def __init__(self, rules: Sequence[Rule], roster: Roster, started_at: datetime) -> None:
        """Put everybody on ``roster`` under watch. Before ``started_at`` nobody listened."""
        moment = Moment(resumed_at=started_at, unheard=((_BEGINNING, started_at),))
        self._set_up(rules, roster, started_at, Reception(moment, Site()))
        for plan in self._plans:
            for subject in self._register.watch[plan.scope]:
                self._enrol(plan, subject, _BEGINNING, self._pending)

    @property
    def position(self) -> int:
        """The id of the last observation folded in, -1 before the first."""
        return self._position

    @property
    def problems(self) -> tuple[SettingProblem, ...]:
        """Settings that cannot be used and are passed over."""
        return self._register.settings.problems

    def feed(self, observation: Observation) -> list[Finding]:
        """Fire what was due by ``received_at``, then fold the observation; return the findings in order."""
        findings = self._take_pending()
        kind, received = observation.kind, observation.received_at
        if kind is Kind.RESUMED:
            self._resume(observation, findings)
        else:
            self._fire(received, findings)
            if kind is Kind.ROSTER:
                self._apply(self._register.roster, received, findings)
            elif observation.home and kind is not Kind.ONLINE:
                over = self._fold.reception.hear(observation.home, received)
                if over is not None:
                    findings.append(over)
                    self._listen_again(received, findings)
            again = kind in WATCHED and self._repeats.has(observation)
            for plan in self._listening[kind]:
                # A device that tells its state again is alive; in a home nothing has happened.
                if again and plan.scope is not Scope.DEVICE:
                    continue
                slot = plan.slots.get(plan.subject(observation)) or self._slot(plan, observation, findings)
                if slot is not None:
                    self._fold.observe(slot, observation, findings)
        self._position = observation.id
        return findings

    def advance(self, now: datetime) -> list[Finding]:
        """Fire what is due by ``now`` with nothing heard; return the findings in order."""
        findings = self._take_pending()
        self._fold.fire(now, findings)
        return findings

    def next_deadline(self) -> datetime | None:
        """Return when ``advance`` has something to do if nothing is heard until then, or None."""
        due = self._fold.next_deadline(self._pending)
        return self._fold.now if self._pending else due

    def apply_roster(self, roster: Roster, at: datetime) -> list[Finding]:
        """Fire what was due by ``at``, then go on with ``roster`` as of ``at``; return the findings in order.

        New subjects come under watch, gone ones are dropped with their state, the others keep theirs. Journal a ROSTER
        observation with ``received_at`` ``at`` beside it, so that a replay changes at the same place.
        """
        findings = self._take_pending()
        self._fire(at, findings)
        self._apply(roster, at, findings)
        return findings

    def snapshot(self) -> bytes:
        """Return everything that the engine knows beside rules and roster, as of ``position``."""
        moment = self._fold.reception.moment
        rows = [_row(slot) for plan in self._plans for slot in plan.slots.values()]
        return encode(
            Snapshot(
                shapes={plan.name: shape(plan.rule) for plan in self._plans},
                position=self._position,
                now=self._fold.now,
                resumed_at=moment.resumed_at,
                unheard=moment.unheard,
                site=self._fold.reception.site,
                roster_at=self._register.at,
                pending=self._pending,
                rows=rows,
                told=self._repeats.told,
            )
        )

    @classmethod
    def restore(cls, data: bytes, rules: Sequence[Rule], roster: Roster) -> Self:
        """Return the engine that wrote the snapshot ``data``. Raises SnapshotError when it cannot be used.

        ``roster`` is looked at as of the time at which the engine last did; what changed later comes with the ROSTER
        and RESUMED observations after ``position``.
        """
        read = decode(data, rules)
        engine = cls.__new__(cls)
        moment = Moment(resumed_at=read.resumed_at, unheard=read.unheard, deaf_since=deaf_since(read.site))
        engine._set_up(rules, roster, read.roster_at, Reception(moment, read.site))  # noqa: SLF001
        engine._take_up(read)  # noqa: SLF001
        return engine

    def _set_up(self, rules: Sequence[Rule], roster: Roster, at: datetime, reception: Reception) -> None:
        self._rules = sorted(rules, key=lambda rule: rule.name)
        self._plans = [Plan(rule) for rule in self._rules]
        self._listening = {kind: tuple(plan for plan in self._plans if kind in plan.rule.kinds) for kind in Kind}
        self._register = Register(self._rules, roster, at)
        self._fold = Fold(reception, reception.moment.resumed_at)
        self._position = -1
        self._repeats: Repeats = Repeats({})
        self._pending: list[Finding] = []

    def _take_up(self, read: Snapshot) -> None:
        self._fold.now = read.now
        self._position = read.position
        self._pending = read.pending
        self._repeats.told = read.told
        plans = {plan.name: plan for plan in self._plans}
        for row in read.rows:
            self._take_up_row(plans[row.rule], row)
        for plan in self._plans:
            for subject in self._register.watch[plan.scope]:
                if subject not in plan.slots:
                    self._enrol(plan, subject, read.now, self._pending)

    def _take_up_row(self, plan: Plan, row: Row) -> None:
        known = self._register.watched(row.scope, row.subject)
        if known is None and row.since is None:
            return
        enrolment = self._register.enrolment(plan.rule, row.scope, row.subject, row.since or self._fold.now)
        if enrolment is None:
            return
        slot = new_slot(plan, enrolment, row.state, stray=known is None)
        slot.fired, slot.failed_at = row.fired, row.failed_at
        self._fold.schedule(slot, self._pending)

    def _take_pending(self) -> list[Finding]:
        findings, self._pending = self._pending, []
        return findings

    def _fire(self, until: datetime, findings: list[Finding]) -> None:
        fold = self._fold
        if fold.deadlines.stands_by(until) or fold.reception.look_at(until) is not None:
            fold.fire(until, findings)
        if until > fold.now:  # noqa: PLR1730 - max() costs more, and this is done for every observation
            fold.now = until

    def _slot(self, plan: Plan, observation: Observation, findings: list[Finding]) -> Slot | None:
        """Return the slot of a subject that is heard for the first time, None where the rule is not enabled."""
        scope, subject = nearest(plan.scope, observation)
        if (slot := plan.slots.get(plan.key(scope, subject))) is not None:
            return slot
        enrolment = self._register.enrolment(plan.rule, scope, subject, observation.received_at)
        if enrolment is None:
            return None
        slot = new_slot(plan, enrolment, stray=self._register.watched(scope, subject) is None)
        self._fold.begin(slot, enrolment.since, findings)
        return slot

    def _enrol(self, plan: Plan, subject: str, not_before: datetime, findings: list[Finding]) -> None:
        """Put ``subject`` under watch; without a deadline there is nothing to keep until it is first heard."""
        if not plan.waits:
            return
        enrolment = self._register.enrolment(plan.rule, plan.scope, subject, not_before)
        if enrolment is None:
            return
        slot = new_slot(plan, enrolment, stray=False)
        self._fold.begin(slot, max(enrolment.since, not_before), findings)
        if slot.scheduled is None and slot.failed_at is None and not self._fold.would_wait(slot):
            del plan.slots[subject]

    def _apply(self, roster: Roster, at: datetime, findings: list[Finding]) -> None:
        before, self._register = self._register, Register(self._rules, roster, at)
        moved = self._register.moved_since(before)
        for plan in self._plans:
            reset = self._register.reset_since(before, plan.rule)
            concerned = dict.fromkeys(moved)
            if reset is not None:
                concerned.update((key, None) for key in self._subjects(plan) if reset(*key))
            for scope, subject in concerned:
                slot = plan.slots.get(plan.key(scope, subject))
                if slot is not None:
                    self._renew(slot, before, findings)
                elif scope is plan.scope and self._register.watched(scope, subject) is not None:
                    self._enrol(plan, subject, at, findings)

    def _subjects(self, plan: Plan) -> Iterator[Key]:
        for slot in plan.slots.values():
            yield slot.enrolment.scope, slot.enrolment.subject
        for subject in self._register.watch[plan.scope]:
            yield plan.scope, subject

    def _renew(self, slot: Slot, before: Register, findings: list[Finding]) -> None:
        """Give ``slot`` what the register now says of its subject, or drop it."""
        plan, scope, subject = slot.plan, slot.enrolment.scope, slot.enrolment.subject
        known = self._register.watched(scope, subject)
        gone = known is None and not slot.stray
        # The observations that made a rule fall back to a wider subject have found, or lost, a nearer one.
        moved = scope is not plan.scope and known != before.watched(scope, subject)
        enrolment = self._register.enrolment(plan.rule, scope, subject, slot.enrolment.since)
        if gone or moved or enrolment is None:
            self._fold.deadlines.forget(slot)
            del plan.slots[plan.key(scope, subject)]
            return
        slot.enrolment, slot.stray, slot.fired = enrolment, known is None, None
        self._fold.schedule(slot, findings)

    def _resume(self, observation: Observation, findings: list[Finding]) -> None:
        received = observation.received_at
        known = observation.time < received
        self._fire(max(self._fold.now, observation.time) if known else self._fold.now, findings)
        self._fold.reception.resume(self._fold.now, received)
        self._fold.now = max(self._fold.now, received)
        self._apply(self._register.roster, received, findings)
        self._listen_again(received, findings)

    def _listen_again(self, at: datetime, findings: list[Finding]) -> None:
        """Look at every deadline again: time in which nobody was heard is taken out of them now."""
        for plan in self._plans:
            for slot in list(plan.slots.values()):
                self._fold.schedule(slot, findings)
        self._fold.fire(at, findings)


def _row(slot: Slot) -> Row:
    enrolment = slot.enrolment
    return Row(
        slot.plan.name,
        enrolment.scope,
        enrolment.subject,
        enrolment.since if slot.stray else None,
        slot.fired,
        slot.failed_at,
        slot.state,
    )
