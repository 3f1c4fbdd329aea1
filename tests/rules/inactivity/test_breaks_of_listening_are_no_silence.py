"""What happened while nobody listened is not known: it neither raises a home nor forgets one."""

from datetime import UTC, datetime, timedelta

from tests.rules.inactivity.home import Home, live

MONDAY = datetime(2026, 1, 12, tzinfo=UTC)


def fixed() -> Home:
    home = Home(MONDAY, learning=False)
    home.sign(MONDAY.replace(hour=8))
    return home


def raised(home: Home) -> datetime:
    (finding,) = home.quiet_until(MONDAY + timedelta(days=9))
    return finding.time


def test_a_restart_in_the_middle_of_a_quiet_changes_nothing() -> None:
    home = fixed()
    home.quiet_until(MONDAY.replace(hour=12))
    home.restart()
    assert raised(home) == MONDAY.replace(hour=14)


def test_a_restart_keeps_what_was_learned() -> None:
    one, other = Home(MONDAY), Home(MONDAY)
    for home in (one, other):
        live(home, MONDAY, 9)
    other.restart()
    assert [home.quiet_until(MONDAY + timedelta(days=12)) for home in (one,)] == [
        home.quiet_until(MONDAY + timedelta(days=12)) for home in (other,)
    ]


def test_a_short_break_is_taken_out_of_the_quiet() -> None:
    home = fixed()
    home.resumed(MONDAY.replace(hour=10), MONDAY.replace(hour=10, minute=10))
    assert raised(home) == MONDAY.replace(hour=14, minute=10)


def test_a_break_near_the_limit_leaves_time_for_what_waited_in_the_broker() -> None:
    home = fixed()
    home.resumed(MONDAY.replace(hour=13, minute=55), MONDAY.replace(hour=13, minute=56))
    assert raised(home) == MONDAY.replace(hour=14, minute=26)


def test_after_a_long_break_quiet_counts_anew_once_devices_are_back() -> None:
    home = fixed()
    home.resumed(MONDAY.replace(hour=9), MONDAY + timedelta(days=2, hours=9))
    assert raised(home) == MONDAY + timedelta(days=2, hours=9 + 1 + 6)


def test_a_home_that_was_raised_before_the_break_stays_raised() -> None:
    home = fixed()
    (finding,) = home.quiet_until(MONDAY.replace(hour=15))
    assert home.resumed(MONDAY.replace(hour=15), MONDAY.replace(hour=23)) == []
    assert home.quiet_until(MONDAY + timedelta(days=2)) == []
    (again,) = home.sign(MONDAY + timedelta(days=3))
    assert again.restores
    assert finding.subject == again.subject
