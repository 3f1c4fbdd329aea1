"""S6: a press on an alarm that somebody has reaches them at once; if they do not confirm, it is open again."""

import pytest
from sqlalchemy import update

from alarms.errors import NotYoursError, ReasonMissingError, UnreachableColleagueError
from alarms.lifecycle.states import Handling
from rules.base import AlarmClass, Scope
from store import tables
from tests.alarms.town import Town


def test_S6_a_press_while_accepted_pages_the_owner_in_the_same_transaction(town: Town) -> None:
    alarm = town.press()
    town.accept(alarm, "cia")
    town.press()
    assert town.names(alarm, "occurrence") == ["cia"]
    assert town.names(alarm, "occurrence", channel="email") == ["cia"]


@pytest.mark.parametrize("attending", [False, True])
def test_S6_not_confirmed_in_time_it_is_open_again_and_the_chain_begins_anew(town: Town, attending: bool) -> None:
    alarm = town.press()
    town.accept(alarm, "cia")
    if attending:
        town.act("attend", alarm, "cia")
    town.press()
    town.advance(29)
    assert town.alarm(alarm).handling is (Handling.ATTENDING if attending else Handling.ACCEPTED)
    town.advance(1)
    seen = town.alarm(alarm)
    assert (seen.handling, seen.owner_id, seen.lease_until) == (Handling.OPEN, None, None)
    assert town.names(alarm, "step") == ["bo", "bo"]


@pytest.mark.parametrize("heard", ["confirm", "attend", "accept"])
def test_S6_the_owner_says_that_they_heard_it_and_keeps_it(town: Town, heard: str) -> None:
    alarm = town.press()
    town.accept(alarm, "cia")
    town.press()
    town.advance(20)
    town.act(heard, alarm, "cia")
    town.advance(60)
    assert town.alarm(alarm).owner_id == "cia"


def test_S6_further_presses_do_not_give_the_owner_more_time(small_town: Town) -> None:
    alarm = small_town.press()
    small_town.accept(alarm, "cia")
    for _ in range(3):
        small_town.press()
        small_town.advance(10)
    assert small_town.alarm(alarm).handling is Handling.OPEN


def test_S6_a_press_on_the_alarm_of_one_who_has_left_reaches_those_of_the_step(town: Town) -> None:
    alarm = town.press()
    town.accept(alarm, "cia")
    town.act("attend", alarm, "cia")
    left = update(tables.responder).where(tables.responder.c.id == "cia").values(active=False)
    town.do(lambda c: c.execute(left))
    town.press()
    assert town.names(alarm, "occurrence") == town.names(alarm, "occurrence", channel="email") == ["bo"]
    town.advance(30)
    assert town.alarm(alarm).handling is Handling.OPEN


def test_S6_one_it_was_handed_to_has_no_longer_to_confirm_a_press_than_any_other(small_town: Town) -> None:
    alarm = small_town.press()
    small_town.accept(alarm, "cia")
    small_town.act("hand_over", alarm, "cia", to="anna", reason="shift ends")
    small_town.advance(10)
    small_town.press()
    small_town.advance(29)
    assert small_town.alarm(alarm).owner_id == "anna"
    small_town.advance(1)
    assert small_town.alarm(alarm).handling is Handling.OPEN


def test_S6_a_press_gives_one_it_was_handed_to_no_more_time(small_town: Town) -> None:
    alarm = small_town.press()
    small_town.accept(alarm, "cia")
    small_town.act("hand_over", alarm, "cia", to="anna", reason="shift ends")
    small_town.advance(110)
    small_town.press()
    small_town.advance(10)
    assert small_town.alarm(alarm).handling is Handling.OPEN


def test_S6_a_press_while_open_pages_those_of_the_step_again(small_town: Town) -> None:
    alarm = small_town.press()
    small_town.advance(130)
    small_town.press()
    assert small_town.names(alarm, "occurrence") == ["anna", "bo", "cia", "sara"]


def test_S6_a_press_on_a_chain_that_ran_out_pages_everybody(small_town: Town) -> None:
    alarm = small_town.press()
    small_town.advance(300)
    small_town.press()
    assert sorted(small_town.names(alarm, "occurrence")) == ["anna", "bo", "cia", "sara"]


def test_an_acceptance_is_a_lease_and_ends_unless_it_is_confirmed(small_town: Town) -> None:
    alarm = small_town.press()
    small_town.accept(alarm, "cia")
    small_town.advance(299)
    small_town.act("confirm", alarm, "cia")
    small_town.advance(299)
    assert small_town.alarm(alarm).owner_id == "cia"
    small_town.advance(1)
    seen = small_town.alarm(alarm)
    assert (seen.handling, seen.owner_id, seen.priority) == (Handling.OPEN, None, 1)
    assert small_town.actions_of(alarm)[-1] == "lease_expired"
    assert len(small_town.names(alarm, "step")) == 2


def test_release_opens_it_again_at_once_and_needs_a_reason(small_town: Town) -> None:
    alarm = small_town.press()
    small_town.accept(alarm, "cia")
    with pytest.raises(ReasonMissingError):
        small_town.act("release", alarm, "cia", reason=" \x00")
    with pytest.raises(NotYoursError):
        small_town.act("release", alarm, "anna", reason="mine")
    small_town.act("release", alarm, "cia", reason="flat tyre")
    assert small_town.alarm(alarm).handling is Handling.OPEN
    assert small_town.names(alarm, "step") == ["bo", "bo"]


def test_a_handed_over_alarm_is_the_colleagues_only_when_they_confirm(small_town: Town) -> None:
    alarm = small_town.press()
    small_town.accept(alarm, "cia")
    with pytest.raises(UnreachableColleagueError):
        small_town.act("hand_over", alarm, "cia", to="nobody", reason="shift ends")
    handed = small_town.act("hand_over", alarm, "cia", to="anna", reason="shift ends")
    assert (handed.owner_id, handed.yours) == ("anna", False)
    assert small_town.names(alarm, "hand_over") == ["anna"]
    small_town.advance(120)
    assert small_town.alarm(alarm).handling is Handling.OPEN
    small_town.accept(alarm, "cia")
    small_town.act("hand_over", alarm, "sara", to="anna", reason="shift ends")
    small_town.act("confirm", alarm, "anna")
    small_town.advance(120)
    assert small_town.alarm(alarm).owner_id == "anna"


def test_a_graver_finding_makes_the_alarm_graver_with_its_policy_and_a_lesser_one_never_less(small_town: Town) -> None:
    alarm = small_town.care()
    small_town.accept(alarm, "cia")
    assert small_town.care(alarm_class=AlarmClass.LIFE_SAFETY) == alarm
    seen = small_town.alarm(alarm)
    assert seen.alarm_class is AlarmClass.LIFE_SAFETY
    assert seen.lease_until is not None
    assert (seen.lease_until - small_town.now).total_seconds() == 300
    small_town.care()
    assert small_town.alarm(alarm).alarm_class is AlarmClass.LIFE_SAFETY
    small_town.advance(30)
    assert small_town.alarm(alarm).handling is Handling.OPEN
    small_town.record(small_town.finding(rule="limits", scope=Scope.RESIDENT, subject="res-1", restores=True))


def test_technical_occurrences_are_counted_and_page_nobody_again(small_town: Town) -> None:
    alarm = small_town.technical()
    for _ in range(5):
        small_town.technical()
    assert small_town.alarm(alarm).occurrences == 6
    assert small_town.names(alarm) == ["bo"]
