"""S1: only the transitions of the table are reachable, and the database itself refuses torn states."""

import itertools
from functools import partial

import pytest
from sqlalchemy import Connection, update
from sqlalchemy.exc import IntegrityError

from alarms.errors import AlreadyClosedError, DeskError, NoSuchAlarmError, NoSuchResponderError, NotPossibleError
from alarms.lifecycle import machine, table
from alarms.lifecycle.effects import EFFECTS
from alarms.lifecycle.guards import GUARDS, Move
from alarms.lifecycle.states import ActorKind, Handling
from alarms.lifecycle.table import TRANSITIONS, Effect, Event, Guard
from alarms.model import Actor
from alarms.unit import Unit
from store import tables
from tests.alarms.town import Town


def test_S1_every_guard_and_effect_of_the_table_is_there_and_every_one_there_is_used() -> None:
    assert set(GUARDS) == set(Guard) == {guard for row in TRANSITIONS for guard in row.guards}
    assert set(EFFECTS) == set(Effect) == {effect for row in TRANSITIONS for effect in row.effects}
    assert set(Event) == {row.event for row in TRANSITIONS}


def test_S1_no_two_rows_answer_the_same_event() -> None:
    for first, second in itertools.combinations(TRANSITIONS, 2):
        same = first.event is second.event and first.by & second.by
        assert not (same and first.start is not None and second.start is not None and first.start & second.start)


def test_S5_the_system_closes_nothing_but_technical_alarms_tests_that_were_held_and_the_canary() -> None:
    closing = [row for row in TRANSITIONS if row.to is Handling.CLOSED]
    by_machine = [row for row in closing if row.by != {ActorKind.RESPONDER}]
    assert {row.event: row.guards for row in by_machine} == {
        Event.AUTO_CLOSED: (Guard.TECHNICAL_AND_RESTORED,),
        Event.JOINED: (Guard.TECHNICAL,),
        Event.TEST_CLOSED: (Guard.TEST_HELD,),
        Event.CAME_HOME: (Guard.CANARY,),
    }
    assert all(Guard.OUTCOME in row.guards for row in closing if row not in by_machine)


@pytest.mark.parametrize("handling", Handling)
@pytest.mark.parametrize("kind", ActorKind)
def test_S1_what_is_not_in_the_table_is_refused_and_changes_nothing(
    small_town: Town, handling: Handling, kind: ActorKind
) -> None:
    alarm = small_town.press()
    if handling is not Handling.OPEN:
        small_town.accept(alarm, "anna")
    if handling is Handling.ATTENDING:
        small_town.act("attend", alarm, "anna")
    if handling is Handling.CLOSED:
        small_town.close(alarm, "anna")
    before = small_town.detail(alarm)
    assert before.alarm.handling is handling
    refused = [event for event in Event if table.find(handling, event, kind) is None]
    assert refused

    def attempt(connection: Connection, event: Event) -> None:
        unit = Unit(connection, small_town.now, small_town.settings)
        machine.apply(unit, unit.alarm(alarm), event, Move(actor=Actor(kind, "anna"), outcome="helped", reason="why"))

    for event in refused:
        expected = AlreadyClosedError if handling is Handling.CLOSED else NotPossibleError
        with pytest.raises(expected):
            small_town.do(partial(attempt, event=event))
    assert small_town.detail(alarm) == before


def test_S1_the_database_refuses_an_owner_without_a_lease_and_a_closed_alarm_without_an_outcome(town: Town) -> None:
    alarm = town.press()
    for torn in ({"handling": "accepted"}, {"handling": "closed"}, {"handling": "lost"}, {"condition": "maybe"}):
        with pytest.raises(IntegrityError):
            town.do(
                partial(
                    Connection.execute, statement=update(tables.alarm).where(tables.alarm.c.id == alarm).values(torn)
                )
            )


@pytest.mark.parametrize("action", ["accept", "confirm", "attend"])
def test_nobody_acts_on_an_alarm_that_is_not_there_or_as_somebody_who_is_not(small_town: Town, action: str) -> None:
    alarm = small_town.press()
    with pytest.raises(NoSuchAlarmError):
        small_town.act(action, alarm + 1, "anna")
    with pytest.raises(NoSuchResponderError):
        small_town.act(action, alarm, "nobody")
    small_town.do(
        lambda c: c.execute(update(tables.responder).where(tables.responder.c.id == "cia").values(active=False))
    )
    with pytest.raises(NoSuchResponderError):
        small_town.act(action, alarm, "cia")


def test_every_refusal_has_its_own_code_and_a_status_that_says_who_is_to_change_something() -> None:
    refusals = DeskError.__subclasses__()
    assert len({error.code for error in refusals}) == len(refusals)
    assert {error.status for error in refusals} <= {403, 404, 409, 422, 429, 502}
