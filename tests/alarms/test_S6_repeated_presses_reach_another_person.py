"""S6: whoever presses again and again is not being helped: another person than the owner hears of it, and supervisors.

Eight presses within 90 minutes and nobody told is an incident that happened; it must stay impossible here.
"""

from sqlalchemy import delete, insert

from alarms.channel import Page
from alarms.lifecycle.states import Handling
from alarms.words import subject
from store import tables
from tests.alarms.town import Town


def sos(town: Town) -> None:
    """Give Elsa, who wears pendant-1, a button in the bathroom too."""
    device = {"id": "sos-1", "family": "hemvakt", "address": "sos-1", "kind": "sos", "added_at": town.now}
    serves = {"device_id": "sos-1", "home_id": "home-1", "resident_id": "res-1", "from_at": town.now}
    town.do(lambda c: c.execute(insert(tables.device).values(device)))
    town.do(lambda c: c.execute(insert(tables.assignment).values(serves)))


def test_the_third_press_goes_to_another_than_the_owner_and_to_the_supervisor_and_each_raises_the_priority(
    town: Town,
) -> None:
    alarm = town.press()
    town.accept(alarm, "cia")
    town.press()
    assert town.names(alarm, "repeated") == []
    assert not town.alarm(alarm).insistent
    town.press()
    assert town.names(alarm, "repeated") == ["bo", "sara"]
    assert town.names(alarm, "occurrence") == ["cia", "cia"]
    seen = town.alarm(alarm)
    assert (seen.priority, seen.insistent, seen.owner_id) == (2, True, "cia")
    town.press()
    assert town.names(alarm, "repeated") == ["bo", "sara"] * 2


def test_when_the_owner_is_the_one_on_duty_those_hear_to_whom_the_chain_would_come(small_town: Town) -> None:
    alarm = small_town.press()
    small_town.accept(alarm, "bo")
    for _ in range(2):
        small_town.press()
    assert small_town.names(alarm, "repeated") == ["anna", "cia", "sara"]


def test_when_nobody_else_in_the_team_can_be_reached_another_team_hears(small_town: Town) -> None:
    others = tables.contact.c.responder_id.in_(["anna", "cia", "sara"])
    small_town.do(lambda c: c.execute(delete(tables.contact).where(others)))
    alarm = small_town.press()
    small_town.accept(alarm, "bo")
    for _ in range(2):
        small_town.press()
    assert small_town.names(alarm, "repeated") == ["stig", "sven"]


def test_while_it_is_open_those_who_were_not_told_yet_hear_too(small_town: Town) -> None:
    alarm = small_town.press()
    for _ in range(2):
        small_town.press()
    assert small_town.names(alarm, "occurrence") == ["bo", "bo"]
    assert small_town.names(alarm, "repeated") == ["anna", "cia", "sara"]


def test_presses_on_two_buttons_are_those_of_one_resident(town: Town) -> None:
    sos(town)
    pendant = town.press()
    town.press()
    bathroom = town.press(subject="sos-1")
    assert bathroom != pendant
    assert town.names(bathroom, "repeated") == ["anna", "cia", "sara"]
    assert (town.alarm(bathroom).insistent, town.alarm(bathroom).priority) == (True, 1)


def test_closing_each_alarm_at_once_does_not_hide_that_they_press_again_and_again(town: Town) -> None:
    for _ in range(2):
        alarm = town.press()
        town.accept(alarm, "cia")
        town.close(alarm, "cia", "no_help_needed")
        town.advance(120)
    alarm = town.press()
    assert "sara" in town.names(alarm, "repeated")
    assert town.alarm(alarm).insistent


def test_presses_in_one_batch_count_like_presses_one_by_one(small_town: Town) -> None:
    small_town.record(*(small_town.finding() for _ in range(3)))
    assert small_town.alarm(1).insistent


def test_tests_and_other_residents_and_care_alarms_do_not_count(small_town: Town) -> None:
    for _ in range(2):
        tried = small_town.press()
        small_town.accept(tried, "anna")
        small_town.close(tried, "anna", "test")
    small_town.press(subject="pendant-of-another")
    for _ in range(3):
        small_town.care()
    assert not small_town.alarm(small_town.press()).insistent


def test_presses_far_apart_do_not_call_the_supervisor(small_town: Town) -> None:
    alarm = small_town.press()
    for _ in range(3):
        small_town.accept(alarm, "cia")
        small_town.advance(1000)
        small_town.press()
    assert small_town.names(alarm, "repeated") == []


def test_not_confirmed_by_the_owner_it_opens_again_and_stays_marked(small_town: Town) -> None:
    alarm = small_town.press()
    small_town.accept(alarm, "cia")
    for _ in range(2):
        small_town.press()
    small_town.advance(30)
    seen = small_town.alarm(alarm)
    assert (seen.handling, seen.insistent) == (Handling.OPEN, True)


def test_the_page_says_that_it_is_not_the_first_call(small_town: Town) -> None:
    page = Page(
        id=1,
        alarm_id=17,
        alarm_class="life_safety",
        area="Norra",
        reason="repeated",
        channel="email",
        address="",
        language="sv",
        attempt=1,
        at=small_town.now,
        idempotency_key="k",
        link="http://127.0.0.1",
    )
    assert subject(page) == "LARM 17 Norra: larmar upprepade gånger"
