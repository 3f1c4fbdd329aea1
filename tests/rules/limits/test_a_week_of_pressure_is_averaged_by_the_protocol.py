"""Seven days at home: the first is dropped, three must be left, and from 135/85 the mean is elevated."""

from datetime import date, timedelta

import pytest

from rules.home_pressure import Reading, week_mean

START = date(2026, 1, 12)


def week(systolic: float, diastolic: float, days: range = range(1, 7)) -> list[Reading]:
    return [Reading(START + timedelta(days=day), systolic, diastolic) for day in days for _ in range(4)]


@pytest.mark.parametrize(
    ("systolic", "diastolic", "elevated"), [(135, 70, True), (134.9, 84.9, False), (120, 85, True)]
)
def test_the_limit_itself_is_elevated(systolic: float, diastolic: float, elevated: bool) -> None:
    mean = week_mean(week(systolic, diastolic), START)
    assert mean is not None
    assert mean.reaches(135, 85) is elevated


def test_the_first_day_and_other_weeks_do_not_count() -> None:
    around = [Reading(START, 200, 120), Reading(START + timedelta(days=7), 200, 120), Reading(date(1970, 1, 1), 1, 1)]
    mean = week_mean(around + week(120, 70), START)
    assert mean == (120, 70, 6, 24)


def test_two_days_are_too_few() -> None:
    assert week_mean(week(150, 95, range(1, 3)), START) is None
    assert week_mean(week(150, 95, range(1, 4)), START) is not None
