"""An expected measurement that does not come is told when its grace has passed, with no input at all."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from devices.observation import Kind
from rules.limits import LimitsSettings
from tests.rules.limits.person import MONDAY, Person, codes, days

MORNING = [{"kind": "weight", "at": "08:00", "grace_min": 60}]


def hour(value: float) -> datetime:
    return MONDAY + timedelta(hours=value)


def test_it_is_told_when_the_grace_has_passed() -> None:
    person = Person(due=MORNING)
    assert person.waits(hour(8.99)) == []
    (finding,) = person.waits(hour(9))
    assert (finding.code, finding.time) == ("weight_missing", hour(9))
    assert (finding.facts["due"], finding.facts["missed"]) == ("08:00", 1.0)


def test_a_measurement_in_time_settles_it() -> None:
    person = Person(due=MORNING)
    person.measures(Kind.WEIGHT, 70, hour(6))
    assert person.waits(hour(32.9)) == []
    assert codes(person.waits(hour(33))) == ["weight_missing"]


@pytest.mark.parametrize("at", [4.9, 9.1])
def test_a_measurement_outside_its_time_does_not_settle_it(at: float) -> None:
    person = Person(due=MORNING)
    found = [*person.measures(Kind.WEIGHT, 70, hour(at)), *person.waits(hour(10))]
    assert "weight_missing" in codes(found)


def test_another_kind_does_not_settle_it() -> None:
    person = Person(due=MORNING)
    person.measures(Kind.PULSE, 70, hour(8))
    assert codes(person.waits(hour(9))) == ["weight_missing"]


def test_a_measurement_made_in_time_and_delivered_late_restores() -> None:
    person = Person(due=MORNING)
    person.waits(hour(10))
    (restored,) = person.measures(Kind.WEIGHT, 70, hour(11), time=hour(7.5))
    assert restored.restores


def test_each_day_is_told_for_itself() -> None:
    person = Person(due=MORNING)
    found = person.waits(days(3))
    assert [one.time for one in found] == [hour(9), hour(33), hour(57)]
    assert len({one.key for one in found}) == 3


def test_only_on_its_weekdays() -> None:
    person = Person(due=[{"kind": "weight", "at": "08:00", "grace_min": 60, "weekdays": [2]}])
    assert [one.time for one in person.waits(days(9))] == [days(2) + timedelta(hours=9)]


def test_what_was_due_before_the_watch_began_is_not_missing() -> None:
    assert Person(since=hour(8.5), due=MORNING).waits(hour(30)) == []


def test_wall_time_decides_when_clocks_change() -> None:
    saturday = datetime(2026, 3, 28, 12, tzinfo=UTC)
    person = Person(since=saturday, zone="Europe/Stockholm", due=MORNING)
    (finding,) = person.waits(saturday + timedelta(days=1))
    assert finding.time == datetime(2026, 3, 29, 9, tzinfo=ZoneInfo("Europe/Stockholm"))


def test_days_in_which_nobody_listened_are_one_finding_with_their_number() -> None:
    person = Person(due=MORNING)
    person.measures(Kind.WEIGHT, 70, hour(8))
    back = days(4) + timedelta(hours=12)
    assert person.resumes(listened_until=hour(9), at=back) == []
    (finding,) = person.waits(back + timedelta(minutes=15))
    assert finding.facts["missed"] == 4.0


@pytest.mark.parametrize(
    "due",
    [
        {"kind": "motion", "at": "08:00"},
        {"kind": "weight", "at": "08:00+02:00"},
        {"kind": "weight", "at": "08:00", "weekdays": []},
        {"kind": "weight", "at": "08:00", "weekdays": [7]},
        {"kind": "weight", "at": "08:00", "grace_min": -1},
    ],
)
def test_a_schedule_that_makes_no_sense_is_refused(due: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        LimitsSettings.model_validate({"due": [due]})
