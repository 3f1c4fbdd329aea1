"""Floods, odd clocks and odd rooms change nothing but what was really seen."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from devices.observation import Kind, Quality
from rules.inactivity import InactivitySettings
from tests.rules.inactivity.home import Home

NOON = datetime(2026, 1, 12, 12, tzinfo=UTC)


def test_a_hundred_thousand_signs_in_a_second_are_one_moment() -> None:
    home = Home(NOON, learning=False)
    for index in range(100_000):
        home.sign(NOON + timedelta(microseconds=10 * index))
    (finding,) = home.quiet_until(NOON + timedelta(hours=12))
    assert finding.time - NOON == pytest.approx(timedelta(hours=6.0), abs=timedelta(hours=1))
    assert len(home.said) == 1


@pytest.mark.parametrize("year", [1970, 2106])
def test_a_device_clock_of_another_century_does_not_decide(year: int) -> None:
    home = Home(NOON, learning=False)
    home.sign(NOON, time=datetime(year, 1, 1, tzinfo=UTC))
    home.sign(NOON, time=datetime(year, 1, 1, tzinfo=UTC), quality=frozenset({Quality.LATE, Quality.CLOCK}))
    (finding,) = home.quiet_until(NOON + timedelta(days=2))
    assert finding.time > NOON + timedelta(hours=5)


def test_a_room_with_an_endless_name_is_cut() -> None:
    home = Home(NOON, learning=False)
    home.sign(NOON, "x" * 100_000)
    (finding,) = home.quiet_until(NOON + timedelta(days=2))
    assert len(str(finding.facts["room"])) == 40


@pytest.mark.parametrize("value", [None, float("nan"), float("inf"), -1.0, 2.0])
def test_motion_without_a_clear_yes_is_no_sign(value: float | None) -> None:
    home = Home(NOON, learning=False)
    home.sign(NOON)
    home.sign(NOON + timedelta(hours=5), value=value)
    (finding,) = home.quiet_until(NOON + timedelta(days=2))
    assert float(finding.facts["quiet_h"]) < 9


@pytest.mark.parametrize(
    "settings",
    [
        {"day_limit_h": 0},
        {"night_limit_h": float("nan")},
        {"days_between": 0},
        {"shortest_h": 5, "longest_h": 4},
        {"night_from": "21:00+01:00"},
        {"nonsense": 1},
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        InactivitySettings.model_validate(settings)


def test_unknown_kinds_never_reach_the_rule() -> None:
    home = Home(NOON, learning=False)
    home.sign(NOON)
    home.sign(NOON + timedelta(hours=5), kind=Kind.HEARTBEAT)
    (finding,) = home.quiet_until(NOON + timedelta(days=2))
    assert float(finding.facts["quiet_h"]) < 9
