"""Promise 9: a person on duty without two proved channels, and every gap, is told by day to those who can mend it."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, update

from alarms import lookout
from alarms.lifecycle.states import Condition, Handling
from alarms.service import Desk
from api.pages.words import LANGUAGES
from api.sentences import explain
from store import tables
from store.clock import ManualClock
from store.database import Database
from tests.alarms.providers import until
from tests.alarms.town import SETTINGS, Town, add_contact, populate

#: Wednesday, ten in the morning in Stockholm, and half past nine that evening.
MORNING = datetime(2026, 1, 14, 9, 0, tzinfo=UTC)
EVENING = datetime(2026, 1, 14, 20, 30, tzinfo=UTC)
DAY = timedelta(days=1)


def prove(connection: Connection) -> None:
    """Give everybody two channels that they have proved, and the town a coordinator."""
    for name in ("anna", "bo", "cia", "sara", "stig", "sven"):
        add_contact(connection, name, "webhook", f"https://{name}.example/")
    connection.execute(update(tables.contact).values(verified_at=datetime(2026, 1, 2, tzinfo=UTC)))
    login = {"login": "cia", "name": "Cia", "role": "coordinator", "responder_id": "cia"}
    connection.execute(insert(tables.account).values(created_at=datetime(2026, 1, 2, tzinfo=UTC), **login))


@pytest.fixture
def good(town: Town) -> Town:
    town.do(prove)
    return town


def look(town: Town, moment: datetime | None = None) -> bool:
    """Let the desk ask at ``moment`` whether to look, and tell what it found; return whether it looked."""
    if moment is not None:
        town.clock.set(moment)
    found = town.see(lambda c: lookout.look_ahead(c, town.now, town.settings))
    if found is not None:
        town.do(lambda c: lookout.tell(c, found, town.now, town.settings))
    town.run_due()
    return found is not None


def told(town: Town) -> list[Any]:
    query = select(tables.alarm).where(tables.alarm.c.rule == lookout.RULE).order_by(tables.alarm.c.id)
    return list(town.see(lambda c: c.execute(query).all()))


def forget(who: str) -> Callable[[Connection], Any]:
    """Let a provider say of every address of a person that it is there no more."""
    return lambda c: c.execute(
        update(tables.contact).where(tables.contact.c.responder_id == who).values(active=False, verified_at=None)
    )


def empty(rotation: str) -> Callable[[Connection], Any]:
    return lambda c: c.execute(update(tables.rotation).where(tables.rotation.c.id == rotation).values(active=False))


def test_a_month_that_lacks_nothing_is_no_alarm(good: Town) -> None:
    assert look(good, MORNING)
    assert told(good) == []


def test_a_person_without_two_proved_channels_is_one_alarm_to_coordinator_and_supervisor(good: Town) -> None:
    good.do(
        lambda c: c.execute(
            update(tables.contact).where(tables.contact.c.responder_id == "bo").values(verified_at=None)
        )
    )
    assert look(good, MORNING)
    (alarm,) = told(good)
    assert (alarm.alarm_class, alarm.handling) == ("technical", "open")
    assert [(one["kind"], one["team"], one["subject"], one["channels"]) for one in alarm.facts["lacks"]] == [
        ("few_channels", "north", "bo", 0)
    ]
    # Cia coordinates and Sara supervises the north. Bo, who has duty tonight, and the south hear nothing.
    assert sorted(good.names(alarm.id)) == ["cia", "sara"]
    good.advance(23 * 3600)
    assert sorted(good.names(alarm.id)) == ["cia", "sara"]


def test_a_gap_and_an_area_without_a_team_are_named_with_their_place(good: Town) -> None:
    good.do(empty("nights"))
    good.do(
        lambda c: c.execute(update(tables.responder).where(tables.responder.c.team_id == "south").values(active=False))
    )
    assert look(good, MORNING)
    (alarm,) = told(good)
    found = {(one["kind"], one["team"], tuple(one["areas"])) for one in alarm.facts["lacks"]}
    assert {("gap", "north", ("n1",)), ("no_team", "south", ("s1",))} <= found


def test_it_is_looked_once_a_day_in_office_hours(good: Town) -> None:
    looked = [look(good, MORNING.replace(hour=0) + timedelta(minutes=30 * half)) for half in range(4 * 48)]
    # The first look of all is at once; then each day at nine, where the fallback team is.
    assert [half for half, done in enumerate(looked) if done] == [0, 16, 64, 112, 160]


def test_a_change_is_looked_at_soon_and_only_once(good: Town) -> None:
    assert look(good, MORNING)
    assert not look(good, MORNING + timedelta(minutes=1))
    good.do(forget("bo"))
    assert look(good, MORNING + timedelta(minutes=2))
    assert len(told(good)) == 1
    assert not look(good, MORNING + timedelta(minutes=3))


@pytest.mark.parametrize(
    "table",
    [
        table
        for table in lookout.DUTY
        if table.name not in {"area_term", "substitution", "absence", "calendar", "policy"}
    ],
)
def test_any_change_of_duty_is_seen_whoever_made_it(good: Town, table: Any) -> None:
    assert look(good, MORNING)
    column = next(column for column in table.c if column.name in {"name", "address", "starts_on"})
    value = datetime(2026, 1, 2, tzinfo=UTC).date() if column.name == "starts_on" else "changed"
    first = good.see(lambda c: c.execute(select(*table.primary_key).limit(1)).one())
    mine = [key == part for key, part in zip(table.primary_key, first, strict=True)]
    good.do(lambda c: c.execute(update(table).where(*mine).values({column.name: value})))
    assert look(good, MORNING + timedelta(minutes=1))


def test_what_can_wait_until_morning_waits_and_what_cannot_does_not(good: Town) -> None:
    assert look(good, MORNING)
    good.do(forget("bo"))
    good.do(lambda c: add_contact(c, "bo", "email", "bo@example.com"))
    assert look(good, EVENING)
    assert told(good) == []
    assert not look(good, EVENING + timedelta(minutes=1))
    assert look(good, MORNING + DAY)
    assert len(told(good)) == 1


def test_a_night_without_anybody_is_told_at_once_however_late(good: Town) -> None:
    assert look(good, MORNING)
    good.do(empty("nights"))
    assert look(good, EVENING)
    (alarm,) = told(good)
    assert sorted(good.names(alarm.id)) == ["cia", "sara"]


def test_an_alarm_that_stays_counts_and_pages_only_what_is_new(good: Town) -> None:
    good.do(forget("bo"))
    assert look(good, MORNING)
    (alarm,) = told(good)
    good.accept(alarm.id, "cia")
    assert look(good, MORNING + DAY)
    assert good.alarm(alarm.id).occurrences == 1
    good.do(forget("anna"))
    assert look(good, MORNING + DAY + timedelta(minutes=1))
    assert good.alarm(alarm.id).occurrences == 2
    assert {one["subject"] for one in good.alarm(alarm.id).facts["lacks"] if one["kind"] == "few_channels"} == {
        "anna",
        "bo",
    }
    assert good.names(alarm.id, "occurrence") == ["cia"]


def test_what_was_mended_is_restored_and_comes_back_as_itself(good: Town) -> None:
    good.do(empty("nights"))
    assert look(good, MORNING)
    (alarm,) = told(good)
    good.do(lambda c: c.execute(update(tables.rotation).values(active=True)))
    assert look(good, EVENING)
    assert good.alarm(alarm.id).condition is Condition.RESTORED
    good.do(empty("nights"))
    assert look(good, EVENING + timedelta(minutes=1))
    assert good.alarm(alarm.id).condition is Condition.ACTIVE
    good.do(lambda c: c.execute(update(tables.rotation).values(active=True)))
    assert look(good, EVENING + timedelta(minutes=2))
    good.advance(good.settings.autoclose_s)
    assert good.alarm(alarm.id).handling is Handling.CLOSED


def test_one_that_was_closed_and_not_mended_is_told_the_next_day(good: Town) -> None:
    good.do(forget("bo"))
    assert look(good, MORNING)
    (alarm,) = told(good)
    good.accept(alarm.id, "sara")
    good.close(alarm.id, "sara", "technical_fault_fixed")
    assert not look(good, MORNING + timedelta(hours=1))
    assert look(good, MORNING + DAY)
    assert [one.handling for one in told(good)] == ["closed", "open"]


def test_of_several_desks_that_looked_one_tells(good: Town) -> None:
    good.do(forget("bo"))
    good.clock.set(MORNING)
    looks = [good.see(lambda c: lookout.look_ahead(c, good.now, good.settings)) for _ in range(3)]
    for found in looks:
        assert found is not None
        good.do(lambda c, found=found: lookout.tell(c, found, good.now, good.settings))  # type: ignore[misc]
    (alarm,) = told(good)
    assert alarm.occurrences == 1


def test_without_coordinator_or_supervisor_it_comes_to_whoever_is_on_duty(good: Town) -> None:
    good.do(lambda c: c.execute(update(tables.account).values(active=False)))
    good.do(lambda c: c.execute(update(tables.responder).values(supervisor=False)))
    good.do(forget("bo"))
    assert look(good, MORNING)
    (alarm,) = told(good)
    assert good.names(alarm.id) == ["stig"]


def test_very_many_lacks_are_one_alarm_of_bounded_size(good: Town) -> None:
    turns = [[f"p-{number}"] for number in range(300)]
    for (name,) in turns:
        person = {"id": name, "name": "x" * 2000, "team_id": "north"}
        good.do(lambda c, person=person: c.execute(insert(tables.responder), person))  # type: ignore[misc]
    everybody = [[name for turn in turns for name in turn]]
    good.do(
        lambda c: c.execute(update(tables.rotation).where(tables.rotation.c.id == "nights").values(turns=everybody))
    )
    assert look(good, MORNING)
    (alarm,) = told(good)
    assert alarm.facts["count"] >= 300
    assert len(alarm.facts["lacks"]) == 20
    assert all(len(explain(alarm.rule, alarm.code, alarm.facts, language)) < 1000 for language in LANGUAGES)


def test_an_installation_without_teams_has_nothing_to_look_at(database: Database, clock: ManualClock) -> None:
    clock.set(MORNING)
    assert not look(Town(database, clock))


@pytest.mark.parametrize(
    "facts", [{}, {"lacks": None}, {"lacks": [3, {}, {"kind": "x"}, {"kind": "gap", "areas": None}]}]
)
@pytest.mark.parametrize("language", [*LANGUAGES, "fi"])
def test_the_sentence_never_fails(facts: dict[str, Any], language: str) -> None:
    assert "?" in explain(lookout.RULE, lookout.CODE, facts, language)


def test_the_sentence_says_what_where_and_from_when(good: Town) -> None:
    good.do(empty("nights"))
    look(good, MORNING)
    (alarm,) = told(good)
    said = {language: explain(alarm.rule, alarm.code, alarm.facts, language) for language in LANGUAGES}
    assert "Nobody is on duty. (north, n1, from 2026-01-14 10:00)" in said["en"]
    assert "Ingen har jour. (north, n1, från 2026-01-14 10:00)" in said["sv"]


async def test_a_running_desk_looks_by_itself_unless_told_not_to(sqlite: Database, clock: ManualClock) -> None:
    clock.set(MORNING)
    sqlite.write_now(populate)
    town = Town(sqlite, clock)
    for look_ahead in (False, True):
        settings = SETTINGS.model_copy(update={"look_ahead": look_ahead})
        task = asyncio.create_task(Desk(sqlite, clock, settings, []).run())
        try:
            if look_ahead:
                await until(lambda: len(told(town)) == 1)
            else:
                # The desk looks when it starts, so by the time a press is told it would have.
                alarm = await asyncio.to_thread(town.press)
                await until(lambda number=alarm: town.names(number))
                assert told(town) == []
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
