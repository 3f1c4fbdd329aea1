"""An expected questionnaire is first reminded of; only when it stays away are staff told, and told when it came."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from devices.observation import Kind
from rules.base import AlarmClass, Asks, Finding
from rules.questionnaire import RULE, QuestionnaireSettings
from rules.sentences import explain
from tests.rules.limits.person import MONDAY, Person, codes

EXPECTED = {"questionnaire": "breathing", "at": "08:00", "grace_min": 120}


def hour(value: float) -> datetime:
    return MONDAY + timedelta(hours=value)


def person(*more: dict[str, Any], **due: Any) -> Person:
    return Person(RULE, due=[EXPECTED | due, *more])


def answers(who: Person, at: datetime, question: str = "breathing/cough", value: float | None = 1) -> list[Finding]:
    return who.measures(Kind.QUESTIONNAIRE, value, at, text=question)


def test_the_reminder_comes_first_and_then_staff_are_told() -> None:
    anna = person()
    (reminder,) = anna.waits(hour(9.5))
    assert (reminder.code, reminder.time, reminder.asks) == ("questionnaire_reminder", hour(9), Asks.REMINDER)
    (missing,) = anna.waits(hour(24))
    assert (missing.code, missing.time, missing.asks) == ("questionnaire_missing", hour(10), None)
    assert missing.alarm_class is AlarmClass.CARE
    assert explain("questionnaire", missing.code, missing.facts, "en") == (
        "The questions breathing were to be answered at 08:00 and had not been 120 minutes later (1 in a row)."
    )


def test_who_has_answered_is_neither_reminded_nor_missing() -> None:
    anna = person()
    assert answers(anna, hour(8.5)) == []
    assert anna.waits(hour(24)) == []


def test_another_questionnaire_and_an_unreadable_answer_do_not_count() -> None:
    anna = person()
    answers(anna, hour(8.5), "pain/back")
    answers(anna, hour(8.6), value=None)
    assert codes(anna.waits(hour(24))) == ["questionnaire_reminder", "questionnaire_missing"]


def test_what_was_missing_and_came_is_over_and_limits_are_judged_all_the_same() -> None:
    anna = person()
    anna.waits(hour(24))
    (over,) = answers(anna, hour(24.1))
    assert (over.code, over.restores) == ("questionnaire_answered", True)
    bo = Person(RULE, due=[EXPECTED], limits=[{"question": "breathing/cough", "high": 3}])
    bo.waits(hour(24))
    assert codes(answers(bo, hour(24.1), value=9)) == ["answer_high"]
    assert codes(answers(bo, hour(24.2), value=1)) == ["answers_within"]


def test_a_restart_says_nothing_twice_and_forgets_nothing() -> None:
    anna = person()
    anna.waits(hour(9.5))
    anna.restart()
    assert codes(anna.waits(hour(9.9))) == []
    anna.restart()
    assert codes(anna.waits(hour(11))) == ["questionnaire_missing"]
    anna.restart()
    assert codes(answers(anna, hour(12))) == ["questionnaire_answered"]


def test_days_that_were_missed_while_nobody_listened_are_one_finding() -> None:
    anna = person()
    found = anna.resumes(hour(1), hour(3 * 24 + 12)) + anna.waits(hour(3 * 24 + 13))
    assert [(one.code, one.facts["missed"]) for one in found] == [("questionnaire_missing", 4)]


def test_two_questionnaires_are_waited_for_each_for_itself() -> None:
    anna = person({"questionnaire": "pain", "at": "20:00", "grace_min": 60, "remind_min": None})
    answers(anna, hour(8))
    assert [one.facts["questionnaire"] for one in anna.waits(hour(24))] == ["pain"]


@pytest.mark.parametrize(
    "due",
    [{"questionnaire": ""}, {"questionnaire": "a/b"}, {"questionnaire": "x" * 33}, {"at": "25:00"}, {"grace_min": -1}],
)
def test_what_cannot_be_waited_for_is_refused(due: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        QuestionnaireSettings.model_validate({"due": [EXPECTED | due]})
