"""A device that serves somebody else now, or a resident who has moved: what is heard is an alarm of its own, there."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, insert, select, update

from alarms import commissioning
from alarms.commissioning import State
from alarms.lifecycle.states import Handling
from alarms.pauses import control
from rules.base import AlarmClass, Scope
from store import tables
from tests.alarms.town import Town


def furnish(connection: Connection) -> None:
    """Another home in the south with a resident of whom not even the sex is known."""
    connection.execute(insert(tables.home).values(id="home-2", area_id="s1", address="Lillgatan 2"))
    connection.execute(insert(tables.resident).values(id="res-2", home_id="home-2", name="Nils Nord", sex="unknown"))


def give(town: Town, home: str | None, resident: str | None = None) -> None:
    """Let the pendant serve another home or resident from now on, or nobody."""

    def work(connection: Connection) -> None:
        connection.execute(update(tables.assignment).values(to_at=town.now))
        if home is not None:
            serves = {"device_id": "pendant-1", "home_id": home, "resident_id": resident, "from_at": town.now}
            connection.execute(insert(tables.assignment).values(serves))

    town.clock.advance(seconds=1)
    town.do(work)


@pytest.mark.parametrize("accepted", [False, True])
def test_a_pendant_that_somebody_else_wears_now_calls_help_to_where_that_one_lives(town: Town, accepted: bool) -> None:
    town.do(furnish)
    first = town.press()
    if accepted:
        town.accept(first, "cia")
    give(town, "home-2", "res-2")
    second = town.press()
    assert second != first
    seen = town.alarm(second)
    assert (seen.address, seen.resident_name, seen.team_id) == ("Lillgatan 2", "Nils Nord", "south")
    assert town.names(second) == ["stig"]
    assert town.names(first, "occurrence") == []
    assert town.alarm(first).handling is (Handling.ACCEPTED if accepted else Handling.OPEN)
    assert town.press() == second
    town.advance(600)
    if not town.alarm(first).owner_id:
        town.accept(first, "cia")
    town.close(first, "cia")
    assert town.press() == second


def test_a_pendant_shared_in_one_home_is_an_alarm_for_each_who_wears_it(small_town: Town) -> None:
    first = small_town.press()
    other = {"id": "res-3", "home_id": "home-1", "name": "Olle Ek", "sex": "unknown"}
    small_town.do(lambda c: c.execute(insert(tables.resident).values(other)))
    give(small_town, "home-1", "res-3")
    found = small_town.record(small_town.finding(), small_town.finding())
    (second,) = found.opened
    assert found.occurred == (second,)
    assert (small_town.alarm(first).resident_id, small_town.alarm(second).resident_id) == ("res-1", "res-3")


def test_a_resident_who_has_moved_is_looked_for_in_the_new_home(small_town: Town) -> None:
    small_town.do(furnish)
    fall = {"rule": "fall", "code": "fall", "scope": Scope.RESIDENT, "subject": "res-1"}
    first = small_town.press(**fall)
    moved = update(tables.resident).where(tables.resident.c.id == "res-1").values(home_id="home-2")
    small_town.do(lambda c: c.execute(moved))
    second = small_town.press(**fall)
    assert (second != first, small_town.alarm(second).address) == (True, "Lillgatan 2")
    assert small_town.alarm(first).address == "Storgatan 1"


def test_an_alarm_of_a_device_of_which_no_home_was_known_is_one_more_once_it_is(small_town: Town) -> None:
    give(small_town, None)
    first = small_town.press()
    assert small_town.alarm(first).home_id is None
    give(small_town, "home-1", "res-1")
    second = small_town.press()
    assert small_town.alarm(second).address == "Storgatan 1"


def test_what_serves_nobody_any_more_is_heard_where_it_last_called(small_town: Town) -> None:
    alarm = small_town.press()
    small_town.accept(alarm, "cia")
    give(small_town, None)
    assert small_town.press() == alarm
    assert small_town.names(alarm, "occurrence") == ["cia"]


def test_a_restored_condition_elsewhere_leaves_the_former_case_as_it_was(small_town: Town) -> None:
    small_town.do(furnish)
    low = {"rule": "battery", "code": "low", "alarm_class": AlarmClass.TECHNICAL}
    first = small_town.press(**low)
    give(small_town, "home-2", "res-2")
    second = small_town.press(**low)
    small_town.record(small_town.finding(**low | {"restores": True}))
    assert (small_town.alarm(first).restored_at, small_town.alarm(second).restored_at) == (None, small_town.now)
    small_town.advance(timedelta(days=1).total_seconds())
    assert small_town.alarm(second).handling is Handling.CLOSED


@pytest.mark.parametrize("taken", [False, True])
def test_who_wears_it_now_is_not_told_that_help_for_the_former_one_is_on_its_way(town: Town, taken: bool) -> None:
    town.do(furnish)
    first = town.press()
    if taken:
        town.accept(first, "cia")
    give(town, "home-2", "res-2")
    town.press()
    before = said(town)
    town.accept(first, "cia")
    town.act("attend", first, "cia")
    assert said(town) == before


def test_a_test_press_from_where_it_was_before_puts_nothing_into_service(small_town: Town) -> None:
    small_town.do(furnish)
    until = small_town.now + timedelta(minutes=20)
    small_town.do(
        lambda c: control.begin_test(
            c,
            scope=Scope.DEVICE,
            subject="pendant-1",
            responder_id="cia",
            until=until,
            reason="fitting",
            now=small_town.now,
            settings=small_town.settings,
        )
    )
    alarm = small_town.press()
    small_town.do(lambda c: c.execute(update(tables.page).values(state="sent", sent_at=small_town.now)))
    give(small_town, "home-2", "res-2")
    small_town.accept(alarm, "cia")
    (trigger,) = small_town.see(commissioning.triggers)
    assert trigger.state is State.INSTALLED


def said(town: Town) -> list[str]:
    """Return what the pendant is to hear of help."""
    query = select(tables.downlink.c.body).where(tables.downlink.c.device_id == "pendant-1")
    return [body["state"] for body in town.see(lambda c: c.execute(query).scalars().all())]
