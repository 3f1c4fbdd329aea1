"""Answers of a resident to questions about health, against limits that staff set for that person."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, ClassVar, NamedTuple, Self

import msgspec
from pydantic import BaseModel, ConfigDict, Field, model_validator

from devices.observation import Kind, Observation
from rules.base import AlarmClass, Enrolment, Finding, RuleSettings, Scope
from rules.immediate import Immediate

HIGH, LOW, RISE = "answer_high", "answer_low", "answer_rise"
WITHIN = "answers_within"
UNREADABLE = "answer_unreadable"
#: Questions remembered of one person; beyond them the one heard longest ago is forgotten.
QUESTIONS_KEPT = 100

#: What no name of a question has; the text is a device's, and is shown to staff.
_STRANGE = re.compile(r"[^\w /.-]")

_Facts = dict[str, float | str]
Number = Annotated[float, Field(allow_inf_nan=False)]


class AnswerLimit(BaseModel):
    """What matters in the answers to one question, named "questionnaire/question" as in the message.

    ``low`` is the lowest, ``high`` the highest accepted answer; ``rise`` the highest accepted step up since the one
    before.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    question: str = Field(min_length=1, max_length=65)
    low: Number | None = None
    high: Number | None = None
    rise: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.low is None and self.high is None and self.rise is None:
            message = "an answer needs a limit"
            raise ValueError(message)
        if self.low is not None and self.high is not None and self.low > self.high:
            message = "the limits cross"
            raise ValueError(message)
        return self


class QuestionnaireSettings(RuleSettings):
    """No limits by default: what an answer means depends on the questionnaire, and is for staff to say."""

    limits: tuple[AnswerLimit, ...] = Field(default=(), max_length=50)


class Answer(NamedTuple):
    """The last answer to a question: value and journal position."""

    value: float
    id: int


class QuestionnaireState(msgspec.Struct):
    """Last answers by question, the least lately heard first; ``out`` are codes that hold, by question."""

    answers: dict[str, Answer] = msgspec.field(default_factory=dict)
    out: dict[str, str] = msgspec.field(default_factory=dict)


class QuestionnaireRule(Immediate):
    """Care; each question once until its answer is within the limits again."""

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
        },
        "sv": {
            HIGH: "Svaret {value:g} på {question} är över gränsen {limit:g} (gräns satt av personalen).",
            LOW: "Svaret {value:g} på {question} är under gränsen {limit:g} (gräns satt av personalen).",
            RISE: "Svaret på {question} steg från {before:g} till {value:g}, med mer än {limit:g} "
            "(gräns satt av personalen).",
            UNREADABLE: "Svaret på {question} kom utan läsbart värde.",
            WITHIN: "Svaren är åter inom gränserna.",
        },
    }

    def begin(self, enrolment: Enrolment) -> QuestionnaireState:  # noqa: ARG002
        return QuestionnaireState()

    def observe(self, state: QuestionnaireState, observation: Observation, enrolment: Enrolment) -> Sequence[Finding]:
        """Judge one answer."""
        question, value = _STRANGE.sub("", observation.text)[:65] or "?", observation.value
        if value is None or not math.isfinite(value):
            told = state.out.get(question) == UNREADABLE
            _note(state, question, UNREADABLE)
            facts: _Facts = {"question": question}
            return () if told else [_finding(UNREADABLE, observation, enrolment, facts)]
        before = state.answers.pop(question, None)
        state.answers[question] = Answer(value, observation.id)
        while len(state.answers) > QUESTIONS_KEPT:
            del state.answers[next(iter(state.answers))]
        outside = next(_outside(question, value, before, enrolment), None)
        was = state.out.pop(question, None)
        if outside is None:
            return [_finding(WITHIN, observation, enrolment, {})] if was and not state.out else ()
        code, numbers = outside
        _note(state, question, code)
        return () if code == was else [_finding(code, observation, enrolment, {"question": question, **numbers})]


def _outside(
    question: str, value: float, before: Answer | None, enrolment: Enrolment
) -> Iterator[tuple[str, dict[str, float]]]:
    settings = enrolment.settings
    for limit in settings.limits if isinstance(settings, QuestionnaireSettings) else ():
        if limit.question != question:
            continue
        if limit.high is not None and value > limit.high:
            yield HIGH, {"value": value, "limit": limit.high}
        if limit.low is not None and value < limit.low:
            yield LOW, {"value": value, "limit": limit.low}
        if limit.rise is not None and before is not None and value - before.value > limit.rise:
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
        restores=code == WITHIN,
    )


RULE = QuestionnaireRule()
