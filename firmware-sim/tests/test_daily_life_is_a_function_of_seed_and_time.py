"""Promise: the same seed gives the same life, however it is asked for, and sensors report it as real ones do."""

from collections import defaultdict
from datetime import datetime, timedelta
from itertools import pairwise, takewhile

from hypothesis import given, settings
from hypothesis import strategies as st

from hemvakt_sim.rhythm import Act, Activation, Dwelling, Habits, as_reported, life

HOME = Dwelling(rooms=("hall", "kitchen", "bathroom", "bedroom", "lounge"), doors=("front-door",))
MONDAY = datetime(2026, 3, 2)  # noqa: DTZ001 - simulated local time


def between(seed: int, start: datetime, end: datetime, habits: Habits | None = None) -> list[Activation]:
    lived = life(seed, "home-1", HOME, habits or Habits(), start)
    return list(takewhile(lambda seen: seen.at < end, lived))


@given(seed=st.integers(0, 2**32), hours=st.lists(st.floats(0.1, 30), min_size=1, max_size=4))
@settings(max_examples=25, deadline=None)
def test_a_stretch_asked_for_in_pieces_is_the_stretch_asked_for_at_once(seed: int, hours: list[float]) -> None:
    pieces, moment = list[Activation](), MONDAY
    for piece in hours:
        following = moment + timedelta(hours=piece)
        pieces += between(seed, moment, following)
        moment = following
    assert pieces == between(seed, MONDAY, moment)


@given(seed=st.integers(0, 2**32), start=st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)))  # noqa: DTZ001
@settings(max_examples=25, deadline=None)
def test_life_is_in_order_and_begins_when_asked(seed: int, start: datetime) -> None:
    seen = between(seed, start, start + timedelta(days=2))
    assert [one.at for one in seen] == sorted(one.at for one in seen)
    assert all(one.at >= start for one in seen)


def test_another_seed_and_another_home_live_another_life() -> None:
    tomorrow = MONDAY + timedelta(days=1)
    assert between(1, MONDAY, tomorrow) != between(2, MONDAY, tomorrow)
    other = takewhile(lambda seen: seen.at < tomorrow, life(1, "home-2", HOME, Habits(), MONDAY))
    assert list(other) != between(1, MONDAY, tomorrow)


def test_days_are_busier_than_nights() -> None:
    by_hour: dict[int, int] = defaultdict(int)
    for seen in between(1, MONDAY, MONDAY + timedelta(days=14)):
        by_hour[seen.at.hour] += seen.act is Act.MOTION
    assert sum(by_hour[hour] for hour in range(1, 5)) * 4 < sum(by_hour[hour] for hour in range(10, 14))


def test_going_out_is_a_door_then_silence_then_a_door() -> None:
    habits = Habits(outings_per_day=3)
    seen = [one for one in between(3, MONDAY, MONDAY + timedelta(days=3), habits) if one.act is not Act.STILL]
    doors = [one.at for one in seen if one.act is Act.OPEN]
    assert len(doors) >= 2
    away = [
        (left, back)
        for left, back in zip(doors[::2], doors[1::2], strict=False)
        if not any(left + timedelta(minutes=1) < one.at < back for one in seen)
    ]
    assert away
    assert all(timedelta(minutes=25) < back - left < timedelta(hours=3) for left, back in away)


@given(st.lists(st.tuples(st.floats(0, 3600), st.sampled_from(["hall", "kitchen"])), max_size=80))
def test_a_motion_sensor_is_blind_for_a_minute_and_clears_after_a_minute_and_a_half(
    motions: list[tuple[float, str]],
) -> None:
    moved = sorted(Activation(MONDAY + timedelta(seconds=at), place, Act.MOTION) for at, place in motions)
    reports = list(as_reported(moved))
    for room in ("hall", "kitchen"):
        here = [one for one in reports if one.place == room]
        motion = [one.at for one in here if one.act is Act.MOTION]
        assert all(later - earlier >= timedelta(seconds=60) for earlier, later in pairwise(motion))
        clear = [one.at - timedelta(seconds=90) for one in here if one.act is Act.STILL]
        assert set(clear) <= set(motion)
        assert not motion or clear[-1] == motion[-1]
