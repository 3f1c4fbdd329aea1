"""T5: who is put into a rotation or taken out of it changes nothing in the order of the others, from now on."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarms.oncall.order import kept
from alarms.oncall.repository import on_duty
from alarms.oncall.rotation import Rotation
from store.clock import ManualClock
from store.database import Database
from tests.oncall.conftest import TOWN, Import

ZONE = ZoneInfo("Europe/Stockholm")
BEGAN = date(2026, 1, 1)
NAMES = "abcdefgh"


def rotation(names: str, plan: list[str]) -> Rotation:
    return Rotation(BEGAN, plan, [[name] for name in names], ZONE)


def future(one: Rotation, now: datetime, count: int = 24) -> list[str]:
    return [shift.turn[0] for shift in one.shifts(now, now + timedelta(weeks=2 * count))][:count]


def changed(old: Rotation, names: str, plan: list[str], now: datetime) -> Rotation:
    return Rotation(BEGAN, plan, [[name] for name in names], ZONE, anchor=kept(old, rotation(names, plan), now))


plans = st.sampled_from([["07:00"], ["07:00", "21:00"], ["Mon 08:00"], ["Fri 16:00", "Sun 02:30"]])
nows = st.integers(1, 24 * 300).map(lambda hours: datetime(2026, 1, 12, tzinfo=UTC) + timedelta(hours=hours))


@given(size=st.integers(2, 8), out=st.integers(0, 7), plan=plans, now=nows)
def test_T5_taking_somebody_out_leaves_the_order_of_the_others(
    size: int, out: int, plan: list[str], now: datetime
) -> None:
    names, gone = NAMES[:size], NAMES[out % size]
    old = rotation(names, plan)
    after = future(changed(old, names.replace(gone, ""), plan, now), now)
    expected = [name for name in future(old, now, 60) if name != gone]
    assert after == expected[: len(after)]


@given(size=st.integers(1, 7), place=st.integers(0, 7), plan=plans, now=nows)
def test_T5_putting_somebody_in_leaves_the_order_of_the_others(
    size: int, place: int, plan: list[str], now: datetime
) -> None:
    names, place = NAMES[:size], place % (size + 1)
    old = rotation(names, plan)
    after = future(changed(old, names[:place] + "X" + names[place:], plan, now), now)
    assert after[0] == future(old, now)[0], "whoever is on duty stays"
    others = [name for name in after if name != "X"]
    assert others == future(old, now, 60)[: len(others)]


@given(size=st.integers(1, 7), before=plans, then=plans, now=nows)
def test_T5_new_hand_over_times_leave_whoever_is_on_duty(
    size: int, before: list[str], then: list[str], now: datetime
) -> None:
    old = rotation(NAMES[:size], before)
    new = changed(old, NAMES[:size], then, now)
    assert new.turn_at(now) == old.turn_at(now)
    order = future(new, now, size + 1)
    first = NAMES.index(order[0])
    assert order == [NAMES[(first + number) % size] for number in range(size + 1)]


@pytest.mark.parametrize(
    ("turns", "order"),
    [
        ("[[bo], [cia]]", ["bo", "cia", "bo"]),
        ("[[anna], [bo], [dan], [cia]]", ["bo", "dan", "cia"]),
        ("[[anna], [eva], [cia]]", ["eva", "cia", "anna"]),
        ("[[cia], [anna]]", ["cia", "anna", "cia"]),
    ],
)
def test_T5_a_new_file_keeps_everybodys_place(
    sqlite: Database, bring_in: Import, clock: ManualClock, turns: str, order: list[str]
) -> None:
    people = "".join(f"  - {{ id: {name}, name: {name}, team: north }}\n" for name in ("cia", "dan", "eva"))
    text = TOWN.replace("rotations:", f"{people}rotations:").replace("[[anna], [bo]]", "[[anna], [bo], [cia]]")
    bring_in(text)
    clock.set(datetime(2026, 2, 13, 12, tzinfo=UTC))

    def asked() -> list[str]:
        return sqlite.read_now(lambda connection: on_duty(connection, "north", "a", clock.now()))

    while asked() != ["bo"]:
        clock.advance(days=1)
    new = text.replace("[[anna], [bo], [cia]]", turns)
    bring_in(new)
    assert bring_in(new).is_empty, "importing again changes nothing"
    found = []
    for _ in order:
        found += asked()
        clock.advance(days=1)
    assert found == order


def test_T5_only_a_new_first_day_begins_a_rotation_again(
    sqlite: Database, bring_in: Import, clock: ManualClock
) -> None:
    bring_in(TOWN)
    clock.set(datetime(2026, 2, 13, 12, tzinfo=UTC))
    bring_in(
        TOWN.replace("[[anna], [bo]]", "[[bo], [anna]]").replace(
            "nights, team: north, starts_on: 2026-01-01", "nights, team: north, starts_on: 2026-02-13"
        )
    )
    assert sqlite.read_now(lambda c: on_duty(c, "north", "a", clock.now())) == ["bo"]
