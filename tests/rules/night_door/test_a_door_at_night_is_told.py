"""A door to the outside that is opened at night or left open is told, and over when all have stayed closed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from devices.observation import Kind
from rules.base import AlarmClass, Finding
from rules.night_door import RULE, NightDoorSettings
from rules.sentences import explain
from tests.rules.limits.person import MONDAY, Person, codes

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
#: Tuesday, 2 o'clock at night, and Monday, 2 in the afternoon.
NIGHT, DAY = MONDAY + 26 * HOUR, MONDAY + 14 * HOUR


def home(**settings: Any) -> Person:
    return Person(RULE, enabled=True, **settings)


def door(person: Person, at: datetime, value: float | None = 1.0, **more: Any) -> list[Finding]:
    return person.measures(Kind.DOOR, value, at, **{"room": "front door", **more})


def test_it_is_off_until_it_is_switched_on_for_a_person() -> None:
    assert not NightDoorSettings().enabled
    assert door(Person(RULE), NIGHT) == []


def test_a_door_that_opens_at_night_is_told_at_once() -> None:
    (finding,) = door(home(), NIGHT)
    assert (finding.code, finding.alarm_class, finding.subject) == ("opened_at_night", AlarmClass.CARE, "home-1")
    said = explain("night_door", finding.code, finding.facts, "sv")
    assert said == "En ytterdörr (front door) öppnades kl. 02:00, under tiden 23:00-06:00."


@pytest.mark.parametrize(
    ("clock", "told"), [((22, 59), False), ((23, 0), True), ((0, 0), True), ((5, 59), True), ((6, 0), False)]
)
def test_the_night_has_its_first_minute_and_not_its_last(clock: tuple[int, int], told: bool) -> None:
    hours, minutes = clock
    assert bool(door(home(), MONDAY + hours * HOUR + minutes * MINUTE)) is told


def test_the_night_is_that_of_the_home_on_either_side_of_a_clock_change() -> None:
    """In Stockholm 4:30 UTC was 5:30 on 28 March 2026 and 6:30 on 29 March."""
    at = [datetime(2026, 3, day, 4, 30, tzinfo=UTC) for day in (28, 29)]
    assert [codes(door(home(zone="Europe/Stockholm"), each)) for each in at] == [["opened_at_night"], []]


def test_a_night_within_one_day_can_be_set() -> None:
    nap = {"night_from": "13:00", "night_to": "15:00"}
    assert codes(door(home(**nap), DAY)) == ["opened_at_night"]
    assert door(home(**nap), NIGHT) == []


@pytest.mark.parametrize("settings", [{"night_from": "06:00"}, {"night_from": "23:00+01:00"}, {"closed_min": 0}])
def test_a_night_that_is_none_is_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"night|offset|greater"):
        NightDoorSettings.model_validate(settings)


def test_a_fridge_at_night_is_no_way_out() -> None:
    assert door(home(), NIGHT, room="Kylskåp") == []
    assert codes(door(home(), NIGHT, room="")) == ["opened_at_night"]


def test_it_is_over_when_all_doors_have_stayed_closed() -> None:
    person = home()
    door(person, NIGHT)
    door(person, NIGHT + MINUTE, device="back")
    door(person, NIGHT + 2 * MINUTE, 0.0)
    assert person.waits(NIGHT + 9 * MINUTE) == []
    door(person, NIGHT + 10 * MINUTE, 0.0, device="back")
    (finding,) = person.waits(NIGHT + HOUR)
    assert (finding.code, finding.restores, finding.time) == ("closed", True, NIGHT + 15 * MINUTE)
    assert person.waits(NIGHT + 24 * HOUR) == []


def test_in_and_out_again_is_one_case_and_later_another() -> None:
    person = home()
    door(person, NIGHT)
    door(person, NIGHT + MINUTE, 0.0)
    assert door(person, NIGHT + 5 * MINUTE) == []
    door(person, NIGHT + 6 * MINUTE, 0.0)
    assert codes(person.waits(NIGHT + 12 * MINUTE)) == ["closed"]
    assert codes(door(person, NIGHT + 13 * MINUTE)) == ["opened_at_night"]


def test_a_door_that_is_stuck_open_hides_no_other() -> None:
    person = home()
    door(person, NIGHT, device="stuck")
    person.waits(NIGHT + HOUR)
    for night in range(1, 4):
        at = NIGHT + timedelta(days=night)
        assert codes(door(person, at)) == ["opened_at_night"]
        assert door(person, at + MINUTE, 0.0) == []


def test_a_door_that_stays_open_at_night_is_told_to_the_microsecond() -> None:
    person = home()
    door(person, NIGHT)
    due = NIGHT + 15 * MINUTE
    assert person.waits(due - timedelta(microseconds=1)) == []
    (finding,) = person.waits(due)
    assert (finding.code, finding.time) == ("left_open", due)
    assert "15 min" in explain("night_door", finding.code, finding.facts, "sv")
    assert person.waits(NIGHT + 5 * HOUR) == []


def test_a_door_open_since_the_day_is_told_when_the_night_begins() -> None:
    person = home()
    assert door(person, DAY) == []
    (finding,) = person.waits(NIGHT)
    assert (finding.code, finding.time) == ("left_open", MONDAY + 23 * HOUR)
    assert finding.facts["open_s"] == 9 * 3600


def test_by_day_a_door_may_stand_open_unless_a_limit_is_set() -> None:
    person = home(left_open_night_min=None)
    door(person, DAY)
    assert person.waits(MONDAY + timedelta(days=3)) == []
    strict = home(left_open_min=60)
    door(strict, DAY)
    assert codes(strict.waits(DAY + HOUR)) == ["left_open"]
    door(strict, DAY + 2 * HOUR, 0.0)
    assert codes(strict.waits(NIGHT)) == ["closed"]


def test_a_door_that_closes_in_time_leaves_nothing_behind() -> None:
    person = home()
    door(person, DAY)
    door(person, DAY + HOUR, 0.0)
    assert person.waits(NIGHT + 24 * HOUR) == []


def test_a_door_that_repeats_itself_is_one_opening() -> None:
    """Sensors repeat their state every hour; a first word that is "open" counts (Home Assistant core #52606)."""
    person = home()
    told = [finding for minute in range(14) for finding in door(person, NIGHT + minute * MINUTE)]
    assert codes(told) == ["opened_at_night"]
    assert codes(person.waits(NIGHT + 15 * MINUTE)) == ["left_open"]


@pytest.mark.parametrize("value", [None, float("nan"), float("inf"), -1.0, 0.5, 255.0])
def test_a_word_that_is_neither_open_nor_closed_says_nothing(value: float | None) -> None:
    person = home()
    assert door(person, NIGHT, value) == []
    door(person, NIGHT)
    assert door(person, NIGHT + MINUTE, value) == []
    assert codes(person.waits(NIGHT + HOUR)) == ["left_open"]


def test_an_opening_that_arrives_late_is_told_as_of_when_it_was() -> None:
    (finding,) = door(home(), NIGHT + 6 * HOUR, time=NIGHT)
    assert finding.time == NIGHT


def test_after_an_outage_the_closing_has_time_to_arrive() -> None:
    person = home()
    door(person, NIGHT)
    person.resumes(NIGHT + MINUTE, NIGHT + 2 * HOUR)
    door(person, NIGHT + 2 * HOUR, 0.0, time=NIGHT + 2 * MINUTE)
    assert codes(person.waits(NIGHT + 5 * HOUR)) == ["closed"]


def test_a_door_that_is_open_after_an_outage_is_told_then() -> None:
    person = home()
    door(person, NIGHT)
    person.resumes(NIGHT + MINUTE, NIGHT + 2 * HOUR)
    (finding,) = person.waits(NIGHT + 3 * HOUR)
    assert (finding.code, finding.time) == ("left_open", NIGHT + 2 * HOUR + 15 * MINUTE)


def test_a_door_left_open_survives_a_restart() -> None:
    person = home()
    door(person, NIGHT)
    person.restart()
    (finding,) = person.waits(NIGHT + HOUR)
    assert finding.time == NIGHT + 15 * MINUTE
