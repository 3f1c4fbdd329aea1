"""Somebody who leaves the bed at night and does not come back is told once; going to bed and getting up are not."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from devices.observation import Kind, Quality
from rules.base import AlarmClass, Finding
from rules.bed_exit import RULE, BedExitSettings
from rules.sentences import explain
from tests.rules.limits.person import MONDAY, Person, codes

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
#: Tuesday, 2 o'clock at night.
NIGHT = MONDAY + 26 * HOUR


def asleep(**settings: Any) -> Person:
    """Return somebody who went to bed at ten in the evening."""
    person = Person(RULE, enabled=True, **settings)
    assert bed(person, NIGHT - 4 * HOUR, 1.0) == []
    return person


def bed(person: Person, at: datetime, value: float | None, **more: Any) -> list[Finding]:
    return person.measures(Kind.BED, value, at, **{"room": "bedroom", **more})


def test_it_is_off_until_it_is_switched_on_for_a_person() -> None:
    assert not BedExitSettings().enabled


def test_who_has_not_come_back_in_time_is_told_to_the_microsecond() -> None:
    person = asleep()
    assert bed(person, NIGHT, 0.0) == []
    due = NIGHT + 20 * MINUTE
    assert person.waits(due - timedelta(microseconds=1)) == []
    (finding,) = person.waits(due)
    assert (finding.code, finding.alarm_class, finding.time) == ("not_back_in_bed", AlarmClass.CARE, due)
    said = explain("bed_exit", finding.code, finding.facts, "sv")
    assert said == "Lämnade sängen (bedroom) kl. 02:00 och har varit ur den i 20 min."
    assert person.waits(NIGHT + 10 * HOUR) == []


def test_a_visit_to_the_bathroom_is_none() -> None:
    person = asleep()
    for hour in range(3):
        assert bed(person, NIGHT + hour * HOUR, 0.0) == []
        assert bed(person, NIGHT + hour * HOUR + 19 * MINUTE, 1.0) == []
    assert person.waits(NIGHT + 3 * HOUR) == []


def test_who_comes_back_restores_it_and_can_leave_again() -> None:
    person = asleep()
    bed(person, NIGHT, 0.0)
    assert codes(person.waits(NIGHT + HOUR)) == ["not_back_in_bed"]
    (back,) = bed(person, NIGHT + HOUR, 1.0)
    assert (back.code, back.restores) == ("back_in_bed", True)
    assert back.facts["out_s"] == 3600
    bed(person, NIGHT + 2 * HOUR, 0.0)
    assert codes(person.waits(NIGHT + 3 * HOUR)) == ["not_back_in_bed"]


@pytest.mark.parametrize(
    ("left", "told"),
    [
        (NIGHT - 4 * HOUR - MINUTE, False),
        (NIGHT - 4 * HOUR, True),
        (NIGHT + 3 * HOUR + 39 * MINUTE, True),
        (NIGHT + 3 * HOUR + 40 * MINUTE, False),
    ],
    ids=["before the night", "as it begins", "in time for it", "up for the day"],
)
def test_only_the_night_counts(left: datetime, told: bool) -> None:
    person = Person(RULE, enabled=True)
    bed(person, left - HOUR, 1.0)
    bed(person, left, 0.0)
    assert bool(person.waits(left + 12 * HOUR)) is told


def test_who_must_not_get_up_alone_is_told_at_once() -> None:
    person = asleep(back_min=0)
    assert codes(bed(person, NIGHT, 0.0)) == ["not_back_in_bed"]
    assert person.waits(NIGHT + HOUR) == []
    assert codes(bed(person, NIGHT + 2 * MINUTE + HOUR, 1.0)) == ["back_in_bed"]


def test_a_bed_that_says_again_that_it_is_empty_does_not_begin_anew() -> None:
    person = asleep()
    bed(person, NIGHT, 0.0)
    for minute in range(1, 20):
        assert bed(person, NIGHT + minute * MINUTE, 0.0) == []
    assert [one.time for one in person.waits(NIGHT + HOUR)] == [NIGHT + 20 * MINUTE]


def test_a_bed_that_nobody_lay_in_is_not_left() -> None:
    person = Person(RULE, enabled=True)
    bed(person, NIGHT, 0.0)
    assert person.waits(NIGHT + 4 * HOUR) == []


@pytest.mark.parametrize("value", [None, 0.5, -1.0, float("nan"), float("inf")])
def test_what_is_neither_in_nor_out_changes_nothing(value: float | None) -> None:
    person = asleep()
    bed(person, NIGHT, value)
    assert person.waits(NIGHT + HOUR) == []
    bed(person, NIGHT + HOUR, 0.0)
    bed(person, NIGHT + HOUR + MINUTE, value)
    assert codes(person.waits(NIGHT + 2 * HOUR)) == ["not_back_in_bed"]


def test_what_was_kept_back_says_nothing_of_now() -> None:
    person = asleep()
    bed(person, NIGHT, 0.0, quality=frozenset({Quality.LATE}))
    assert person.waits(NIGHT + HOUR) == []


def test_after_a_break_what_waited_is_heard_first() -> None:
    person = asleep()
    bed(person, NIGHT, 0.0)
    person.resumes(NIGHT + MINUTE, NIGHT + HOUR)
    assert bed(person, NIGHT + HOUR + 5 * MINUTE, 1.0) == []
    assert person.waits(NIGHT + 3 * HOUR) == []


def test_a_restart_counts_on() -> None:
    person = asleep()
    bed(person, NIGHT, 0.0)
    person.restart()
    assert codes(person.waits(NIGHT + 20 * MINUTE)) == ["not_back_in_bed"]


@pytest.mark.parametrize("settings", [{"night_from": "06:00"}, {"back_min": -1}, {"back_min": "inf"}])
def test_a_night_that_is_none_is_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"night|greater|finite"):
        BedExitSettings.model_validate(settings)
