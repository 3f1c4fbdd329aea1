"""The learned limit follows the home: who sleeps long is not woken, who is always about is missed soon."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from rules.inactivity.rhythm import SIZE, hours_known, learn_active, learn_quiet, limit_hours, opened
from rules.inactivity.state import InactivityState
from rules.inactivity.typical import DOOR, INSIDE
from tests.rules.inactivity.home import Home, live

STOCKHOLM = ZoneInfo("Europe/Stockholm")
FIRST = datetime(2026, 1, 5, tzinfo=STOCKHOLM)


def raised_after_h(home: Home, seen: datetime) -> float:
    (finding,) = home.quiet_until(seen + timedelta(days=4))
    return (finding.time - seen).total_seconds() / 3600


def after(days: int, up: int, to_bed: int, **settings: Any) -> tuple[Home, datetime]:
    home = Home(FIRST, **settings)
    return home, live(home, FIRST, days, up, to_bed)


def test_a_usual_night_is_never_raised() -> None:
    home, _ = after(21, up=6, to_bed=22)
    assert home.said == []


def test_nights_of_eleven_hours_are_understood_within_two_weeks() -> None:
    home, _ = after(28, up=8, to_bed=21)
    assert [one for one in home.said if one.time > FIRST + timedelta(days=14)] == []


def test_someone_not_up_by_usual_time_is_raised_in_the_morning() -> None:
    home, last = after(21, up=7, to_bed=22)
    assert 9 < raised_after_h(home, last) < 14


def test_a_late_riser_is_given_longer_than_an_early_one() -> None:
    early, early_to_bed = after(21, up=5, to_bed=22)
    late, late_to_bed = after(21, up=9, to_bed=22)
    assert raised_after_h(early, early_to_bed) + 2 < raised_after_h(late, late_to_bed)


def test_a_busy_day_that_stops_is_missed_within_three_hours() -> None:
    home, _ = after(14, up=7, to_bed=22)
    noon = FIRST + timedelta(days=14, hours=12)
    home.busy(noon - timedelta(hours=5), noon)
    assert raised_after_h(home, noon) <= 3.0


def test_what_was_learned_shortens_the_limit_of_a_typical_home() -> None:
    home, noon = Home(FIRST), FIRST + timedelta(hours=12)
    home.sign(noon)
    unknown = raised_after_h(home, noon)
    lively, _ = after(14, up=7, to_bed=22)
    lively.sign(noon + timedelta(days=14))
    assert raised_after_h(lively, noon + timedelta(days=14)) < unknown


def test_fewer_accepted_false_alarms_mean_a_longer_limit() -> None:
    seldom, often = (after(14, up=7, to_bed=22, days_between=days) for days in (200, 5))
    assert raised_after_h(*often) < raised_after_h(*seldom)


def test_a_limit_set_for_the_home_is_never_exceeded() -> None:
    home, last = after(14, up=9, to_bed=21, night_limit_h=4, day_limit_h=4)
    assert {one.code for one in home.said} == {"inactivity", "activity_again"}
    assert raised_after_h(home, last) == 4.0


def test_the_finding_says_on_how_many_days_it_rests() -> None:
    home, last = after(10, up=7, to_bed=22)
    (finding,) = home.quiet_until(last + timedelta(days=2))
    assert finding.facts["days_known"] == pytest.approx(9, abs=1.5)


def test_a_holiday_teaches_nothing() -> None:
    counts, zone = opened(bytearray(SIZE)), STOCKHOLM
    learn_quiet(counts, DOOR, FIRST, 14 * 24.0, zone)
    assert hours_known(counts) == 0


def test_time_in_which_nobody_listened_teaches_nothing() -> None:
    taught, untaught = (Home(FIRST, days_between=20) for _ in range(2))
    for home in (taught, untaught):
        live(home, FIRST, 10)
    away = FIRST + timedelta(days=10, hours=7)
    for day in range(7):
        down = away + timedelta(days=day)
        for home in (taught, untaught):
            home.busy(down, down + timedelta(hours=2))
            if home is untaught:
                home.resumed(down + timedelta(hours=2, minutes=1), down + timedelta(hours=10, minutes=59))
            home.busy(down + timedelta(hours=11), down + timedelta(hours=15))
    noon = away + timedelta(days=7, hours=2)
    for home in (taught, untaught):
        home.busy(noon - timedelta(hours=2), noon)
    assert raised_after_h(untaught, noon) + 1 < raised_after_h(taught, noon)


def test_away_by_the_door_is_learned_apart_from_quiet_inside() -> None:
    counts, morning = opened(bytearray(SIZE)), FIRST + timedelta(hours=9)
    for day in range(30):
        learn_active(counts, INSIDE, 4, 2.0)
        learn_active(counts, DOOR, 4, 0.05)
        learn_quiet(counts, DOOR, morning + timedelta(days=day), 8.0, STOCKHOLM)
        learn_quiet(counts, INSIDE, morning + timedelta(days=day), 0.6, STOCKHOLM)
    inside, away = (limit_hours(counts, place, morning, STOCKHOLM, 1200) for place in (INSIDE, DOOR))
    assert inside < 4
    assert away > 8


def test_the_memory_of_a_home_stays_small() -> None:
    home, _ = after(60, up=7, to_bed=22)
    state = next(iter(home.engine._plans[0].slots.values())).state
    assert isinstance(state, InactivityState)
    assert len(msgspec.msgpack.encode(state)) < 3000


def test_old_habits_fade() -> None:
    home, _ = after(120, up=7, to_bed=22)
    state = next(iter(home.engine._plans[0].slots.values())).state
    assert 30 < hours_known(opened(state.rhythm)) / 24 < 52


def test_a_finding_says_how_sure_it_is_and_grows_surer_with_the_days() -> None:
    def sureness(days: int) -> float:
        home, last = after(days, up=7, to_bed=22)
        (finding,) = home.quiet_until(last + timedelta(days=4))
        said = finding.facts["sureness"]
        assert isinstance(said, float)
        return said

    first, later = sureness(1), sureness(21)
    assert 0 <= first < 0.5 < later < 1
