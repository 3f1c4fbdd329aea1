"""Activity that falls over weeks is a care note in the morning; one bad day, an absence or an outage is none."""

from datetime import timedelta
from typing import Any

from devices.observation import Kind
from rules.base import AlarmClass, Finding
from rules.gradual_change import RULE, GradualChangeSettings
from rules.sentences import explain
from tests.rules.limits.person import MONDAY, Person, codes

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def home(**settings: Any) -> Person:
    return Person(RULE, enabled=True, **settings)


def lives(person: Person, first: int, days: int, hours: float, **more: Any) -> list[Finding]:
    """Be up from eight for so many hours on each of these days, give or take a little."""
    found = []
    for day in range(first, first + days):
        spans = round(6 * hours) + day % 3
        for span in range(spans):
            at = MONDAY + day * DAY + 8 * HOUR + span * 10 * MINUTE
            found += person.measures(Kind.MOTION, 1.0, at, **{"room": "kitchen", **more})
    return found


def test_it_is_off_until_it_is_switched_on_for_a_person() -> None:
    assert not GradualChangeSettings().enabled


def test_weeks_with_less_activity_are_told_once_in_the_morning() -> None:
    person = home()
    assert lives(person, 0, 45, 12) == []
    (finding,) = lives(person, 45, 20, 6)
    assert (finding.code, finding.alarm_class) == ("less_active", AlarmClass.CARE)
    assert (finding.time - MONDAY) % DAY == 9 * HOUR
    assert finding.time <= MONDAY + 55 * DAY
    said = explain("gradual_change", finding.code, finding.facts, "sv")
    assert "12.2 h under de 28 före dem" in said


def test_it_is_over_when_the_home_is_as_active_as_before() -> None:
    person = home()
    lives(person, 0, 45, 12)
    lives(person, 45, 20, 6)
    (finding,) = lives(person, 65, 20, 12)
    assert (finding.code, finding.restores) == ("as_before", True)


def test_a_bad_week_is_no_change_of_weeks() -> None:
    person = home()
    lives(person, 0, 45, 12)
    assert lives(person, 45, 6, 3) == []
    assert lives(person, 51, 30, 12) == []


def test_nothing_is_said_of_a_home_hardly_known() -> None:
    person = home()
    lives(person, 0, 10, 12)
    assert lives(person, 10, 14, 4) == []


def test_days_of_absence_do_not_count() -> None:
    person = home()
    lives(person, 0, 45, 12)
    person.measures(Kind.AWAY, 1.0, MONDAY + 45 * DAY)
    assert lives(person, 45, 20, 1) == []
    person.measures(Kind.AWAY, 0.0, MONDAY + 65 * DAY)
    assert lives(person, 65, 20, 12) == []


def test_days_that_were_not_listened_to_do_not_count() -> None:
    person = home()
    lives(person, 0, 45, 12)
    found = []
    for day in range(45, 65):
        found += lives(person, day, 1, 2)
        found += person.resumes(MONDAY + day * DAY + 11 * HOUR, MONDAY + day * DAY + 22 * HOUR)
    assert found == []


def test_how_often_a_sensor_speaks_changes_nothing() -> None:
    """New sensors that report every minute instead of every ten are no new life."""
    person = home()
    lives(person, 0, 45, 12)
    found = []
    for day in range(45, 65):
        for minute in range(12 * 60):
            at = MONDAY + day * DAY + 8 * HOUR + minute * MINUTE
            found += person.measures(Kind.MOTION, 1.0, at, room="kitchen")
    assert codes(found) == []
