"""T2, T3, T5: over every change of clocks somebody is on duty, one turn at a time, in the order of the turns."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from alarms.oncall.rotation import Rotation, RotationError
from alarms.oncall.walltime import instant

ZONES = (
    "Europe/Stockholm",
    "Europe/Oslo",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "America/St_Johns",
    "Pacific/Apia",
    "Asia/Gaza",
    "America/Nuuk",
    "UTC",
)
#: Daily and weekly, at the hours at which zones like to jump, and apart by less than a jump.
PLANS = (
    ["07:00"],
    ["02:30"],
    ["00:00", "02:00", "02:30", "03:00"],
    ["07:00", "15:00", "23:00"],
    ["Sun 02:15"],
    ["Mon 08:00"],
    ["Fri 16:00", "Sun 01:30", "Sun 03:00"],
)
MINUTE = timedelta(minutes=1)


def wall(text: str) -> datetime:
    """Return a wall time: what a clock shows, without a zone."""
    return datetime.fromisoformat(text)


def transitions(zone: ZoneInfo, first: int, last: int) -> list[datetime]:
    """Return the instants, to the minute, at which the zone's offset changes."""
    found = []
    moment = datetime(first, 1, 1, tzinfo=UTC)
    while moment.year <= last:
        later = moment + timedelta(hours=12)
        if moment.astimezone(zone).utcoffset() != later.astimezone(zone).utcoffset():
            early, late = moment, later
            while late - early > MINUTE:
                middle = early + ((late - early) // 2 // MINUTE) * MINUTE
                same = middle.astimezone(zone).utcoffset() == early.astimezone(zone).utcoffset()
                early, late = (middle, late) if same else (early, middle)
            found.append(late)
        moment = later
    return found


def check_around(rotation: Rotation, moment: datetime) -> None:
    """Three days around ``moment`` lie in shifts that follow each other, each minute in one, in the order of turns."""
    start, end = moment - timedelta(days=3), moment + timedelta(days=3)
    shifts = list(rotation.shifts(start, end))
    assert shifts[0].start <= start
    assert shifts[-1].end >= end
    for before, after in pairwise(shifts):
        assert before.end == after.start
        assert before.start < before.end
    # On both sides of each boundary, and at every minute of the two hours around the change of clocks.
    for shift in shifts[1:]:
        number = rotation.number_at(shift.start)
        assert rotation.turn_at(shift.start) == shift.turn == rotation.turns[number % len(rotation.turns)]
        assert rotation.number_at(shift.start - timedelta(microseconds=1)) < number
    for minute in range(-75, 75):
        now = moment + minute * MINUTE
        (here,) = [shift for shift in shifts if shift.start <= now < shift.end]
        assert rotation.turn_at(now) == here.turn


@pytest.mark.parametrize("plan", PLANS, ids=" ".join)
@pytest.mark.parametrize("name", ZONES)
def test_T2_each_minute_around_each_change_of_clocks_has_one_turn(name: str, plan: list[str]) -> None:
    zone = ZoneInfo(name)
    rotation = Rotation(date(2019, 12, 30), plan, [["a"], ["b"], ["c"], ["d"], ["e"]], zone)
    changes = transitions(zone, 2020, 2035)
    for moment in changes[:6] + changes[-4:] or [datetime(2026, 3, 29, 1, tzinfo=UTC)]:
        check_around(rotation, moment)


@pytest.mark.parametrize("plan", PLANS, ids=" ".join)
def test_T2_a_day_that_a_zone_skipped_moves_nobodys_place_in_the_order(plan: list[str]) -> None:
    """Apia had no 30 December 2011: who takes over on it does so at the jump, and 31 December is in its place."""
    rotation = Rotation(date(2011, 12, 1), plan, [["a"], ["b"], ["c"]], ZoneInfo("Pacific/Apia"))
    check_around(rotation, datetime(2011, 12, 30, 10, tzinfo=UTC))
    daily = Rotation(date(2011, 12, 29), ["07:00"], [["a"], ["b"], ["c"]], ZoneInfo("Pacific/Apia"))
    turns = [
        shift.turn[0] for shift in daily.shifts(datetime(2011, 12, 29, tzinfo=UTC), datetime(2012, 1, 1, tzinfo=UTC))
    ]
    assert turns == ["a", "b", "c", "a"]


@given(
    zone=st.sampled_from([ZoneInfo(name) for name in ZONES]),
    plan=st.sampled_from(PLANS),
    turns=st.integers(1, 7),
    moments=st.lists(st.datetimes(wall("2020-01-01 00:00"), wall("2035-12-31 00:00")), min_size=2, max_size=8),
)
@settings(max_examples=150, deadline=None)
@example(ZoneInfo("Europe/Stockholm"), PLANS[2], 4, [wall("2026-03-29 00:59"), wall("2026-03-29 01:00")])
def test_T2_later_is_never_an_earlier_shift_and_every_moment_lies_in_its_own(
    zone: ZoneInfo, plan: list[str], turns: int, moments: list[datetime]
) -> None:
    rotation = Rotation(date(2019, 12, 30), plan, [[str(turn)] for turn in range(turns)], zone)
    ordered = sorted(moment.replace(tzinfo=UTC) for moment in moments)
    numbers = [rotation.number_at(moment) for moment in ordered]
    assert numbers == sorted(numbers)
    for moment, number in zip(ordered, numbers, strict=True):
        assert rotation.handover(number) <= moment < rotation.handover(number + 1)


@given(
    name=st.sampled_from(ZONES),
    walls=st.lists(st.datetimes(wall("2010-01-01 00:00"), wall("2035-12-31 00:00")), min_size=2, max_size=10),
)
@settings(max_examples=200, deadline=None)
@example("Pacific/Apia", [wall("2011-12-29 23:59"), wall("2011-12-30 12:00"), wall("2011-12-31 00:00")])
@example("Europe/Stockholm", [wall("2026-03-29 02:30"), wall("2026-03-29 03:00")])
@example("Europe/Stockholm", [wall("2026-10-25 02:30"), wall("2026-10-25 03:00")])
def test_T3_a_later_wall_time_never_means_an_earlier_instant(name: str, walls: list[datetime]) -> None:
    found = [instant(wall, ZoneInfo(name)) for wall in sorted(walls)]
    assert found == sorted(found)


def test_T3_a_time_that_exists_twice_is_its_first_and_one_that_does_not_is_the_jump() -> None:
    zone = ZoneInfo("Europe/Stockholm")
    assert instant(wall("2026-10-25 02:30"), zone) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert instant(wall("2026-03-29 02:30"), zone) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


def test_a_rotation_begins_with_its_first_handover_and_nobody_is_on_duty_before() -> None:
    zone = ZoneInfo("Europe/Stockholm")
    daily = Rotation(date(2026, 1, 7), ["07:00", "19:00"], [["a", "b"], ["c"]], zone)
    assert daily.turn_at(datetime(2026, 1, 7, 5, 59, tzinfo=UTC)) == ()
    assert daily.turn_at(datetime(2026, 1, 7, 6, 0, tzinfo=UTC)) == ("a", "b")
    assert daily.turn_at(datetime(2026, 1, 7, 18, 0, tzinfo=UTC)) == ("c",)
    weekly = Rotation(date(2026, 1, 7), ["Mon 08:00", "Thu 08:00"], [["a"], ["b"]], zone)
    assert weekly.turn_at(datetime(2026, 1, 8, 6, 59, tzinfo=UTC)) == ()
    assert weekly.turn_at(datetime(2026, 1, 8, 7, 0, tzinfo=UTC)) == ("a",)
    assert weekly.turn_at(datetime(2026, 1, 12, 7, 0, tzinfo=UTC)) == ("b",)
    assert list(weekly.shifts(datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC))) == []


@pytest.mark.parametrize(
    "handovers",
    [
        [],
        ["7"],
        ["7:00"],
        ["24:00"],
        ["07:60"],
        ["Monday 07:00"],
        ["07:00", "Mon 07:00"],
        ["07:00", "07:00"],
        ["07:00:00"],
        [""],
    ],
)
def test_a_rotation_that_makes_no_sense_is_refused(handovers: list[str]) -> None:
    with pytest.raises(RotationError):
        Rotation(date(2026, 1, 1), handovers, [["a"]], ZoneInfo("UTC"))
    with pytest.raises(RotationError):
        Rotation(date(2026, 1, 1), ["07:00"], [], ZoneInfo("UTC"))
