"""E6: chosen by class, team, weekday and time when the alarm opens, and kept; who is on duty is looked up later."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlalchemy import Connection, delete, insert, update

from alarms.escalation.window import DAYS, Day, Window
from store import tables
from tests.alarms.town import Town

TEAM_AT_ONCE = {"steps": [{"after_s": 0, "targets": ["team"]}]}


def write(town: Town, name: str, content: Any, **changed: Any) -> None:
    values = {"id": name, "name": name, "alarm_class": "life_safety", "position": 0, "content": content, "active": True}
    town.do(lambda c: c.execute(insert(tables.policy).values(values | changed)))


def policy_of(town: Town, alarm: int) -> str:
    query = tables.alarm.select().where(tables.alarm.c.id == alarm)
    row = town.see(lambda c: c.execute(query).mappings().one())
    return str(row["policy"]["id"])


def test_E6_an_edited_policy_leaves_a_running_chain_alone_and_duty_is_looked_up_when_a_step_fires(town: Town) -> None:
    alarm = town.press()
    write(town, "all", TEAM_AT_ONCE)
    town.do(
        lambda c: c.execute(update(tables.rotation).where(tables.rotation.c.id == "nights").values(turns=[["cia"]]))
    )
    town.advance(60)
    assert town.names(alarm, "step") == ["bo", "cia"]
    later = town.press(subject="pendant-2")
    assert town.names(later, "step") == ["stig", "sven"]
    town.do(lambda c: c.execute(delete(tables.policy)))
    town.advance(60)
    assert (policy_of(town, later), policy_of(town, alarm)) == ("all", "")


def test_E6_a_policy_that_cannot_be_read_is_no_policy_and_the_alarm_goes_out(small_town: Town) -> None:
    unreadable: list[Any] = [
        {"steps": []},
        {"steps": None},
        {"steps": [{"after_s": 0, "targets": ["everyone"]}]},
        {"nonsense": 1},
        {"ring_s": 3600},
        {"steps": [{"after_s": 30, "targets": ["team"]}]},
        ["list"],
        "text",
    ]
    write(small_town, "broken", {})
    for broken in unreadable:
        small_town.do(partial(Connection.execute, statement=update(tables.policy).values(content=broken)))
        alarm = small_town.press(subject=f"pendant-{broken}")
        assert small_town.names(alarm, "step") == ["stig"], broken
    small_town.do(lambda c: c.execute(update(tables.policy).values(content=TEAM_AT_ONCE, days=["someday"])))
    assert small_town.names(small_town.press(subject="again"), "step") == ["stig"]


def test_the_teams_own_policy_comes_before_that_of_every_team_and_the_class_must_fit(town: Town) -> None:
    write(town, "everybody", TEAM_AT_ONCE)
    write(town, "technical", TEAM_AT_ONCE, alarm_class="technical")
    write(town, "off", TEAM_AT_ONCE, team_id="north", active=False)
    write(town, "north", {}, team_id="north", position=1)
    assert policy_of(town, town.press()) == "north"
    assert policy_of(town, town.press(subject="unknown")) == "everybody"
    assert policy_of(town, town.technical()) == "technical"
    assert policy_of(town, town.care()) == ""


def test_the_first_whose_weekday_and_time_fit_is_taken_on_the_wall_clock_of_the_team(town: Town) -> None:
    """It is Tuesday 02:30 in Stockholm, 01:30 UTC."""
    write(town, "monday-night", {}, days=["mon"], from_time="21:00", to_time="02:30", position=1)
    write(town, "night", {}, days=["mon"], from_time="21:00", to_time="02:31", position=2)
    write(town, "always", {}, position=3)
    assert policy_of(town, town.press()) == "night"
    town.clock.advance(seconds=60)
    assert policy_of(town, town.press(rule="later")) == "always"


@pytest.mark.parametrize(
    "values",
    [
        {"from_time": "21:00"},
        {"to_time": "21:00"},
        {"from_time": "21:00", "to_time": "21:00"},
        {"from_time": "24:00", "to_time": "07:00"},
        {"from_time": "7:00", "to_time": "08:00"},
        {"days": []},
        {"days": ["Monday"]},
    ],
)
def test_a_time_that_nobody_can_mean_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Window(**values)


times = st.builds("{:02d}:{:02d}".format, st.integers(0, 23), st.integers(0, 59))


@given(
    bounds=st.lists(times, min_size=2, max_size=5, unique=True).map(sorted),
    minute=st.integers(0, 14 * 24 * 60),
    zone=st.sampled_from(["Europe/Stockholm", "Australia/Lord_Howe", "Africa/Casablanca"]),
    begin=st.sampled_from([datetime(2026, 3, 26, tzinfo=UTC), datetime(2026, 10, 22, tzinfo=UTC)]),
    days=st.sets(st.sampled_from(DAYS), min_size=1),
)
def test_windows_that_share_out_the_day_hold_one_at_a_time_over_any_change_of_clocks(
    bounds: list[str], minute: int, zone: str, begin: datetime, days: set[Day]
) -> None:
    local = (begin + timedelta(minutes=minute)).astimezone(ZoneInfo(zone))
    pairs = list(zip(bounds, [*bounds[1:], bounds[0]], strict=True))
    for chosen in (days, set(DAYS) - days):
        if chosen:
            held = [Window(days=tuple(chosen), from_time=one, to_time=two).holds(local) for one, two in pairs]
            assert sum(held) <= 1
    assert sum(Window(from_time=one, to_time=two).holds(local) for one, two in pairs) == 1
