"""Seen in the bathroom and then nowhere else, for longer than is usual there."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from devices.observation import Kind
from rules.base import AlarmClass, Finding
from rules.bathroom import RULE, BathroomSettings
from rules.sentences import explain
from tests.rules.limits.person import MONDAY, Person, codes

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NOON = MONDAY + 12 * HOUR


def home(**settings: Any) -> Person:
    return Person(RULE, enabled=True, **settings)


def sign(person: Person, at: datetime, room: str = "bathroom") -> list[Finding]:
    return person.measures(Kind.MOTION, 1.0, at, room=room)


def stays(person: Person, minutes: float, times: int = 30) -> datetime:
    """Let stays of that length go by, one an hour; return the end of the last one."""
    at = NOON
    for number in range(times):
        at = NOON + number * HOUR
        sign(person, at)
        sign(person, at + minutes * MINUTE, "bedroom")
    return at + HOUR


def test_it_is_off_until_it_is_switched_on_for_a_person() -> None:
    assert not BathroomSettings().enabled


def test_a_stay_beyond_the_limit_is_told_with_no_input() -> None:
    person = home(limit_min=90)
    sign(person, NOON)
    (finding,) = person.waits(NOON + 5 * HOUR)
    assert (finding.code, finding.alarm_class) == ("bathroom_too_long", AlarmClass.LIFE_SAFETY)
    assert finding.time == NOON + 90 * MINUTE
    said = explain("bathroom", finding.code, finding.facts, "en")
    assert said.startswith("In the bathroom (bathroom) since 12:00, for 1 h 30 min, and seen nowhere else.")


def test_moving_about_in_there_does_not_begin_it_anew() -> None:
    person = home(limit_min=90)
    for minute in range(0, 80, 5):
        sign(person, NOON + minute * MINUTE)
    assert codes(person.waits(NOON + 90 * MINUTE)) == ["bathroom_too_long"]


def test_who_is_seen_elsewhere_is_out_of_it() -> None:
    person = home(limit_min=90)
    sign(person, NOON)
    sign(person, NOON + 10 * MINUTE, "hall")
    assert person.waits(NOON + 5 * HOUR) == []


def test_it_is_over_when_somebody_is_seen_elsewhere() -> None:
    person = home(limit_min=90)
    sign(person, NOON)
    person.waits(NOON + 2 * HOUR)
    (finding,) = sign(person, NOON + 3 * HOUR, "hall")
    assert (finding.code, finding.restores) == ("left_bathroom", True)


@pytest.mark.parametrize(("usual", "times", "limit"), [(5, 2, 45), (40, 2, 80), (50, 4, 180)])
def test_the_limit_follows_what_is_usual_between_the_shortest_and_the_longest(
    usual: float, times: float, limit: float
) -> None:
    person = home(times_usual=times)
    at = stays(person, usual)
    sign(person, at + 10 * HOUR)
    (finding,) = person.waits(at + 20 * HOUR)
    assert finding.facts["limit_min"] == limit


def test_a_limit_set_for_the_person_is_never_exceeded() -> None:
    person = home(limit_min=30)
    at = stays(person, 25)
    sign(person, at)
    (finding,) = person.waits(at + 5 * HOUR)
    assert finding.facts["limit_min"] == 30


def test_time_in_which_nobody_listened_does_not_count() -> None:
    person = home(limit_min=90)
    sign(person, NOON)
    assert person.resumes(NOON + 30 * MINUTE, NOON + 3 * HOUR) == []
    (finding,) = person.waits(NOON + 8 * HOUR)
    assert finding.time == NOON + 90 * MINUTE + 150 * MINUTE
