"""The list comes in the order of attention and page by page; the detail says who was told, and what comes next."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection

from alarms.errors import NoSuchAlarmError
from alarms.lifecycle.states import Handling, TimerKind
from alarms.queries import BadCursorError, alarm_detail, list_alarms
from alarms.views import AlarmPage, AlarmView
from tests.alarms.town import Town


def pages(
    town: Town, teams: list[str] | None, size: int, handling: list[Handling] | None = None
) -> list[list[AlarmView]]:
    found, cursor = [], None

    def read(connection: Connection) -> AlarmPage:
        more: dict[str, Any] = {} if handling is None else {"handling": handling}
        return list_alarms(connection, teams, limit=size, cursor=cursor, **more)

    while True:
        page = town.see(read)
        found.append(page.alarms)
        cursor = page.cursor
        if cursor is None:
            return found


def test_graver_first_then_priority_then_age_and_no_alarm_is_missed_between_pages(town: Town) -> None:
    technical = town.technical()
    care = town.care()
    old = town.press(rule="old")
    town.clock.advance(seconds=1)
    young = town.press(rule="young")
    urgent = town.press(rule="urgent")
    town.press(rule="urgent")
    wanted = [urgent, old, young, care, technical]
    for size in (1, 2, 3, 5, 100):
        found = pages(town, None, size)
        assert [alarm.id for page in found for alarm in page] == wanted
        assert all(len(page) == size for page in found[:-1])


def test_only_alarms_of_the_teams_are_listed(small_town: Town) -> None:
    north, south = small_town.press(), small_town.press(subject="unknown")
    assert [[alarm.id for alarm in page] for page in pages(small_town, ["north"], 9)] == [[north]]
    assert [[alarm.id for alarm in page] for page in pages(small_town, ["south"], 9)] == [[south]]
    assert pages(small_town, [], 9) == [[]]


def test_closed_alarms_are_listed_newest_first(small_town: Town) -> None:
    for _ in range(3):
        alarm = small_town.press()
        small_town.accept(alarm, "anna")
        small_town.close(alarm, "anna")
    found = pages(small_town, ["north"], 2, [Handling.CLOSED])
    assert [[alarm.id for alarm in page] for page in found] == [[3, 2], [1]]
    assert pages(small_town, None, 9) == [[]]


@given(
    cursor=st.text(max_size=400)
    | st.sampled_from(["W10=", "WzEsMiwzLDRd", "bnVsbA==", "[" * 300, "WzFlOTk5LCAxLCAiIiwgMV0="])
)
def test_a_made_up_cursor_is_refused(cursor: str) -> None:
    from alarms.queries import _after

    with pytest.raises(BadCursorError):
        _after(cursor, newest_first=False)


def test_the_detail_tells_who_was_told_what_comes_next_and_how_to_get_there(town: Town) -> None:
    alarm = town.press(facts={"battery_percent": 80.0})
    seen = town.detail(alarm)
    assert (seen.key_note, seen.alarm.address, seen.alarm.area_name) == ("Box 4", "Storgatan 1", "Norra")
    coming, age = seen.upcoming
    assert (coming.kind, coming.step, coming.targets) == (TimerKind.STEP, 1, ("on_duty",))
    assert (coming.due_at - town.now).total_seconds() == 60
    assert age.kind is TimerKind.AGE
    assert [(told.responder_name, told.channel, told.reason) for told in seen.told] == [
        ("Bo", "console", "step"),
        ("Bo", "email", "step"),
    ]
    assert [(one.code, one.facts) for one in seen.occurrences] == [("pressed", {"battery_percent": 80.0})]
    assert not hasattr(seen.told[0], "address")
    town.advance(185)
    ring, _age = town.detail(alarm).upcoming
    assert (ring.kind, ring.targets) == (TimerKind.RING, ("on_duty", "team", "supervisors"))


def test_of_a_flood_the_newest_are_shown(small_town: Town) -> None:
    (alarm,) = small_town.record(*(small_town.finding() for _ in range(300))).opened
    seen = small_town.see(lambda c: alarm_detail(c, alarm, newest=50))
    assert len(seen.occurrences) == len(seen.audit) == 50
    assert seen.audit[-1].detail["occurrence"] == seen.alarm.occurrences == 300


def test_an_alarm_that_is_not_there_is_said_to_be_so(small_town: Town) -> None:
    with pytest.raises(NoSuchAlarmError):
        small_town.detail(1)
