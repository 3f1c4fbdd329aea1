"""A1: one row for each transition, numbered without gap, readable in order while many write, and chained."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from alarms.audit import AuditEvent, append, events_after, last_seq, verify
from store import tables
from tests.alarms.forging import take_down_guards
from tests.alarms.town import Town


def write(town: Town, detail: dict[str, Any], actor: str = "anna") -> int:
    return town.do(
        lambda c: append(
            c, at=town.now, actor_kind="account", actor=actor, action="noted", team_id="north", detail=detail
        )
    )


def night(town: Town) -> int:
    alarm = town.press()
    town.advance(130)
    town.accept(alarm, "cia")
    town.press()
    town.act("confirm", alarm, "cia")
    town.act("attend", alarm, "cia")
    town.act("note", alarm, "cia", text="Door was open")
    town.close(alarm, "cia", note="All well")
    return alarm


def test_A1_every_transition_of_a_night_has_its_one_row_in_order(town: Town) -> None:
    alarm = night(town)
    assert town.actions_of(alarm) == [
        "opened",
        "step_due",
        "step_due",
        "accepted",
        "occurred",
        "confirmed",
        "attended",
        "noted",
        "closed",
    ]
    assert town.see(verify).broken_at is None
    assert town.see(verify).rows == 9


def test_A1_refused_actions_leave_no_row(small_town: Town) -> None:
    alarm = small_town.press()
    before = small_town.see(last_seq)
    for attempt in ("confirm", "attend"):
        with pytest.raises(Exception, match=r"cannot be done|has this"):
            small_town.act(attempt, alarm, "anna")
    assert small_town.see(last_seq) == before


@pytest.mark.parametrize(
    "forged",
    [
        {"actor": "bo"},
        {"detail": {"told": []}},
        {"alarm_id": 99},
        {"action": "closed"},
        {"hash": "0" * 64},
        {"previous_hash": "0" * 64},
        {"team_id": None},
    ],
)
def test_A1_a_changed_row_is_found(town: Town, forged: dict[str, Any]) -> None:
    night(town)
    take_down_guards(town)
    town.do(lambda c: c.execute(update(tables.audit).where(tables.audit.c.seq == 4).values(forged)))
    assert town.see(verify).broken_at == 4


@pytest.mark.parametrize("seq", [1, 4, 9])
def test_A1_a_missing_row_is_found_even_the_last(town: Town, seq: int) -> None:
    night(town)
    take_down_guards(town)
    town.do(lambda c: c.execute(delete(tables.audit).where(tables.audit.c.seq == seq)))
    found = town.see(verify)
    assert found.broken_at is not None
    assert found.broken_at <= 9


def test_A1_a_moved_time_is_found(town: Town) -> None:
    night(town)
    moved = update(tables.audit).where(tables.audit.c.seq == 2).values(at=town.now + timedelta(seconds=1))
    take_down_guards(town)
    town.do(lambda c: c.execute(moved))
    assert town.see(verify).broken_at == 2


json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(detail=st.dictionaries(st.sampled_from(["a", "b", "ö", "0"]), json, max_size=4))
def test_A1_any_detail_hashes_the_same_when_it_is_read_back(town: Town, detail: dict[str, Any]) -> None:
    write(town, detail)
    assert town.see(verify).broken_at is None


def test_A1_numbers_have_no_gap_and_a_reader_misses_none_while_many_write(town: Town) -> None:
    seen: list[int] = []
    done = threading.Event()

    def follow() -> None:
        while not done.is_set() or town.see(last_seq) > (seen[-1] if seen else 0):
            news: list[AuditEvent] = town.see(lambda c: events_after(c, seen[-1] if seen else 0, 7))
            seen.extend(event.seq for event in news)

    reader = threading.Thread(target=follow)
    reader.start()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: write(town, {"n": number}), range(120)))
    done.set()
    reader.join()
    assert seen == list(range(1, 121))


def test_A1_work_that_is_undone_leaves_no_number_unused(town: Town) -> None:
    write(town, {})
    with pytest.raises(ZeroDivisionError):
        town.do(lambda c: append(c, at=town.now, actor_kind="x", actor="x", action="x") // 0)
    assert write(town, {}) == 2


def test_a_stream_of_one_team_skips_the_others(small_town: Town) -> None:
    small_town.press()
    small_town.press(subject="unknown")
    north = small_town.see(lambda c: events_after(c, 0, 10, ["north"]))
    assert [event.team_id for event in north] == ["north"]
    assert small_town.see(lambda c: events_after(c, 0, 10, [])) == []


def test_the_audit_of_a_night_names_no_measured_value(small_town: Town) -> None:
    alarm = small_town.care(facts={"systolic_mmhg": 203.5, "limit": 180.0})
    rows = small_town.see(lambda c: c.execute(select(tables.audit.c.detail)).scalars().all())
    assert "203" not in str(rows)
    assert small_town.alarm(alarm).facts["systolic_mmhg"] == 203.5
