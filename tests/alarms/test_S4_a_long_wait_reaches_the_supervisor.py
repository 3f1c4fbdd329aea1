"""S4: a life-safety alarm that is open, or accepted and unattended, for too long reaches a supervisor, age by age."""

from datetime import timedelta

from sqlalchemy import update

from alarms.lifecycle.states import TimerKind
from alarms.settings import DeskSettings
from rules.base import AlarmClass
from store import tables
from store.clock import ManualClock
from store.database import Database
from tests.alarms.town import SETTINGS, Town, populate

AGES = {"aged_open_s": (200.0, 900.0), "aged_unattended_s": (400.0, 1200.0)}


def waiting(database: Database, clock: ManualClock) -> Town:
    database.write_now(populate)
    return Town(database, clock, DeskSettings.model_validate({**SETTINGS.model_dump(exclude_unset=True), **AGES}))


def test_S4_an_open_alarm_is_told_to_the_supervisor_once_at_each_age(database: Database, clock: ManualClock) -> None:
    town = waiting(database, clock)
    alarm = town.press()
    town.advance(199)
    assert town.names(alarm, "aged") == []
    town.advance(1)
    assert town.names(alarm, "aged") == ["sara"]
    assert town.alarm(alarm).aged == 1
    town.advance(699)
    assert town.names(alarm, "aged") == ["sara"]
    town.advance(1800)
    assert town.names(alarm, "aged") == ["sara", "sara"]
    assert town.alarm(alarm).aged == 2
    ages = [event.detail["age_s"] for event in town.detail(alarm).audit if event.action == "aged"]
    assert ages == [200, 900]


def test_S4_one_who_accepts_confirms_and_never_goes_is_found(database: Database, clock: ManualClock) -> None:
    town = waiting(database, clock)
    alarm = town.press()
    town.advance(100)
    town.accept(alarm, "anna")
    for _ in range(7):
        town.advance(200)
        town.act("confirm", alarm, "anna")
    assert town.names(alarm, "aged") == ["sara", "sara"]
    assert town.alarm(alarm).owner_id == "anna"


def test_S4_who_is_on_the_way_is_not_told_of(database: Database, clock: ManualClock) -> None:
    town = waiting(database, clock)
    alarm = town.press()
    town.accept(alarm, "anna")
    town.act("attend", alarm, "anna")
    assert TimerKind.AGE not in {one.kind for one in town.detail(alarm).upcoming}
    town.advance(2600)
    assert town.names(alarm, "aged") == []


def test_S4_a_colleague_who_takes_over_from_one_on_the_way_and_never_goes_is_found(
    database: Database, clock: ManualClock
) -> None:
    town = waiting(database, clock)
    alarm = town.press()
    town.accept(alarm, "anna")
    town.act("attend", alarm, "anna")
    town.advance(2000)
    town.act("hand_over", alarm, "anna", to="cia", reason="car broke down")
    for _ in range(7):
        town.advance(100)
        town.act("confirm", alarm, "cia")
    assert town.names(alarm, "aged") == ["sara"]
    assert town.alarm(alarm).owner_id == "cia"


def test_S4_handing_over_before_anybody_went_does_not_begin_the_wait_anew(
    database: Database, clock: ManualClock
) -> None:
    town = waiting(database, clock)
    alarm = town.press()
    town.accept(alarm, "anna")
    town.advance(250)
    town.act("hand_over", alarm, "anna", to="cia", reason="shift ends")
    town.act("confirm", alarm, "cia")
    town.advance(150)
    assert town.names(alarm, "aged") == ["sara"]


def test_S4_an_alarm_that_is_handed_back_goes_on_ageing_from_when_it_was_opened(
    database: Database, clock: ManualClock
) -> None:
    town = waiting(database, clock)
    alarm = town.press()
    town.advance(250)
    town.accept(alarm, "anna")
    town.advance(100)
    town.act("release", alarm, "anna", reason="car broke down")
    told = {one.kind: one.due_at for one in town.detail(alarm).upcoming}
    assert told[TimerKind.AGE] == town.alarm(alarm).opened_at + timedelta(seconds=900)


def test_S4_an_age_that_was_reached_while_nothing_ran_is_told_afterwards(
    database: Database, clock: ManualClock
) -> None:
    town = waiting(database, clock)
    alarm = town.press()
    town.clock.advance(hours=3)
    town.run_due()
    assert town.names(alarm, "aged") == ["sara"]


def test_S4_only_life_safety_ages(database: Database, clock: ManualClock) -> None:
    town = waiting(database, clock)
    care = town.care()
    technical = town.technical()
    town.advance(300)
    assert town.names(care, "aged") == town.names(technical, "aged") == []
    town.care(alarm_class=AlarmClass.LIFE_SAFETY)
    town.advance(600)
    assert town.names(care, "aged") == ["sara"]


def test_S4_without_a_supervisor_the_team_of_last_resort_is_told(database: Database, clock: ManualClock) -> None:
    town = waiting(database, clock)
    town.do(lambda c: c.execute(update(tables.responder).where(tables.responder.c.id == "sara").values(active=False)))
    alarm = town.press()
    town.advance(200)
    assert town.names(alarm, "aged") == ["stig", "sven"]
