"""An expected measurement is first reminded of; only when it stays away are staff told."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from devices.observation import Kind
from rules.base import Asks
from rules.sentences import explain
from tests.rules.limits.person import MONDAY, Person, codes

EXPECTED = {"kind": "weight", "at": "08:00", "grace_min": 120}


def hour(value: float) -> datetime:
    return MONDAY + timedelta(hours=value)


def person(**due: Any) -> Person:
    return Person(due=[EXPECTED | due])


def test_the_reminder_comes_first_and_goes_to_the_resident() -> None:
    anna = person()
    (reminder,) = anna.waits(hour(9.5))
    assert (reminder.code, reminder.time, reminder.asks) == ("weight_reminder", hour(9), Asks.REMINDER)
    assert reminder.facts["measure"] == "weight"
    assert datetime.fromisoformat(str(reminder.facts["until"])) > hour(9)
    said = {language: explain("limits", reminder.code, reminder.facts, language) for language in ("sv", "en")}
    assert said == {"sv": "Dags att mäta: vikt, väntad kl. 08:00.", "en": "Time to measure: weight, expected at 08:00."}
    (missing,) = anna.waits(hour(24))
    assert (missing.code, missing.time, missing.asks) == ("weight_missing", hour(10), None)


def test_who_has_measured_is_not_reminded() -> None:
    anna = person()
    anna.measures(Kind.WEIGHT, 70, hour(8.9))
    assert anna.waits(hour(24)) == []


def test_who_measures_after_the_reminder_is_not_missing() -> None:
    anna = person()
    anna.waits(hour(9))
    anna.measures(Kind.WEIGHT, 70, hour(9.2))
    assert anna.waits(hour(24)) == []


@pytest.mark.parametrize("remind_min", [None, 120, 500])
def test_no_reminder_where_none_is_wanted_or_it_would_come_too_late(remind_min: float | None) -> None:
    assert codes(person(remind_min=remind_min).waits(hour(24))) == ["weight_missing"]


def test_each_day_is_reminded_of_once() -> None:
    found = person().waits(hour(24 * 3))
    assert codes(found) == ["weight_reminder", "weight_missing"] * 3
    assert len({one.key for one in found}) == 6


def test_a_reminder_survives_a_crash_and_is_not_said_twice() -> None:
    anna = person()
    assert codes(anna.waits(hour(9.5))) == ["weight_reminder"]
    anna.restart()
    assert codes(anna.waits(hour(24))) == ["weight_missing"]


def test_after_an_outage_what_is_already_missing_is_not_reminded_of() -> None:
    anna = person()
    anna.measures(Kind.PULSE, 70, hour(7), unit="/min")
    anna.resumes(hour(7.5), hour(12))
    assert codes(anna.waits(hour(13))) == ["weight_missing"]
