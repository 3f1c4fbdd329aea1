"""Answers of a resident against limits that staff set for that person; a questionnaire that stays away is told."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import ClassVar, NamedTuple

import msgspec

from devices.observation import Kind, Observation
from rules import awaited
from rules.awaited import RESUME_GRACE
from rules.base import AlarmClass, Asks, Enrolment, Finding, Moment, RuleSettings, Scope
from rules.questionnaire.settings import QuestionnaireSettings, settings_of

HIGH, LOW, RISE = "answer_high", "answer_low", "answer_rise"
WITHIN = "answers_within"
REMINDER, MISSING, ANSWERED = "questionnaire_reminder", "questionnaire_missing", "questionnaire_answered"
UNREADABLE = "answer_unreadable"
#: Questions remembered of one person; beyond them the one heard longest ago is forgotten.
QUESTIONS_KEPT = 100

#: What no name of a question has; the text is a device's, and is shown to staff.
_STRANGE = re.compile(r"[^\w /.-]")

_Facts = dict[str, float | str]


class Answer(NamedTuple):
    """The last answer to a question: value and journal position."""

    value: float
    id: int


class QuestionnaireState(msgspec.Struct):
    """Last answers by question, the least lately heard first; ``out`` are codes that hold, by question.

    A questionnaire that is missing is in ``out`` by its name. The rest is as in ``awaited.Waits``.
    """

    answers: dict[str, Answer] = msgspec.field(default_factory=dict)
    out: dict[str, str] = msgspec.field(default_factory=dict)
    settled: dict[str, int] = msgspec.field(default_factory=dict)
    reminded: dict[str, int] = msgspec.field(default_factory=dict)
    heard: float = 0.0


class QuestionnaireRule:
    """Care; each question once until its answer is within the limits again.

    The resident is reminded of a questionnaire that is expected, and staff are told when it is missing.
    """

    name: ClassVar[str] = "questionnaire"
    scope: ClassVar[Scope] = Scope.RESIDENT
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.QUESTIONNAIRE})
    Settings: ClassVar[type[RuleSettings]] = QuestionnaireSettings
    State: ClassVar[type[msgspec.Struct]] = QuestionnaireState
    sentences: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "en": {
            HIGH: "The answer {value:g} to {question} is above the limit {limit:g} (limit set by staff).",
            LOW: "The answer {value:g} to {question} is below the limit {limit:g} (limit set by staff).",
            RISE: "The answer to {question} rose from {before:g} to {value:g}, by more than {limit:g} "
            "(limit set by staff).",
            UNREADABLE: "The answer to {question} arrived without a readable value.",
            WITHIN: "The answers are within the limits again.",
            REMINDER: "Time to answer the questions {questionnaire}, expected at {due}.",
            MISSING: "The questions {questionnaire} were to be answered at {due} and had not been {grace_min:g} "
            "minutes later ({missed:g} in a row).",
            ANSWERED: "The questions have been answered.",
        },
        "sv": {
            HIGH: "Svaret {value:g} på {question} är över gränsen {limit:g} (gräns satt av personalen).",
            LOW: "Svaret {value:g} på {question} är under gränsen {limit:g} (gräns satt av personalen).",
            RISE: "Svaret på {question} steg från {before:g} till {value:g}, med mer än {limit:g} "
            "(gräns satt av personalen).",
            UNREADABLE: "Svaret på {question} kom utan läsbart värde.",
            WITHIN: "Svaren är åter inom gränserna.",
            REMINDER: "Dags att svara på frågorna {questionnaire}, väntade kl. {due}.",
            MISSING: "Frågorna {questionnaire} skulle besvaras kl. {due} och hade inte besvarats {grace_min:g} minuter "
            "senare ({missed:g} i rad).",
            ANSWERED: "Frågorna har besvarats.",
        },
    }

    def begin(self, enrolment: Enrolment) -> QuestionnaireState:
        return QuestionnaireState(heard=enrolment.since.timestamp())

    def observe(self, state: QuestionnaireState, observation: Observation, enrolment: Enrolment) -> Sequence[Finding]:
        """Judge one answer."""
        question, value = _STRANGE.sub("", observation.text)[:65] or "?", observation.value
        due = settings_of(enrolment).due
        awaited.expect(state, due, enrolment)
        state.heard = max(state.heard, observation.received_at.timestamp())
        if value is None or not math.isfinite(value):
            told = state.out.get(question) == UNREADABLE
            _note(state, question, UNREADABLE)
            facts: _Facts = {"question": question}
            return () if told else [_finding(UNREADABLE, observation, enrolment, facts)]
        before = state.answers.pop(question, None)
        state.answers[question] = Answer(value, observation.id)
        while len(state.answers) > QUESTIONS_KEPT:
            del state.answers[next(iter(state.answers))]
        name = observation.text.partition("/")[0]
        at = min(observation.at, observation.received_at)
        awaited.settle(state, [one for one in due if one.questionnaire == name], at, enrolment)
        was_missing = state.out.get(name) == MISSING
        if was_missing:
            del state.out[name]
        outside = next(_outside(question, value, before, enrolment), None)
        was = state.out.pop(question, None)
        if outside is None:
            over = WITHIN if was else ANSWERED
            return [_finding(over, observation, enrolment, {})] if (was or was_missing) and not state.out else ()
        code, numbers = outside
        _note(state, question, code)
        return () if code == was else [_finding(code, observation, enrolment, {"question": question, **numbers})]

    def deadline(self, state: QuestionnaireState, enrolment: Enrolment, moment: Moment) -> datetime | None:
        """Return when a questionnaire is to be reminded of or is missing; None while no home is heard."""
        times = awaited.next_times(state, settings_of(enrolment).due, enrolment)
        if moment.deaf_since is not None or not times:
            return None
        return max(min(times), moment.resumed_at + RESUME_GRACE)

    def expire(
        self, state: QuestionnaireState, now: datetime, enrolment: Enrolment, moment: Moment
    ) -> Sequence[Finding]:
        """Remind the resident, then say what did not come. Several missed days are one finding with their number."""
        if now < moment.resumed_at + RESUME_GRACE:
            return ()
        due, found = settings_of(enrolment).due, []
        for one, day, at, _ in awaited.remind(state, due, now, enrolment):
            facts: _Facts = {"questionnaire": one.questionnaire, "due": one.clock}
            said = _absence(REMINDER, f"{one.key}:{day.isoformat()}", at, enrolment, facts)
            found.append(msgspec.structs.replace(said, asks=Asks.REMINDER))
        for one, day, missed, since in awaited.miss(state, due, now, enrolment):
            _note(state, one.questionnaire, MISSING)
            facts = {
                "questionnaire": one.questionnaire,
                "due": one.clock,
                "grace_min": one.grace_min,
                "missed": float(missed),
                "limit_field": "due",
            }
            found.append(_absence(MISSING, f"{one.key}:{day.isoformat()}", since, enrolment, facts))
        return found


def _outside(
    question: str, value: float, before: Answer | None, enrolment: Enrolment
) -> Iterator[tuple[str, dict[str, float]]]:
    for limit in settings_of(enrolment).limits:
        if limit.question != question:
            continue
        if limit.high is not None and value > limit.high:
            yield HIGH, {"value": value, "limit": limit.high}
        if limit.low is not None and value < limit.low:
            yield LOW, {"value": value, "limit": limit.low}
        if limit.rise is not None and before is not None and round(value - before.value, 6) > limit.rise:
            yield RISE, {"value": value, "before": before.value, "limit": limit.rise}


def _note(state: QuestionnaireState, question: str, code: str) -> None:
    state.out[question] = code
    while len(state.out) > QUESTIONS_KEPT:
        del state.out[next(iter(state.out))]


def _finding(code: str, observation: Observation, enrolment: Enrolment, facts: _Facts) -> Finding:
    return Finding(
        key=f"{QuestionnaireRule.name}:{enrolment.subject}:{code}:{observation.id}",
        rule=QuestionnaireRule.name,
        code=code,
        alarm_class=AlarmClass.TECHNICAL if code == UNREADABLE else AlarmClass.CARE,
        scope=enrolment.scope,
        subject=enrolment.subject,
        time=min(observation.at, observation.received_at),
        facts=facts,
        evidence=(observation.id,),
        restores=code in {WITHIN, ANSWERED},
    )


def _absence(code: str, what: str, at: datetime, enrolment: Enrolment, facts: _Facts) -> Finding:
    return Finding(
        key=f"{QuestionnaireRule.name}:{enrolment.subject}:{code}:{what}",
        rule=QuestionnaireRule.name,
        code=code,
        alarm_class=AlarmClass.CARE,
        scope=enrolment.scope,
        subject=enrolment.subject,
        time=at,
        facts=facts,
    )


RULE = QuestionnaireRule()
