"""Every finding finds its home, area and team; what no home is known for goes to the fallback area, never nowhere."""

import math
from datetime import UTC, datetime, timedelta
from functools import partial

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, insert, select, update

from alarms.desk import record
from rules.base import AlarmClass, Finding, Scope
from store import tables
from store.clock import ManualClock
from store.database import Database
from tests.alarms.town import Town


def test_a_device_leads_to_its_home_resident_area_and_team(town: Town) -> None:
    seen = town.alarm(town.press())
    assert (seen.home_id, seen.resident_id, seen.area_id, seen.team_id) == ("home-1", "res-1", "n1", "north")
    assert (seen.resident_name, seen.birth_year, seen.address, seen.device_id) == (
        "Elsa Ek",
        1938,
        "Storgatan 1",
        "pendant-1",
    )


@pytest.mark.parametrize(
    ("scope", "subject", "resident"), [(Scope.HOME, "home-1", None), (Scope.RESIDENT, "res-1", "res-1")]
)
def test_a_home_and_a_resident_lead_there_too(
    small_town: Town, scope: Scope, subject: str, resident: str | None
) -> None:
    seen = small_town.alarm(small_town.press(scope=scope, subject=subject))
    assert (seen.home_id, seen.resident_id, seen.team_id) == ("home-1", resident, "north")


@pytest.mark.parametrize("scope", Scope)
def test_what_nobody_knows_goes_to_the_fallback_team(small_town: Town, scope: Scope) -> None:
    alarm = small_town.press(scope=scope, subject="who?")
    seen = small_town.alarm(alarm)
    assert (seen.home_id, seen.area_id, seen.team_id) == (None, "s1", "south")
    assert small_town.names(alarm, "step") == ["stig"]


def test_a_device_serves_whom_it_serves_now(small_town: Town) -> None:
    ended = update(tables.assignment).values(to_at=small_town.now)
    small_town.do(lambda c: c.execute(ended))
    assert small_town.alarm(small_town.press()).home_id is None
    small_town.clock.advance(seconds=-1)
    assert small_town.alarm(small_town.press(rule="fall")).home_id == "home-1"
    small_town.clock.advance(seconds=2)
    row = {"device_id": "pendant-1", "home_id": "home-1", "from_at": small_town.now}
    small_town.do(lambda c: c.execute(insert(tables.assignment).values(row)))
    seen = small_town.alarm(small_town.press(rule="smoke"))
    assert (seen.home_id, seen.resident_id) == ("home-1", None)


def test_even_without_a_fallback_area_somebody_answers(small_town: Town) -> None:
    small_town.do(lambda c: c.execute(update(tables.area).values(fallback=False)))
    assert small_town.alarm(small_town.press(subject="who?")).area_id in {"n1", "s1"}


def test_an_installation_without_any_area_keeps_the_alarm_too(database: Database, clock: ManualClock) -> None:
    empty = Town(database, clock)
    first, second = empty.press(), empty.press(subject="another")
    assert empty.alarm(first).team_id == empty.alarm(second).team_id == "unclaimed"
    empty.advance(600)
    assert empty.alarm(first).exhausted


HOSTILE = st.text(max_size=400) | st.sampled_from(["", "\x00", "\ud800", "'; DROP TABLE alarm; --", "å" * 300, "{0}"])
FACT = st.floats() | HOSTILE | st.integers(-(10**30), 10**30).map(float)


FINDING = st.builds(
    Finding,
    key=st.just(""),
    rule=HOSTILE,
    code=HOSTILE,
    subject=HOSTILE,
    facts=st.dictionaries(HOSTILE, FACT, max_size=3),
    scope=st.sampled_from(Scope),
    alarm_class=st.sampled_from(AlarmClass),
    time=st.datetimes(
        datetime.fromisoformat("1970-01-02"), datetime.fromisoformat("2106-01-01"), timezones=st.just(UTC)
    ),
    restores=st.just(value=False),
    shadow=st.just(value=False),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(keys=st.lists(HOSTILE, min_size=1, max_size=4, unique=True), one=FINDING)
def test_whatever_a_finding_holds_it_is_stored_and_two_keys_are_two_occurrences(
    town: Town, keys: list[str], one: Finding
) -> None:
    # Each example begins with nothing found: examples share a database.
    for table in (tables.timer, tables.delivery, tables.page, tables.occurrence, tables.alarm, tables.finding):
        town.database.write_now(partial(Connection.execute, statement=delete(table)))
    findings = [msgspec.structs.replace(one, key=key) for key in keys]
    done = town.do(lambda c: record(c, findings, town.now, town.settings))
    assert (len(done.opened), len(done.occurred)) == (1, len(keys) - 1)
    assert town.do(lambda c: record(c, findings, town.now, town.settings)).known == len(keys)
    stored = town.see(lambda c: c.execute(select(tables.finding.c.facts)).scalars().all())
    assert len(stored) == len(keys)
    assert not any(isinstance(value, float) and not math.isfinite(value) for one in stored for value in one.values())


def test_a_lost_device_makes_its_alarms_conditions_unknown_and_no_others(small_town: Town) -> None:
    mine, other = small_town.press(), small_town.press(subject="pendant-2")
    lost = small_town.technical(rule="silence", code="lost")
    assert [small_town.alarm(number).condition for number in (mine, other, lost)] == ["unknown", "active", "active"]
    small_town.press()
    assert small_town.alarm(mine).condition == "active"


def test_findings_may_come_late_and_out_of_order(small_town: Town) -> None:
    late = small_town.finding(time=small_town.now - timedelta(days=400))
    future = small_town.finding(time=small_town.now + timedelta(days=400))
    (alarm,) = small_town.record(future, late).opened
    assert small_town.alarm(alarm).opened_at == small_town.now
    small_town.advance(61)
    assert small_town.names(alarm, "step") == ["bo", "bo"]
