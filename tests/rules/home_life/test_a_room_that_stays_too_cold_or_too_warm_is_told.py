"""A room outside its limits for too long is told once, and over when it is well inside again."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from devices.observation import Kind, Quality
from rules.base import AlarmClass, Finding
from rules.room_temperature import RULE, RoomTemperatureSettings
from rules.sentences import explain
from tests.rules.limits.person import MONDAY, Person, codes

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
DAY = MONDAY + 12 * HOUR


def home(**settings: Any) -> Person:
    return Person(RULE, enabled=True, **settings)


def room(person: Person, at: datetime, degrees: float | None, **more: Any) -> list[Finding]:
    return person.measures(Kind.ROOM_TEMPERATURE, degrees, at, **{"room": "bedroom", **more})


def test_it_is_off_until_it_is_switched_on() -> None:
    assert not RoomTemperatureSettings().enabled


@pytest.mark.parametrize(
    ("degrees", "code"), [(17.9, "too_cold"), (18.0, None), (26.0, None), (26.1, "too_warm"), (-5.0, "too_cold")]
)
def test_what_lasts_is_told_once_and_to_the_microsecond(degrees: float, code: str | None) -> None:
    person, due = home(), DAY + 2 * HOUR
    room(person, DAY, degrees)
    assert person.waits(due - timedelta(microseconds=1)) == []
    found = person.waits(due)
    assert codes(found) == ([] if code is None else [code])
    assert {(one.alarm_class, one.time) for one in found} <= {(AlarmClass.CARE, due)}
    assert room(person, due + HOUR, degrees) == []
    assert person.waits(due + 24 * HOUR) == []


def test_it_says_how_cold_it_is_now_and_whose_limit_it_is() -> None:
    person = home(coldest=20)
    room(person, DAY, 19.0)
    room(person, DAY + HOUR, 16.5)
    (finding,) = person.waits(DAY + 2 * HOUR)
    said = explain("room_temperature", finding.code, finding.facts, "sv")
    assert said == "Det är kallt: 16.5 °C (bedroom), under 20 °C i 2 tim."
    assert finding.facts["limit_field"] == "coldest"


def test_a_window_that_is_opened_for_an_hour_is_no_case() -> None:
    person = home()
    room(person, DAY, 15.0)
    assert room(person, DAY + HOUR, 19.0) == []
    assert person.waits(DAY + 12 * HOUR) == []


def test_it_is_over_when_it_is_well_inside_again() -> None:
    person = home()
    room(person, DAY, 17.0)
    person.waits(DAY + 2 * HOUR)
    assert room(person, DAY + 3 * HOUR, 18.2) == []
    (over,) = room(person, DAY + 4 * HOUR, 18.5)
    assert (over.code, over.restores) == ("room_as_it_should", True)
    assert room(person, DAY + 5 * HOUR, 20.0) == []


def test_from_too_cold_to_too_warm_is_another_case() -> None:
    person = home()
    room(person, DAY, 17.0)
    person.waits(DAY + 2 * HOUR)
    assert codes(room(person, DAY + 3 * HOUR, 30.0)) == ["room_as_it_should"]
    assert codes(person.waits(DAY + 5 * HOUR)) == ["too_warm"]


@pytest.mark.parametrize(
    "more",
    [
        {"degrees": None},
        {"degrees": float("nan")},
        {"degrees": 85.0, "quality": frozenset({Quality.IMPOSSIBLE})},
        {"degrees": 5.0, "quality": frozenset({Quality.LATE})},
        {"degrees": 60.0, "unit": "[degF]"},
    ],
)
def test_what_is_no_temperature_of_now_changes_nothing(more: dict[str, Any]) -> None:
    person = home()
    room(person, DAY, **more)
    assert person.waits(DAY + 12 * HOUR) == []


def test_after_a_break_what_waited_is_heard_first() -> None:
    person = home()
    room(person, DAY, 15.0)
    person.resumes(DAY + MINUTE, DAY + 3 * HOUR)
    assert room(person, DAY + 3 * HOUR + MINUTE, 21.0) == []
    assert person.waits(DAY + 12 * HOUR) == []


@pytest.mark.parametrize("settings", [{"coldest": 26}, {"for_min": 0}, {"warmest": "nan"}, {"back_by": 4}])
def test_limits_that_leave_no_room_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"room|greater|finite"):
        RoomTemperatureSettings.model_validate(settings)
