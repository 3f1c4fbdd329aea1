"""Staff can say of a person which change over days matters; one odd value does not make it."""

from typing import Any

import pytest
from pydantic import ValidationError

from devices.observation import Kind
from rules.limits import LimitsSettings
from rules.sentences import explain
from tests.rules.limits.person import Person, codes, days

RISE = {"kind": "systolic", "days": 14, "rise": 15}


def measured(values: list[float], kind: Kind = Kind.SYSTOLIC, **settings: Any) -> list[str]:
    person = Person(**settings)
    return [code for day, value in enumerate(values) for code in codes(person.measures(kind, value, days(day + 0.3)))]


def test_a_rise_over_two_weeks_is_told_though_every_value_is_within_limits() -> None:
    assert "systolic_rising" in measured([120 + 2.0 * day for day in range(12)], slopes=[RISE])
    assert measured([120 + 2.0 * day for day in range(12)]) == []


def test_a_fall_is_told_where_a_fall_matters() -> None:
    values = [99.0 - day / 2 for day in range(8)]
    assert "spo2_falling" in measured(values, Kind.SPO2, slopes=[{"kind": "spo2", "days": 7, "fall": 3}])
    assert measured(values, Kind.SPO2, slopes=[{"kind": "spo2", "days": 7, "rise": 3}]) == []


def test_one_odd_value_and_ups_and_downs_are_no_change() -> None:
    assert measured([120, 121, 119, 120, 138, 120, 121, 120], slopes=[RISE]) == []
    assert measured([120, 130] * 7, slopes=[RISE]) == []


def test_days_enough_are_needed() -> None:
    assert measured([100, 120, 140], slopes=[RISE]) == []


def test_what_was_long_ago_does_not_count() -> None:
    person = Person(slopes=[RISE])
    found = codes(person.measures(Kind.SYSTOLIC, 102, days(0)))
    for day in range(20, 30):
        found += codes(person.measures(Kind.SYSTOLIC, 140, days(day)))
    assert found == []


def test_many_values_of_one_day_are_one() -> None:
    person = Person(slopes=[RISE])
    for minute in range(50):
        assert person.measures(Kind.SYSTOLIC, 110 + minute, days(minute / 1440)) == []


def test_the_sentence_says_the_change_and_who_set_the_limit() -> None:
    person = Person(slopes=[RISE])
    found = [one for day in range(9) for one in person.measures(Kind.SYSTOLIC, 120 + 2 * day, days(day))]
    said = explain("limits", found[0].code, found[0].facts, "en")
    assert said == (
        "Systolic blood pressure has risen by 16 mmHg in 8 days, to 136. More than 15 in 14 days matters here "
        "(limit set by staff)."
    )


@pytest.mark.parametrize(
    "slope",
    [{"kind": "motion", "rise": 1}, {"kind": "weight"}, {"kind": "weight", "rise": 0}, {"kind": "weight", "days": 1}],
)
def test_a_slope_that_says_nothing_is_refused(slope: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        LimitsSettings.model_validate({"slopes": [slope]})
