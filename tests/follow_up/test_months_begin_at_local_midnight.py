"""Months follow each other without a gap and without an overlap, in every zone and over every change of clocks."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest

from alarms.follow_up.months import Month

ZONES = sorted(available_timezones() - {"localtime"})


@pytest.mark.parametrize("year", [2011, 2015, 2026])
def test_months_follow_each_other_in_every_zone(year: int) -> None:
    for zone in ZONES:
        for number in range(1, 13):
            month = Month(year, number)
            begin, end = month.bounds(zone)
            assert end == month.shifted(1).bounds(zone)[0]
            assert timedelta(days=27) < end - begin < timedelta(days=32)
            assert Month.of(begin, zone) == month
            assert Month.of(end - timedelta(microseconds=1), zone) == month, (zone, month)


def test_october_in_sweden_is_an_hour_longer() -> None:
    assert Month(2026, 10).bounds("Europe/Stockholm") == (
        datetime(2026, 9, 30, 22, tzinfo=UTC),
        datetime(2026, 10, 31, 23, tzinfo=UTC),
    )


def test_a_first_midnight_that_comes_twice_is_taken_once() -> None:
    """Clocks in Cuba went back from 1:00 to 0:00 on the first of November 2026."""
    begin, _ = Month(2026, 11).bounds("America/Havana")
    assert begin.astimezone(ZoneInfo("America/Havana")).fold == 0
    assert begin + timedelta(hours=1) == datetime(2026, 11, 1, 0, tzinfo=ZoneInfo("America/Havana"), fold=1).astimezone(
        UTC
    )


def test_a_month_is_written_as_it_is_read() -> None:
    assert str(Month.parse("2026-02")) == "2026-02"
    assert str(Month.parse("2026-01").shifted(-1)) == "2025-12"
    assert [str(Month(2025, 11).shifted(n)) for n in range(4)] == ["2025-11", "2025-12", "2026-01", "2026-02"]
