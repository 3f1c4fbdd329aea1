"""M1-M4: a test has an end, a reason and a name; what is said in it is kept; only what is under test is quiet."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from alarms.delivery import outbox
from alarms.errors import (
    EndlessTestError,
    NoEndError,
    NoSuchPauseError,
    NoSuchResponderError,
    NothingToTestError,
    OpenAlarmError,
    ReasonMissingError,
)
from alarms.lifecycle.outcomes import Outcome
from alarms.lifecycle.states import Handling, Overlay
from alarms.pauses import control
from alarms.pauses.book import Pause
from rules.base import AlarmClass, Scope
from store import tables
from tests.alarms.town import Town


def begin(town: Town, minutes: float = 20, **changed: Any) -> Pause:
    values: dict[str, Any] = {"scope": Scope.DEVICE, "subject": "pendant-1", "responder_id": "cia", "reason": "fitting"}
    values |= {"until": town.now + timedelta(minutes=minutes)} | changed
    return town.do(lambda c: control.begin_test(c, now=town.now, settings=town.settings, **values))


def shelve(town: Town, minutes: float = 60, **changed: Any) -> Pause:
    values: dict[str, Any] = {"scope": Scope.HOME, "subject": "home-1", "responder_id": "anna", "reason": "in hospital"}
    values |= {"until": town.now + timedelta(minutes=minutes)} | changed
    return town.do(lambda c: control.begin_shelving(c, now=town.now, settings=town.settings, **values))


def second_pendant(town: Town) -> None:
    device = {"id": "pendant-2", "family": "hemvakt", "address": "pendant-2", "kind": "pendant", "added_at": town.now}
    serves = {"device_id": "pendant-2", "home_id": "home-1", "resident_id": "res-1", "from_at": town.now}
    town.do(lambda c: (c.execute(insert(tables.device), device), c.execute(insert(tables.assignment), serves)))


def test_M1_a_test_needs_an_end_within_half_an_hour_a_reason_and_somebody_who_can_be_reached(small_town: Town) -> None:
    for minutes in (0, -1, 31):
        with pytest.raises(EndlessTestError):
            begin(small_town, minutes)
    with pytest.raises(ReasonMissingError):
        begin(small_town, reason=" ")
    with pytest.raises(NoSuchResponderError):
        begin(small_town, responder_id="nobody")
    with pytest.raises(NothingToTestError):
        begin(small_town, subject="pendant-9")
    with pytest.raises(NoEndError):
        shelve(small_town, 24 * 60 + 1)
    assert small_town.see(lambda c: c.execute(select(tables.pause)).all()) == []


def test_M1_presses_under_test_page_nobody_but_who_tests_again_and_again(town: Town) -> None:
    begin(town)
    alarm = town.press()
    town.press()
    town.press()
    town.advance(19 * 60)
    assert set(town.names(alarm)) == {"cia"}
    assert len(town.names(alarm, "step")) == 20
    seen = town.alarm(alarm)
    assert (seen.overlay, seen.occurrences, seen.exhausted) == (Overlay.TEST, 3, False)
    pages = town.do(lambda c: outbox.claim(c, "email", "d", town.now, lease_s=9, limit=9, base_url="x"))
    assert {page.alarm_class for page in pages} == {"test"}


def test_M1_a_test_that_was_answered_ends_by_itself_and_stays_marked(town: Town) -> None:
    begin(town)
    alarm = town.press()
    town.accept(alarm, "cia")
    assert town.alarm(alarm).overlay is Overlay.TEST
    town.advance(20 * 60)
    seen = town.alarm(alarm)
    assert (seen.handling, seen.outcome, seen.overlay) == (Handling.CLOSED, Outcome.TEST, Overlay.TEST)
    assert set(town.names(alarm)) == {"cia"}
    after = town.press()
    assert after != alarm
    assert (town.alarm(after).overlay, town.alarm(after).repeat_of) == (Overlay.NONE, None)
    assert town.names(after) == ["bo"]


def test_M1_a_press_that_nobody_answered_becomes_real_when_the_test_ends(town: Town) -> None:
    """Silence of who tests says nothing of who pressed."""
    begin(town)
    alarm = town.press()
    town.advance(20 * 60)
    seen = town.alarm(alarm)
    assert (seen.handling, seen.overlay) == (Handling.OPEN, Overlay.NONE)
    assert town.names(alarm, "step")[-1] == "bo"
    town.advance(120)
    assert {"anna", "sara"} <= set(town.names(alarm, "step"))


def test_M1_who_tests_ends_it_and_says_that_all_were_tests(town: Town) -> None:
    found = begin(town)
    alarm = town.press()
    town.do(lambda c: control.end(c, found.id, "cia", town.now, settings=town.settings))
    assert (town.alarm(alarm).handling, town.alarm(alarm).outcome) == (Handling.CLOSED, Outcome.TEST)
    assert town.names(town.press()) == ["bo"]
    with pytest.raises(NoSuchPauseError):
        town.do(lambda c: control.end(c, found.id, "cia", town.now, settings=town.settings))


def test_M1_a_test_that_another_ends_closes_nothing(small_town: Town) -> None:
    found = begin(small_town)
    alarm = small_town.press()
    small_town.do(lambda c: control.end(c, found.id, "anna", small_town.now, settings=small_town.settings))
    assert (small_town.alarm(alarm).handling, small_town.alarm(alarm).overlay) == (Handling.OPEN, Overlay.NONE)
    assert small_town.names(alarm)[-1] == "bo"


def test_M2_what_is_said_in_a_pause_is_stored_and_shown(town: Town) -> None:
    begin(town)
    shelve(town)
    alarms = [town.press(), town.care(), town.technical()]
    assert [town.alarm(one).overlay for one in alarms] == [Overlay.TEST, Overlay.SHELVED, Overlay.TEST]
    assert len(town.see(lambda c: c.execute(select(tables.finding)).all())) == 3


def test_M2_a_fault_that_came_and_went_while_its_home_was_shelved_is_told_afterwards(town: Town) -> None:
    shelve(town)
    alarm = town.technical()
    town.record(town.finding(rule="battery", restores=True))
    town.advance(3599)
    assert town.names(alarm) == []
    town.advance(1)
    assert town.names(alarm) == ["bo"]
    town.advance(town.settings.autoclose_s)
    assert town.alarm(alarm).handling is Handling.CLOSED


@pytest.mark.parametrize(
    ("scope", "subject"), [(Scope.HOME, "home-1"), (Scope.RESIDENT, "res-1"), (Scope.DEVICE, "pendant-1")]
)
def test_M3_no_shelving_holds_back_a_press(small_town: Town, scope: Scope, subject: str) -> None:
    shelve(small_town, scope=scope, subject=subject)
    alarm = small_town.press()
    assert small_town.names(alarm) == ["bo"]
    assert small_town.alarm(alarm).overlay is Overlay.NONE
    care = small_town.care(subject="res-1")
    assert (small_town.names(care) == []) == (scope is not Scope.DEVICE)


def test_M3_another_device_of_the_same_home_still_goes_out(town: Town) -> None:
    second_pendant(town)
    begin(town)
    other = town.press(subject="pendant-2")
    assert town.names(other) == ["bo"]
    assert town.alarm(other).overlay is Overlay.NONE


def test_M3_a_home_under_test_is_the_devices_it_had_and_no_other(town: Town) -> None:
    begin(town, scope=Scope.HOME, subject="home-1")
    town.clock.advance(seconds=1)
    second_pendant(town)
    assert town.names(town.press()) == ["cia"]
    assert town.names(town.press(subject="pendant-2")) == ["bo"]
    inactive = town.press(rule="inactivity", code="inactive", scope=Scope.RESIDENT, subject="res-1")
    assert town.names(inactive) == ["bo"]


def test_M3_a_press_that_was_made_before_the_test_is_no_test(town: Town) -> None:
    begin(town)
    test = town.press()
    real = town.press(time=town.now - timedelta(hours=1), code="pressed_earlier")
    assert real == test
    assert town.alarm(real).overlay is Overlay.NONE
    assert "bo" in town.names(real)


def test_M3_a_press_after_a_test_that_was_answered_gets_an_alarm_of_its_own(town: Town) -> None:
    begin(town)
    test = town.press()
    town.accept(test, "cia")
    real = town.press(time=town.now - timedelta(hours=1))
    assert real != test
    assert town.alarm(test).outcome == Outcome.TEST
    assert (town.names(real), town.alarm(real).alarm_class) == (["bo"], AlarmClass.LIFE_SAFETY)


def test_M3_no_test_begins_over_an_alarm_that_waits_for_help(small_town: Town) -> None:
    small_town.press()
    with pytest.raises(OpenAlarmError):
        begin(small_town)


def test_M4_a_desk_that_was_down_when_the_test_ended_ends_it_before_anything_else(town: Town) -> None:
    begin(town)
    answered = town.press()
    town.accept(answered, "cia")
    town.clock.advance(hours=2)
    # The press arrives before the timer fires.
    after = town.press()
    assert after != answered
    assert town.names(after) == ["bo"]
    town.run_due()
    assert town.alarm(answered).outcome == Outcome.TEST


def test_M4_an_alarm_is_hidden_by_no_pause_that_began_after_it(town: Town) -> None:
    care = town.care()
    shelve(town, scope=Scope.RESIDENT, subject="res-1")
    assert town.alarm(care).overlay is Overlay.SHELVED
    assert town.names(care) == ["bo"]
    town.advance(3600)
    assert town.names(care) == ["bo", "bo"]
    assert "shelved_began" in [row.action for row in town.see(lambda c: c.execute(select(tables.audit)).all())]
