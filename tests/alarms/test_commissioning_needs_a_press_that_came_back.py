"""A device that can call for help is in service once its test press reached a phone and was answered; not before."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from alarms import commissioning
from alarms.channel import Receipt, Result
from alarms.commissioning import State, Trigger
from alarms.delivery import outbox
from alarms.lifecycle.states import Condition, Handling, Overlay
from alarms.pauses import control
from alarms.reminders import remind
from rules.base import Scope
from store import tables
from tests.alarms.town import Town, add_contact

#: Wednesday, ten in the morning in Stockholm.
MORNING = datetime(2026, 1, 14, 9, 0, tzinfo=UTC)


def state(town: Town) -> State:
    (found,) = [one for one in town.see(commissioning.triggers) if one.device_id == "pendant-1"]
    return found.state


def untested(town: Town) -> list[Trigger]:
    return town.see(commissioning.untested)


def begin(town: Town) -> None:
    until = town.now + timedelta(minutes=20)
    values: dict[str, Any] = {"scope": Scope.DEVICE, "subject": "pendant-1", "responder_id": "cia", "reason": "fitting"}
    town.do(lambda c: control.begin_test(c, now=town.now, until=until, settings=town.settings, **values))


def hear(town: Town) -> None:
    town.do(lambda c: c.execute(insert(tables.presence).values(device_id="pendant-1", last_seen_at=town.now)))


def deliver(town: Town, result: Result = Result.ACCEPTED) -> None:
    """Let the provider take every page that waits."""
    pages = town.do(lambda c: outbox.claim(c, "email", "d", town.now, lease_s=9, limit=99, base_url="x"))
    for one in pages:
        town.do(lambda c, one=one: outbox.finish(c, one, "d", Receipt(result), town.now))  # type: ignore[misc]


def commission(town: Town) -> int:
    begin(town)
    alarm = town.press()
    deliver(town)
    town.accept(alarm, "cia")
    return alarm


def test_it_comes_step_by_step_and_only_the_answer_from_the_phone_puts_it_into_service(town: Town) -> None:
    assert state(town) is State.INSTALLED
    hear(town)
    assert state(town) is State.HEARD
    begin(town)
    alarm = town.press()
    assert state(town) is State.TESTED
    deliver(town)
    assert state(town) is State.TESTED
    town.accept(alarm, "cia")
    assert state(town) is State.IN_SERVICE
    assert untested(town) == []
    (event,) = [event for event in town.detail(alarm).audit if event.action == "accepted"]
    assert event.detail["in_service"] == "pendant-1"


@pytest.mark.parametrize("result", [Result.REFUSED, Result.UNREACHABLE, Result.UNKNOWN])
def test_an_answer_on_the_console_proves_nothing_of_a_phone_that_was_not_reached(town: Town, result: Result) -> None:
    begin(town)
    alarm = town.press()
    deliver(town, result)
    town.accept(alarm, "cia")
    assert state(town) is State.TESTED
    town.advance(60)
    deliver(town)
    town.act("confirm", alarm, "cia")
    assert state(town) is State.TESTED


def test_a_page_to_one_person_and_an_answer_from_another_is_no_proof(town: Town) -> None:
    begin(town)
    alarm = town.press()
    deliver(town)
    town.accept(alarm, "anna")
    assert state(town) is State.TESTED


def test_a_press_from_a_device_that_is_not_in_service_alarms_and_the_device_is_listed(town: Town) -> None:
    alarm = town.press()
    assert town.names(alarm) == ["bo"]
    assert town.alarm(alarm).overlay is Overlay.NONE
    assert [one.device_id for one in untested(town)] == ["pendant-1"]
    deliver(town)
    town.accept(alarm, "bo")
    assert state(town) is State.INSTALLED


def test_what_it_proved_elsewhere_does_not_count_where_it_serves_now(town: Town) -> None:
    commission(town)
    assert state(town) is State.IN_SERVICE
    town.clock.advance(days=1)
    town.do(lambda c: c.execute(update(tables.assignment).values(to_at=town.now)))
    serves = {"device_id": "pendant-1", "home_id": "home-1", "resident_id": "res-1", "from_at": town.now}
    town.do(lambda c: c.execute(insert(tables.assignment).values(serves)))
    assert state(town) is State.INSTALLED


def test_what_cannot_call_for_help_is_not_listed_and_an_unknown_kind_is(town: Town) -> None:
    for kind in ("pir", "door", "hub", "leak", "smoke", "novelty"):
        row = {"id": kind, "family": "zigbee2mqtt", "address": kind, "kind": kind, "added_at": town.now}
        serves = {"device_id": kind, "home_id": "home-1", "from_at": town.now}
        town.do(
            lambda c, row=row, serves=serves: (  # type: ignore[misc]
                c.execute(insert(tables.device), row),
                c.execute(insert(tables.assignment), serves),
            )
        )
    assert [one.device_id for one in untested(town)] == ["pendant-1", "novelty", "smoke"]


def reminders(town: Town) -> list[Any]:
    query = select(tables.alarm).where(tables.alarm.c.rule == "commissioning").order_by(tables.alarm.c.id)
    return list(town.see(lambda c: c.execute(query).all()))


def remind_at(town: Town, moment: datetime) -> None:
    town.clock.set(moment)
    town.do(lambda c: remind(c, town.now, town.settings))


def test_technicians_are_reminded_by_day_and_nobody_by_night_or_at_the_weekend(town: Town) -> None:
    for quiet in (-9, -2, 5, 3 * 24):
        remind_at(town, MORNING + timedelta(hours=quiet))
    assert reminders(town) == []
    remind_at(town, MORNING)
    (found,) = reminders(town)
    assert (found.alarm_class, found.team_id, found.facts) == (
        "technical",
        "north",
        {"count": 1, "never_heard": 1, "days": 13},
    )
    town.advance(23 * 3600)
    assert len(town.told(found.id)) == 1


def test_however_many_technicians_there_are_each_is_reminded(town: Town) -> None:
    names = [f"tech-{number}" for number in range(45)]
    for name in names:
        person = {"id": name, "name": name, "team_id": "north"}
        login = {"login": name, "name": name, "role": "technician", "responder_id": name, "created_at": town.now}
        town.do(lambda c, person=person: c.execute(insert(tables.responder), person))  # type: ignore[misc]
        town.do(lambda c, name=name: add_contact(c, name, "console", ""))  # type: ignore[misc]
        town.do(lambda c, login=login: c.execute(insert(tables.account), login))  # type: ignore[misc]
    remind_at(town, MORNING)
    town.run_due()
    (found,) = reminders(town)
    assert set(town.names(found.id)) == set(names)


def test_a_technician_who_can_be_paged_is_and_who_is_on_duty_is_not(town: Town) -> None:
    login = {"login": "cia", "name": "Cia", "role": "technician", "responder_id": "cia", "created_at": town.now}
    town.do(lambda c: c.execute(insert(tables.account), login))
    remind_at(town, MORNING)
    (found,) = reminders(town)
    assert set(town.names(found.id)) == {"cia"}


def test_a_day_counts_once_and_the_reminder_ends_when_all_are_in_service(town: Town) -> None:
    for minutes in (0, 10, 20, 24 * 60, 24 * 60 + 10):
        remind_at(town, MORNING + timedelta(minutes=minutes))
    (found,) = reminders(town)
    assert found.occurrences == 2
    commission(town)
    remind_at(town, town.now + timedelta(minutes=10))
    assert town.alarm(found.id).condition is Condition.RESTORED
    town.advance(town.settings.autoclose_s)
    assert town.alarm(found.id).handling is Handling.CLOSED


def test_a_device_installed_today_has_its_time(town: Town) -> None:
    town.do(lambda c: c.execute(delete(tables.assignment)))
    serves = {"device_id": "pendant-1", "home_id": "home-1", "from_at": MORNING - timedelta(hours=23)}
    town.do(lambda c: c.execute(insert(tables.assignment), serves))
    remind_at(town, MORNING)
    assert reminders(town) == []
