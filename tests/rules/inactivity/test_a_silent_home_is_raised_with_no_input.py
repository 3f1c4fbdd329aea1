"""With fixed limits: quiet is raised when it is too long, by a deadline, and it counts faster by day than at night."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from devices.observation import Kind
from rules.base import AlarmClass
from tests.rules.inactivity.home import Home

STOCKHOLM = ZoneInfo("Europe/Stockholm")
MONDAY = datetime(2026, 1, 12, tzinfo=STOCKHOLM)


def fixed(since: datetime = MONDAY, **settings: Any) -> Home:
    return Home(since, learning=False, **settings)


def hours(home: Home, seen: datetime) -> float:
    """Return how many hours after ``seen`` the home is raised if nothing more is heard."""
    (finding,) = [one for one in home.quiet_until(seen + timedelta(days=4)) if one.code.startswith("inactivity")]
    return (finding.time - seen).total_seconds() / 3600


def test_six_quiet_hours_by_day_are_a_life_safety_finding() -> None:
    home = fixed()
    home.sign(MONDAY.replace(hour=9), "bedroom")
    assert home.quiet_until(MONDAY.replace(hour=14, minute=59)) == []
    (finding,) = home.quiet_until(MONDAY.replace(hour=15))
    assert (finding.code, finding.alarm_class) == ("inactivity", AlarmClass.LIFE_SAFETY)
    assert finding.time == MONDAY.replace(hour=15)
    assert finding.facts["room"] == "bedroom"
    assert finding.facts["quiet_h"] == 6.0


def test_quiet_is_raised_once() -> None:
    home = fixed()
    home.sign(MONDAY.replace(hour=9))
    assert len(home.quiet_until(MONDAY + timedelta(days=9))) == 1


@pytest.mark.parametrize(("hour", "expected"), [(9, 6.0), (21, 9.2), (23, 8.4), (18, 8.0), (0, 8.0), (15, 6.0)])
def test_day_and_night_use_up_the_allowance_at_their_own_pace(hour: int, expected: float) -> None:
    # From 21 to 5 an hour uses a tenth, else a sixth: from 23 six hours leave 0.4, which the day uses in 2.4 h.
    home = fixed()
    seen = MONDAY.replace(hour=hour)
    home.sign(seen)
    assert hours(home, seen) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (datetime(2026, 3, 28, 23, tzinfo=STOCKHOLM), 8.0),  # the night loses an hour: 5 h of night, then 3 h of day
        (datetime(2026, 10, 24, 23, tzinfo=STOCKHOLM), 8.8),  # the night has an hour more: 7 h of night, 1.8 h of day
    ],
)
def test_a_night_in_which_clocks_change_is_as_long_as_it_is(seen: datetime, expected: float) -> None:
    home = fixed(seen)
    home.sign(seen)
    assert hours(home, seen.astimezone(UTC)) == pytest.approx(expected)


def test_after_a_door_to_the_outside_a_day_may_pass() -> None:
    home = fixed()
    home.sign(MONDAY.replace(hour=8))
    home.sign(MONDAY.replace(hour=9), "front door")
    (finding,) = home.quiet_until(MONDAY + timedelta(days=3))
    assert (finding.code, finding.facts["quiet_h"]) == ("inactivity_after_door", 24.0)


def test_a_fridge_door_is_not_a_way_out() -> None:
    home = fixed()
    home.sign(MONDAY.replace(hour=9), "fridge")
    assert hours(home, MONDAY.replace(hour=9)) == 6.0


def test_who_is_seen_after_the_door_is_at_home() -> None:
    home = fixed()
    home.sign(MONDAY.replace(hour=9), "front door")
    home.sign(MONDAY.replace(hour=9, minute=1), "hallway")
    assert hours(home, MONDAY.replace(hour=9, minute=1)) == 6.0


def test_a_home_set_to_away_is_not_silent_until_somebody_should_be_back() -> None:
    home = fixed()
    home.sign(MONDAY.replace(hour=8))
    home.sign(MONDAY.replace(hour=9), "", kind=Kind.AWAY)
    home.sign(MONDAY.replace(hour=9, minute=2), "hallway")
    (finding,) = home.quiet_until(MONDAY + timedelta(days=3))
    assert (finding.code, finding.facts["quiet_h"]) == ("away_too_long", 24.0)


def test_motion_long_after_leaving_ends_away() -> None:
    home = fixed()
    home.sign(MONDAY.replace(hour=8), "", kind=Kind.AWAY)
    home.sign(MONDAY.replace(hour=12))
    assert hours(home, MONDAY.replace(hour=12)) == 6.0


def test_a_sensor_that_clears_is_no_sign_of_life() -> None:
    home = fixed()
    home.sign(MONDAY.replace(hour=9))
    home.sign(MONDAY.replace(hour=9, minute=2), value=0.0)
    home.sign(MONDAY.replace(hour=9, minute=3), value=float("nan"))
    assert hours(home, MONDAY.replace(hour=9)) == 6.0


@pytest.mark.parametrize(("kind", "room"), [(Kind.PRESS, ""), (Kind.WEIGHT, "bathroom"), (Kind.DOOR, "front door")])
def test_a_home_without_a_sensor_of_everyday_life_is_never_silent(kind: Kind, room: str) -> None:
    home = fixed()
    home.sign(MONDAY.replace(hour=9), room, kind=kind, value=70.0)
    assert home.quiet_until(MONDAY + timedelta(days=30)) == []


def test_activity_restores_and_says_how_long_it_was_quiet() -> None:
    home = fixed()
    home.sign(MONDAY.replace(hour=9))
    (raised,) = home.quiet_until(MONDAY.replace(hour=16))
    (again,) = home.sign(MONDAY.replace(hour=17))
    assert again.restores
    assert not raised.restores
    assert again.facts == {"quiet_h": 8.0}
    assert raised.key != again.key


def test_late_news_counts_from_when_it_was_sent() -> None:
    home = fixed()
    home.sign(MONDAY.replace(hour=8))
    home.late(MONDAY.replace(hour=9), received_at=MONDAY.replace(hour=11))
    assert hours(home, MONDAY.replace(hour=9)) == 6.0


def test_late_news_from_before_changes_nothing() -> None:
    home = fixed()
    home.sign(MONDAY.replace(hour=9))
    home.late(MONDAY.replace(hour=7), received_at=MONDAY.replace(hour=11))
    assert hours(home, MONDAY.replace(hour=9)) == 6.0
