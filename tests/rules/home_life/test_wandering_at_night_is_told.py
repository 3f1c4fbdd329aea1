"""Who walks about at night more than is usual there is told of once, and it is over when it is calm."""

from datetime import timedelta
from typing import Any

import pytest

from devices.observation import Kind, Quality
from rules.base import AlarmClass, Finding
from rules.night_wandering import RULE, NightWanderingSettings
from rules.sentences import explain
from tests.rules.limits.person import MONDAY, Person, codes

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
#: One o'clock in the night to Tuesday.
NIGHT = MONDAY + 25 * HOUR
ROOMS = ("bedroom", "hall", "kitchen")


def home(**settings: Any) -> Person:
    return Person(RULE, enabled=True, **settings)


def walks(person: Person, start: Any, moves: int, **more: Any) -> list[Finding]:
    """Go from room to room, a minute each."""
    found = []
    for step in range(moves):
        at = start + step * MINUTE
        found += person.measures(Kind.MOTION, 1.0, at, **{"room": ROOMS[step % 3], **more})
    return found


def test_it_is_off_until_it_is_switched_on_for_a_person() -> None:
    assert not NightWanderingSettings().enabled
    assert walks(Person(RULE), NIGHT, 50) == []


def test_one_move_more_than_the_limit_is_told_once() -> None:
    person = home(most_moves=20)
    assert walks(person, NIGHT, 20) == []
    (finding,) = further(person, 20)
    assert (finding.code, finding.alarm_class, finding.subject) == ("wanders", AlarmClass.CARE, "home-1")
    said = explain("night_wandering", finding.code, finding.facts, "sv")
    assert said.startswith("Vandrar på natten: 21 gånger mellan rum sedan kl. 23:00")


def further(person: Person, done: int, moves: int = 10) -> list[Finding]:
    found = []
    for step in range(done, done + moves):
        found += person.measures(Kind.MOTION, 1.0, NIGHT + step * MINUTE, room=ROOMS[step % 3])
    return found


def test_a_room_in_which_one_stays_is_no_move() -> None:
    person = home(most_moves=3)
    for minute in range(100):
        assert person.measures(Kind.MOTION, 1.0, NIGHT + minute * MINUTE, room="bedroom") == []


@pytest.mark.parametrize("start", [MONDAY + 6 * HOUR, MONDAY + 22 * HOUR])
def test_the_day_is_free(start: Any) -> None:
    assert walks(home(most_moves=3), start, 50) == []


def test_it_is_over_when_nobody_moves_and_can_be_told_again() -> None:
    person = home(most_moves=5, calm_min=45)
    assert codes(walks(person, NIGHT, 10)) == ["wanders"]
    (calm,) = person.waits(NIGHT + 2 * HOUR)
    assert (calm.code, calm.restores) == ("calm", True)
    assert calm.time == NIGHT + 9 * MINUTE + 45 * MINUTE
    assert codes(walks(person, NIGHT + 3 * HOUR, 10)) == ["wanders"]


def test_it_is_over_with_the_night() -> None:
    person = home(most_moves=5)
    start = MONDAY + DAY + 6 * HOUR - 10 * MINUTE
    assert codes(walks(person, start, 10)) == ["wanders"]
    assert [(one.code, one.time) for one in person.waits(NIGHT + DAY)] == [("calm", MONDAY + DAY + 6 * HOUR)]


def test_what_is_usual_here_is_not_told() -> None:
    """A restless sleeper: 15 moves in every night. 25 are then nothing new; 40 are."""
    person = home()
    for night in range(10):
        assert walks(person, NIGHT + night * DAY, 15) == []
    assert walks(person, NIGHT + 10 * DAY, 25) == []
    assert codes(walks(person, NIGHT + 11 * DAY, 60)) == ["wanders"]


def test_a_calm_sleeper_is_told_of_sooner() -> None:
    person = home()
    for night in range(10):
        walks(person, NIGHT + night * DAY, 2)
    assert codes(walks(person, NIGHT + 10 * DAY, 9)) == ["wanders"]


def test_a_limit_set_for_the_person_is_never_exceeded() -> None:
    person = home(most_moves=10)
    for night in range(10):
        walks(person, NIGHT + night * DAY, 9)
    assert codes(walks(person, NIGHT + 10 * DAY, 11)) == ["wanders"]


def test_a_night_that_was_not_listened_to_teaches_nothing() -> None:
    """Ten nights of one move, heard for ten minutes only: the limit of an unknown home stays."""
    person = home()
    for night in range(10):
        walks(person, NIGHT + night * DAY, 1)
        person.resumes(NIGHT + night * DAY + 10 * MINUTE, NIGHT + night * DAY + 3 * HOUR)
        person.waits(NIGHT + night * DAY + 9 * HOUR)
    assert walks(person, NIGHT + 10 * DAY, 20) == []


def test_what_comes_late_is_no_walk() -> None:
    assert walks(home(most_moves=3), NIGHT, 20, quality=frozenset({Quality.LATE})) == []
