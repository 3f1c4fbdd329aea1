"""Measurements at home against a person's limits: one fold per measurement, and what follows from their absence."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import ClassVar

import msgspec

from devices.observation import Kind, Observation
from rules import awaited
from rules.awaited import RESUME_GRACE
from rules.base import AlarmClass, Asks, Enrolment, Finding, Moment, RuleSettings, Scope
from rules.limits import judge, shapes, slopes
from rules.limits.judge import Statement
from rules.limits.sentences import SENTENCES
from rules.limits.settings import LimitsSettings, settings_of
from rules.limits.state import LimitsState, Past
from rules.limits.units import CANONICAL


class LimitsRule:
    """Care findings for values outside limits, changes over days and missing measurements."""

    name: ClassVar[str] = "limits"
    scope: ClassVar[Scope] = Scope.RESIDENT
    kinds: ClassVar[frozenset[Kind]] = frozenset(CANONICAL)
    Settings: ClassVar[type[RuleSettings]] = LimitsSettings
    State: ClassVar[type[msgspec.Struct]] = LimitsState
    sentences: ClassVar[Mapping[str, Mapping[str, str]]] = SENTENCES

    def begin(self, enrolment: Enrolment) -> LimitsState:
        """Return a state without history; measurements that were due before ``since`` are not missing."""
        return LimitsState(heard=enrolment.since.timestamp())

    def observe(self, state: LimitsState, observation: Observation, enrolment: Enrolment) -> Sequence[Finding]:
        """Judge one measurement. What cannot be judged becomes a technical finding, never nothing."""
        settings, kind = settings_of(enrolment), observation.kind
        at = min(observation.at, observation.received_at)
        awaited.expect(state, settings.due, enrolment)
        state.heard = max(state.heard, observation.received_at.timestamp())
        value = judge.readable(observation)
        if isinstance(value, Statement):
            return _new(state, [value], observation, enrolment, AlarmClass.TECHNICAL)
        past = Past(at.timestamp(), round(value, 3), observation.id)
        newest = shapes.remember(state.recent.setdefault(kind, []), past)
        awaited.settle(state, [due for due in settings.due if due.kind is kind], at, enrolment)
        until = observation.received_at.timestamp() + 60 * settings.repeat_within_min
        statements = list(judge.outside(state, kind, past, until, settings))
        statements += slopes.follow(state, kind, past, enrolment.zone, settings)
        if kind is Kind.WEIGHT:
            statements += judge.trend(state, past, enrolment.zone, settings)
        over = newest and _over(state, kind, statements, shapes.breach(kind, past.value, settings) is None)
        for statement in statements:
            state.out[statement.code] = kind
        findings = _new(state, statements, observation, enrolment, AlarmClass.CARE)
        if over:
            findings.append(_finding(enrolment, "back_within", str(observation.id), at, restores=True))
        return findings

    def deadline(self, state: LimitsState, enrolment: Enrolment, moment: Moment) -> datetime | None:
        """Return when the next expected measurement or repeat is missing; None while no home is heard."""
        if moment.deaf_since is not None:
            return None
        times = [datetime.fromtimestamp(repeat.until, UTC) for repeat in state.repeats.values()]
        times += awaited.next_times(state, settings_of(enrolment).due, enrolment)
        return max(min(times), moment.resumed_at + RESUME_GRACE) if times else None

    def expire(self, state: LimitsState, now: datetime, enrolment: Enrolment, moment: Moment) -> Sequence[Finding]:
        """Say what did not come. Several missed slots of one measurement are one finding with their number."""
        if now < moment.resumed_at + RESUME_GRACE:
            return ()
        found = [*_unrepeated(state, now, enrolment), *_remind(state, now, enrolment)]
        return [*found, *_missing(state, now, enrolment)]


def _finding(
    enrolment: Enrolment,
    code: str,
    what: str,
    time: datetime,
    *,
    alarm_class: AlarmClass = AlarmClass.CARE,
    facts: judge.Facts | None = None,
    evidence: tuple[int, ...] = (),
    restores: bool = False,
) -> Finding:
    return Finding(
        key=f"limits:{enrolment.subject}:{code}:{what}",
        rule=LimitsRule.name,
        code=code,
        alarm_class=alarm_class,
        scope=enrolment.scope,
        subject=enrolment.subject,
        time=time,
        facts=facts or {},
        evidence=evidence,
        restores=restores,
    )


def _new(
    state: LimitsState,
    statements: Sequence[Statement],
    observation: Observation,
    enrolment: Enrolment,
    alarm_class: AlarmClass,
) -> list[Finding]:
    """Turn statements into findings, without those that were said a moment ago."""
    now, pause = observation.received_at.timestamp(), 60 * settings_of(enrolment).again_after_min
    at = min(observation.at, observation.received_at)
    findings = []
    for code, facts, evidence in statements:
        before = state.said.get(code)
        if before is None or now - before >= pause:
            state.said[code] = now
            findings.append(
                _finding(
                    enrolment, code, str(observation.id), at, alarm_class=alarm_class, facts=facts, evidence=evidence
                )
            )
    return findings


def _over(state: LimitsState, kind: Kind, statements: Sequence[Statement], within: bool) -> bool:
    """Forget what is no longer so for ``kind``; say whether nothing at all is wrong any more."""
    still = {statement.code for statement in statements}
    over = [code for code in state.out if within or code == f"{kind}_missing"]
    gone = [code for code in over if state.out[code] == kind and code not in still]
    for code in gone:
        del state.out[code]
        state.said.pop(code, None)
    return bool(gone) and not state.out and not statements


def _remind(state: LimitsState, now: datetime, enrolment: Enrolment) -> Iterator[Finding]:
    """Remind the resident of what is not missing yet; staff need do nothing."""
    for due, day, at, until in awaited.remind(state, settings_of(enrolment).due, now, enrolment):
        what = f"{due.clock}:{day.isoformat()}"
        facts: judge.Facts = {"due": due.clock, "measure": due.kind.value, "until": until.isoformat()}
        found = _finding(enrolment, f"{due.kind}_reminder", what, at, facts=facts)
        yield msgspec.structs.replace(found, asks=Asks.REMINDER)


def _missing(state: LimitsState, now: datetime, enrolment: Enrolment) -> Iterator[Finding]:
    for due, day, missed, since in awaited.miss(state, settings_of(enrolment).due, now, enrolment):
        code = f"{due.kind}_missing"
        state.out[code] = due.kind
        facts: judge.Facts = {
            "due": due.clock,
            "grace_min": due.grace_min,
            "missed": float(missed),
            "limit_field": "due",
        }
        yield _finding(enrolment, code, f"{due.clock}:{day.isoformat()}", since, facts=facts)


def _unrepeated(state: LimitsState, now: datetime, enrolment: Enrolment) -> Iterator[Finding]:
    within = settings_of(enrolment).repeat_within_min
    for kind, repeat in list(state.repeats.items()):
        until = datetime.fromtimestamp(repeat.until, UTC)
        if until > now:
            continue
        del state.repeats[kind]
        code = f"{kind}_not_repeated"
        state.out[code] = kind
        facts: judge.Facts = {
            "value": repeat.value,
            "within_min": within,
            "limit_field": "repeat_within_min",
        }
        yield _finding(enrolment, code, str(repeat.id), until, facts=facts, evidence=(repeat.id,))
