"""Measurements at home against a person's limits: one fold per measurement, and what follows from their absence."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import ClassVar

import msgspec

from devices.observation import Kind, Observation
from rules.base import AlarmClass, Enrolment, Finding, Moment, RuleSettings, Scope
from rules.limits import judge, schedule, shapes
from rules.limits.judge import Statement
from rules.limits.sentences import SENTENCES
from rules.limits.settings import Due, LimitsSettings
from rules.limits.state import LimitsState, Past
from rules.limits.units import CANONICAL

#: After the gateway was deaf, what waited in the broker arrives first; only then does silence count.
RESUME_GRACE = timedelta(minutes=15)


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
        settings, kind = _settings(enrolment), observation.kind
        at = min(observation.at, observation.received_at)
        _expect(state, enrolment)
        state.heard = max(state.heard, observation.received_at.timestamp())
        value = judge.readable(observation)
        if isinstance(value, Statement):
            return _new(state, [value], observation, enrolment, AlarmClass.TECHNICAL)
        past = Past(at.timestamp(), round(value, 3), observation.id)
        newest = shapes.remember(state.recent.setdefault(kind, []), past)
        _settle(state, kind, at, enrolment)
        until = observation.received_at.timestamp() + 60 * settings.repeat_within_min
        statements = list(judge.outside(state, kind, past, until, settings))
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
        times += [until for _, _, until in _pending(state, enrolment)]
        return max(min(times), moment.resumed_at + RESUME_GRACE) if times else None

    def expire(self, state: LimitsState, now: datetime, enrolment: Enrolment, moment: Moment) -> Sequence[Finding]:
        """Say what did not come. Several missed slots of one measurement are one finding with their number."""
        if now < moment.resumed_at + RESUME_GRACE:
            return ()
        return [*_unrepeated(state, now, enrolment), *_missing(state, now, enrolment)]


def _settings(enrolment: Enrolment) -> LimitsSettings:
    return enrolment.settings if isinstance(enrolment.settings, LimitsSettings) else LimitsSettings()


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
    now, pause = observation.received_at.timestamp(), 60 * _settings(enrolment).again_after_min
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


def _expect(state: LimitsState, enrolment: Enrolment) -> None:
    """Fix from when a newly expected measurement counts: nothing before the last word from the resident is missing."""
    for due in _settings(enrolment).due:
        if due.key not in state.settled:
            state.settled[due.key] = _open_day(state, due, enrolment).toordinal() - 1


def _open_day(state: LimitsState, due: Due, enrolment: Enrolment) -> date:
    """Return the first day whose measurement is neither made nor missed."""
    settled = state.settled.get(due.key)
    if settled is None:
        since = max(enrolment.since, datetime.fromtimestamp(state.heard, UTC))
        return schedule.next_slot(due, date.min, since, enrolment.zone)
    return schedule.next_slot(due, date.fromordinal(settled), enrolment.since, enrolment.zone)


def _settle(state: LimitsState, kind: Kind, at: datetime, enrolment: Enrolment) -> None:
    """Mark the expected measurement that this one is."""
    for due in _settings(enrolment).due:
        if due.kind is kind and (day := schedule.slot_of(due, at, enrolment.zone)) is not None:
            state.settled[due.key] = max(state.settled.get(due.key, 0), day.toordinal())


def _pending(state: LimitsState, enrolment: Enrolment) -> Iterator[tuple[Due, date, datetime]]:
    """Yield each expected measurement with its next open day and the moment from which it is missing."""
    for due in _settings(enrolment).due:
        day = _open_day(state, due, enrolment)
        yield due, day, schedule.slot(due, day, enrolment.zone) + timedelta(minutes=due.grace_min)


def _missing(state: LimitsState, now: datetime, enrolment: Enrolment) -> Iterator[Finding]:
    for due, day, until in list(_pending(state, enrolment)):
        if until > now:
            continue
        last, missed = schedule.last_slot(due, day, now, enrolment.zone)
        state.settled[due.key] = last.toordinal()
        code = f"{due.kind}_missing"
        state.out[code] = due.kind
        facts: judge.Facts = {
            "due": due.at.isoformat("minutes"),
            "grace_min": due.grace_min,
            "missed": float(missed),
            "limit_field": "due",
        }
        time = schedule.slot(due, last, enrolment.zone) + timedelta(minutes=due.grace_min)
        yield _finding(enrolment, code, f"{due.at.isoformat('minutes')}:{last.isoformat()}", time, facts=facts)


def _unrepeated(state: LimitsState, now: datetime, enrolment: Enrolment) -> Iterator[Finding]:
    within = _settings(enrolment).repeat_within_min
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
