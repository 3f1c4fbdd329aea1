"""The mean of a week of home blood pressure is told once, in the morning after the seventh day, or not at all."""

from datetime import timedelta
from typing import Any

import pytest

from devices.observation import Kind, Quality
from rules.base import AlarmClass, Finding
from rules.home_pressure import RULE
from rules.sentences import explain
from tests.rules.limits.person import MONDAY, Person, codes, days

#: 9 o'clock on the day after the seventh.
MORNING = days(7 + 9 / 24)


def _reads(person: Person, day: float, systolic: float, diastolic: float, **more: Any) -> list[Finding]:
    at = days(day)
    return [
        *person.measures(Kind.SYSTOLIC, systolic, at, **more),
        *person.measures(Kind.DIASTOLIC, diastolic, at, **more),
        *person.measures(Kind.PULSE, 70, at, **more),
    ]


def _week(person: Person, systolic: float, diastolic: float, first: int = 0, count: int = 7) -> list[Finding]:
    """Take two readings in the morning and two in the evening."""
    return [
        finding
        for day in range(first, first + count)
        for hour in (8.0, 8.02, 20.0, 20.02)
        for finding in _reads(person, day + hour / 24, systolic, diastolic)
    ]


@pytest.mark.parametrize(("systolic", "diastolic"), [(135, 70), (120, 85)])
def test_a_mean_at_the_limit_is_told_in_the_morning_after(systolic: float, diastolic: float) -> None:
    person = Person(RULE)
    assert _week(person, systolic, diastolic) == []
    assert person.waits(MORNING - timedelta(microseconds=1)) == []
    (finding,) = person.waits(days(30))
    assert (finding.code, finding.alarm_class, finding.time) == ("elevated", AlarmClass.CARE, MORNING)
    assert (finding.facts["systolic"], finding.facts["days"], finding.facts["readings"]) == (systolic, 6, 24)
    assert len(finding.evidence) == 48


def test_a_mean_below_the_limit_says_nothing() -> None:
    person = Person(RULE)
    _week(person, 134.9, 84.9)
    assert person.waits(days(30)) == []


def test_the_first_day_does_not_count() -> None:
    person = Person(RULE)
    _week(person, 200, 110, count=1)
    _week(person, 120, 70, first=1, count=6)
    assert person.waits(days(30)) == []


def test_each_week_is_told_once_and_a_later_one_below_restores() -> None:
    person = Person(RULE)
    told = [_week(person, systolic, 70, first=7 * week) for week, systolic in enumerate((150, 150, 120, 120))]
    told.append(person.waits(days(60)))
    found = [(one.code, one.restores) for some in told for one in some]
    assert found == [("elevated", False), ("elevated", False), ("below", True)]


def test_casual_readings_are_no_protocol() -> None:
    """Fewer than 12 readings after the first day (J Clin Hypertens 2018;20:1116, table 3)."""
    person = Person(RULE)
    for day in range(28):
        _reads(person, day + 0.3, 170, 100)
    assert person.waits(days(60)) == []
    modest = Person(RULE, fewest_readings=6)
    for day in range(7):
        _reads(modest, day + 0.3, 170, 100)
    assert codes(modest.waits(days(60))) == ["elevated"]


def test_a_limit_of_staff_is_said_to_be_theirs() -> None:
    person = Person(RULE, systolic=145)
    _week(person, 144, 70)
    assert person.waits(days(8)) == []
    _week(person, 145, 70, first=8)
    (finding,) = person.waits(days(30))
    said = explain("home_pressure", finding.code, finding.facts, "sv")
    assert "145.0/70.0 mmHg" in said
    assert "145/85 (gräns satt av personalen)" in said


def test_a_week_that_is_fetched_late_is_judged_when_all_of_it_has_come() -> None:
    """A cuff keeps its readings until a hub is near: newest first, all at once."""
    person = Person(RULE)
    late = days(8.5)
    for day in reversed(range(7)):
        for hour in (8.0, 8.02, 20.0, 20.02):
            assert _reads(person, day + hour / 24, 150, 70, received_at=late) == []
    (finding,) = person.waits(days(9))
    assert (finding.time, finding.facts["readings"]) == (late + timedelta(minutes=15), 24)


def test_two_weeks_fetched_at_once_are_two_weeks() -> None:
    person = Person(RULE)
    late = days(14.5)
    for day in range(13):
        for hour in (8.0, 8.02, 20.0, 20.02):
            _reads(person, day + hour / 24, 150 if day < 7 else 120, 70, received_at=late)
    assert codes(person.waits(days(20))) == ["elevated", "below"]


def test_a_reading_of_a_week_that_was_judged_begins_no_other() -> None:
    person = Person(RULE)
    _week(person, 120, 70)
    assert person.waits(days(8)) == []
    for number in range(40):
        _reads(person, 3 + number / 10, 180, 100, received_at=days(8.1))
    assert person.waits(days(60)) == []


def test_the_same_reading_by_two_ways_counts_once() -> None:
    person = Person(RULE)
    _week(person, 150, 70)
    for day in range(7):
        _reads(person, day + 8 / 24, 150, 70, device="other", received_at=days(6.9))
    (finding,) = person.waits(days(30))
    assert finding.facts["readings"] == 24


def test_who_measures_all_day_long_weighs_no_more_that_day() -> None:
    person = Person(RULE)
    _week(person, 120, 70)
    for number in range(200):
        _reads(person, 6.9 + number / 10_000, 160, 80)
    assert person.waits(days(30)) == []


@pytest.mark.parametrize(
    "more",
    [
        {"value": None},
        {"value": float("nan")},
        {"unit": "furlong"},
        {"quality": frozenset({Quality.IMPOSSIBLE})},
        {"time": days(-300)},
    ],
    ids=lambda more: next(iter(more)),
)
def test_what_is_no_reading_of_this_week_is_left_out(more: dict[str, Any]) -> None:
    person = Person(RULE)
    _week(person, 120, 70)
    more = {"value": 300.0, **more}
    for number in range(30):
        at = days(6.6 + number / 1000)
        person.measures(Kind.SYSTOLIC, at=at, **more)
        person.measures(Kind.DIASTOLIC, at=at, **more)
    assert person.waits(days(30)) == []


def test_a_restart_in_the_middle_of_the_week_changes_nothing() -> None:
    person = Person(RULE)
    _week(person, 150, 70, count=4)
    person.measures(Kind.SYSTOLIC, 150, days(4))
    person.restart()
    person.measures(Kind.DIASTOLIC, 70, days(4))
    _week(person, 150, 70, first=5, count=2)
    (finding,) = person.waits(days(30))
    assert finding.facts["readings"] == 21


def test_the_morning_is_that_of_the_home_whatever_the_clocks_did() -> None:
    """In Stockholm the clocks went forward on 29 March 2026."""
    start = MONDAY + timedelta(days=70)
    person = Person(RULE, since=start, zone="Europe/Stockholm")
    _week(person, 150, 70, first=70)
    (finding,) = person.waits(days(80))
    assert finding.time == start + timedelta(days=7, hours=7)


def test_after_an_outage_what_waited_is_heard_first() -> None:
    person = Person(RULE)
    _week(person, 150, 70)
    assert person.resumes(days(7), MORNING + timedelta(hours=3)) == []
    (finding,) = person.waits(days(9))
    assert finding.time == MORNING + timedelta(hours=3, minutes=15)
