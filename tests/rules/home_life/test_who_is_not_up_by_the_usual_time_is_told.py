"""A home in which nobody is up by the time at which somebody usually is."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from devices.observation import Kind
from rules.base import AlarmClass, Finding
from rules.not_up import RULE, NotUpSettings
from rules.sentences import explain
from tests.rules.limits.person import MONDAY, Person, codes

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def home(**settings: Any) -> Person:
    return Person(RULE, enabled=True, **settings)


def sign(person: Person, at: datetime, room: str = "kitchen", kind: Kind = Kind.MOTION) -> list[Finding]:
    return person.measures(kind, 1.0, at, room=room)


def lived(days: int, **settings: Any) -> Person:
    """Return a home in which somebody was up at seven on ``days`` days, the first being a Tuesday."""
    person = home(**settings)
    for day in range(1, days + 1):
        for at, room in ((3, "bathroom"), (7, "kitchen"), (21, "lounge")):
            assert sign(person, MONDAY + day * DAY + at * HOUR, room) == []
    return person


def test_it_is_off_until_it_is_switched_on_for_a_person() -> None:
    assert not NotUpSettings().enabled


def test_an_hour_later_than_usual_is_told_with_no_input() -> None:
    person = lived(14)
    (finding,) = person.waits(MONDAY + 15 * DAY + 12 * HOUR)
    assert (finding.code, finding.alarm_class) == ("not_up", AlarmClass.CARE)
    assert finding.time == MONDAY + 15 * DAY + 8 * HOUR
    said = explain("not_up", finding.code, finding.facts, "sv")
    assert said == "Inte uppe kl. 08:00. Är vanligen uppe kl. 07:00 (känt i 14 dygn)."


def test_it_is_over_when_somebody_is_up() -> None:
    person = lived(14)
    person.waits(MONDAY + 15 * DAY + 9 * HOUR)
    (finding,) = sign(person, MONDAY + 15 * DAY + 10 * HOUR)
    assert (finding.code, finding.restores, finding.facts["at"]) == ("up", True, "10:00")


@pytest.mark.parametrize("room", ["bedroom", "Sovrum 2", "bathroom", "hallway"])
def test_a_way_to_the_bathroom_is_not_being_up(room: str) -> None:
    person = lived(14)
    sign(person, MONDAY + 15 * DAY + 6 * HOUR, room)
    assert codes(person.waits(MONDAY + 15 * DAY + 9 * HOUR)) == ["not_up"]


def test_who_is_up_as_usual_is_not_told_of() -> None:
    person = lived(14)
    sign(person, MONDAY + 15 * DAY + 7 * HOUR)
    assert person.waits(MONDAY + 15 * DAY + 23 * HOUR) == []


def test_nothing_is_said_before_the_home_is_known() -> None:
    assert lived(6).waits(MONDAY + 7 * DAY + 23 * HOUR) == []


def test_a_time_set_for_the_person_holds_from_the_first_whole_day() -> None:
    person = home(up_by="09:30")
    sign(person, MONDAY + 20 * HOUR)
    (finding,) = person.waits(MONDAY + DAY + 12 * HOUR)
    assert finding.time == MONDAY + DAY + 9.5 * HOUR


def test_who_went_out_or_said_so_is_not_expected_up() -> None:
    out = lived(14)
    sign(out, MONDAY + 14 * DAY + 22 * HOUR, "front door", Kind.DOOR)
    away = lived(14)
    sign(away, MONDAY + 14 * DAY + 22 * HOUR, "", Kind.AWAY)
    for person in (out, away):
        assert person.waits(MONDAY + 16 * DAY + 12 * HOUR) == []


def test_many_days_of_silence_are_one_finding() -> None:
    assert codes(lived(14).waits(MONDAY + 40 * DAY)) == ["not_up"]


def test_a_morning_that_was_not_listened_to_is_not_judged_and_teaches_nothing() -> None:
    person = lived(14)
    morning = MONDAY + 15 * DAY
    assert person.resumes(morning + 2 * HOUR, morning + 10 * HOUR) == []
    assert person.waits(morning + 12 * HOUR) == []
    sign(person, morning + 13 * HOUR)
    (finding,) = person.waits(morning + DAY + 12 * HOUR)
    assert finding.facts["usual"] == "07:00"


def test_a_short_restart_changes_nothing() -> None:
    person = lived(14)
    morning = MONDAY + 15 * DAY
    person.resumes(morning + 5 * HOUR, morning + 5 * HOUR + MINUTE)
    assert codes(person.waits(morning + 12 * HOUR)) == ["not_up"]


def test_the_time_is_that_of_the_home() -> None:
    person = home(up_by="09:00", zone="Europe/Stockholm")
    sign(person, MONDAY + 20 * HOUR)
    (finding,) = person.waits(MONDAY + DAY + 12 * HOUR)
    assert finding.time == MONDAY + DAY + 8 * HOUR
