"""Answers to a questionnaire are observations like any other, judged by limits that staff set."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from devices.families.hemvakt import FAMILY
from devices.observation import Kind
from rules.base import AlarmClass, Finding
from rules.questionnaire import RULE, QuestionnaireSettings
from rules.sentences import explain
from tests.rules.limits.person import MONDAY, Person, codes, days

COUGH = {"question": "breathing/cough", "high": 3, "rise": 1}


def answers(person: Person, values: list[float | None], question: str = "breathing/cough") -> list[Finding]:
    start = person.engine.position + 1
    return [
        one
        for day, value in enumerate(values, start)
        for one in person.measures(Kind.QUESTIONNAIRE, value, days(day), text=question, unit="1")
    ]


def test_without_a_limit_an_answer_is_only_kept() -> None:
    assert answers(Person(RULE), [0, 5, 100, -7]) == []


def test_an_answer_outside_is_told_once_and_over_when_it_is_within() -> None:
    found = answers(Person(RULE, limits=[{"question": "breathing/cough", "low": 1, "high": 3}]), [2, 4, 5, 3, 0])
    assert codes(found) == ["answer_high", "answers_within", "answer_low"]
    said = explain("questionnaire", found[0].code, found[0].facts, "sv")
    assert said == "Svaret 4 på breathing/cough är över gränsen 3 (gräns satt av personalen)."


def test_a_step_up_is_told_though_the_answer_is_within() -> None:
    assert codes(answers(Person(RULE, limits=[COUGH]), [0, 1, 3])) == ["answer_rise"]
    assert answers(Person(RULE, limits=[COUGH]), [3, 2, 3, 2]) == []


@pytest.mark.parametrize("first", [2.4, 3.9])
def test_a_step_of_exactly_the_limit_is_accepted_whatever_its_binary_fractions(first: float) -> None:
    assert answers(Person(RULE, limits=[COUGH | {"high": None, "rise": 2}]), [first, first + 2]) == []


def test_questions_are_judged_each_for_itself_and_over_together() -> None:
    person = Person(RULE, limits=[COUGH, COUGH | {"question": "breathing/sleep"}])
    assert codes(answers(person, [4])) == ["answer_high"]
    assert codes(answers(person, [4], "breathing/sleep")) == ["answer_high"]
    assert answers(person, [1]) == []
    assert codes(answers(person, [1], "breathing/sleep")) == ["answers_within"]


@pytest.mark.parametrize("value", [None, float("nan"), float("inf")])
def test_an_answer_that_is_no_number_is_a_fault_told_once(value: float | None) -> None:
    (finding,) = answers(Person(RULE), [value, value])
    assert (finding.code, finding.alarm_class) == ("answer_unreadable", AlarmClass.TECHNICAL)


def test_a_thousand_questions_leave_a_small_state() -> None:
    person = Person(RULE)
    for number in range(1000):
        person.measures(Kind.QUESTIONNAIRE, 1.0, MONDAY, text=f"long/{number}", unit="1")
        person.measures(Kind.QUESTIONNAIRE, None, MONDAY, text=f"odd/{number}", unit="1")
    assert len(person.engine.snapshot()) < 20_000


@pytest.mark.parametrize("limit", [{}, {"low": 3, "high": 1}, {"high": float("nan")}, {"rise": -1}])
def test_a_limit_that_says_nothing_is_refused(limit: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        QuestionnaireSettings.model_validate({"limits": [{"question": "a/b"} | limit]})


def test_the_message_of_the_wire_becomes_one_observation_for_each_answer() -> None:
    said = {"boot": "a", "seq": 1, "questionnaire": "breathing", "answers": [{"question": "cough", "value": 3}] * 2}
    readings = FAMILY.decode("hemvakt/v1/hub-1/up/questionnaire", json.dumps(said).encode()).readings
    assert [(one.kind, one.text, one.value) for one in readings] == [(Kind.QUESTIONNAIRE, "breathing/cough", 3)] * 2
