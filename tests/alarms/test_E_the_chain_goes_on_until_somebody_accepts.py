"""E: who is told, in which order, from when on; and that it never ends while nobody has accepted."""

from datetime import timedelta
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import Connection, delete, func, insert, select, update

from alarms.escalation import timers
from alarms.lifecycle.states import Handling
from store import tables
from store.clock import ManualClock
from store.database import Database
from tests.alarms.town import SETTINGS, Town, add_contact, populate


def test_E1_the_first_page_is_in_the_transaction_that_opens_the_alarm(town: Town) -> None:
    alarm = town.press()
    pages = [(page.responder_id, page.channel, page.state, page.created_at) for page in town.detail(alarm).told]
    assert pages == [("bo", "console", "sent", town.now), ("bo", "email", "pending", town.now)]


def test_life_safety_goes_to_duty_at_0_and_60_to_the_team_at_120_to_supervisors_at_180(small_town: Town) -> None:
    alarm = small_town.press()
    opened = small_town.now
    small_town.advance(179)
    steps = [((page.created_at - opened).total_seconds(), page.responder_id) for page in small_town.told(alarm, "step")]
    assert steps == [(0, "bo"), (60, "bo"), *((120, who) for who in ("anna", "bo", "cia", "sara"))]
    small_town.advance(1)
    assert small_town.names(alarm, "step")[-1] == "sara"


def test_E4_when_the_chain_has_run_out_everybody_is_rung_every_minute_for_ever(town: Town) -> None:
    alarm = town.press()
    town.advance(239)
    assert not town.alarm(alarm).exhausted
    town.advance(3600)
    rings = sorted({page.created_at for page in town.told(alarm, "ring")})
    assert town.alarm(alarm).exhausted
    assert len(rings) == 60
    assert {second - first for first, second in pairwise(rings)} == {timedelta(seconds=60)}
    town.accept(alarm, "cia")
    assert not town.alarm(alarm).exhausted


def nth_alarm(connection: Connection, seq: int) -> int:
    """Return the alarm that an audit row is about."""
    return int(connection.execute(select(tables.audit.c.alarm_id).where(tables.audit.c.seq == seq)).scalar_one())


@pytest.mark.parametrize("restart", [0, 1, 3])
def test_E2_each_timer_fires_once_however_often_it_is_looked_at(town: Town, restart: int) -> None:
    alarm = town.press()
    town.clock.advance(seconds=60)
    for _ in range(restart + 1):
        town.run_due()
    assert town.actions_of(alarm) == ["opened", "step_due"]


def test_E3_after_downtime_what_is_overdue_happens_at_once_one_step_a_pass_gravest_and_oldest_first(town: Town) -> None:
    town.settings = town.settings.model_copy(update={"aged_open_s": ()})
    technical = town.technical()
    town.clock.advance(seconds=1)
    first = town.press()
    town.clock.advance(seconds=1)
    second = town.press(subject="pendant-2")
    town.clock.advance(days=3)
    order: list[int | None] = []
    for _ in range(7):
        before = town.see(lambda c: c.execute(select(func.max(tables.audit.c.seq))).scalar_one())
        assert town.do(lambda c: timers.run_due(c, town.now, 1, town.settings)) == 1
        order.append(town.see(partial(nth_alarm, seq=before + 1)))
    assert order == [first, second, first, second, first, second, technical]
    assert town.alarm(first).step == 3


def test_E3_steps_that_are_overdue_together_do_not_page_the_same_person_twice_before_the_first_page_is_sent(
    small_town: Town,
) -> None:
    alarm = small_town.press()
    small_town.clock.advance(seconds=1000)
    small_town.run_due()
    pending = [page for page in small_town.detail(alarm).told if page.state == "pending"]
    assert sorted(page.responder_id for page in pending) == ["anna", "bo", "cia", "sara"]


def test_E5_a_step_that_reaches_nobody_falls_through_at_once_and_one_technical_alarm_tells_the_other_team(
    town: Town,
) -> None:
    town.do(lambda c: c.execute(delete(tables.rotation).where(tables.rotation.c.id == "nights")))
    alarm = town.press()
    assert town.alarm(alarm).handling is Handling.OPEN
    assert town.names(alarm, "step") == ["anna", "bo", "cia", "sara"]
    (report,) = town.see(
        lambda c: c.execute(select(tables.alarm).where(tables.alarm.c.rule == "desk")).mappings().all()
    )
    assert (report["code"], report["alarm_class"], report["team_id"]) == ("nobody_reached", "technical", "south")
    assert town.names(report["id"], "step") == ["stig"]
    assert town.names(town.press(subject="pendant-1"), "occurrence") == ["anna", "bo", "cia", "sara"]


def test_E5_on_duty_without_any_usable_contact_is_nobody(town: Town) -> None:
    town.do(lambda c: c.execute(delete(tables.contact).where(tables.contact.c.responder_id == "bo")))
    town.do(lambda c: add_contact(c, "bo", "pigeon", "roof"))
    assert set(town.names(town.press(), "step")) == {"anna", "cia", "sara"}


def test_E5_when_a_whole_team_cannot_be_reached_the_fallback_team_is_rung_at_once(small_town: Town) -> None:
    north = select(tables.responder.c.id).where(tables.responder.c.team_id == "north")
    small_town.do(lambda c: c.execute(delete(tables.contact).where(tables.contact.c.responder_id.in_(north))))
    alarm = small_town.press()
    assert small_town.alarm(alarm).exhausted
    assert small_town.names(alarm, "ring") == ["stig", "sven"]
    small_town.advance(60)
    assert small_town.names(alarm, "ring") == ["stig", "sven"] * 2


def test_E5_when_nobody_at_all_can_be_reached_the_desk_keeps_trying_and_starts_when_somebody_can(
    small_town: Town,
) -> None:
    small_town.do(lambda c: c.execute(delete(tables.contact)))
    alarm = small_town.press()
    small_town.advance(600)
    assert small_town.names(alarm) == []
    small_town.do(lambda c: add_contact(c, "cia", "console", ""))
    small_town.advance(60)
    assert small_town.names(alarm, "ring") == ["cia"]


def test_E5_channels_that_are_not_set_up_reach_nobody(sqlite: Database, clock: ManualClock) -> None:
    sqlite.write_now(populate)
    bare = Town(sqlite, clock, SETTINGS.model_copy(update={"smtp": None, "webhook": None}))
    bare.do(lambda c: c.execute(delete(tables.contact).where(tables.contact.c.channel == "console")))
    alarm = bare.press()
    assert bare.detail(alarm).told == []
    assert bare.alarm(alarm).exhausted


def test_E8_accepting_withdraws_the_pages_that_wait_and_tells_those_who_were_told(town: Town) -> None:
    alarm = town.press()
    town.advance(125)
    waiting = [page for page in town.detail(alarm).told if page.state == "pending"]
    assert {page.responder_id for page in waiting} == {"anna", "bo", "cia", "sara"}
    town.accept(alarm, "cia")
    assert [page for page in town.detail(alarm).told if page.state == "pending"] == []
    assert sorted(town.names(alarm, "taken")) == ["anna", "bo", "sara"]
    assert town.names(alarm, "taken", channel="email") == []


def test_rotations_of_an_area_answer_for_it_beside_those_of_the_whole_team(small_town: Town) -> None:
    row = {"id": "n1", "team_id": "north", "area_id": "n1", "handovers": ["07:00"], "turns": [["cia"]]}
    other = {**row, "id": "s1", "area_id": "s1", "turns": [["sara"]]}
    since = small_town.now.date() - timedelta(days=9)
    small_town.do(lambda c: c.execute(insert(tables.rotation), [{**one, "starts_on": since} for one in (row, other)]))
    assert sorted(small_town.names(small_town.press(), "step")) == ["bo", "cia"]


def test_a_rotation_that_cannot_be_read_is_nobody_and_stops_nothing(small_town: Town) -> None:
    unreadable: list[dict[str, Any]] = [{"handovers": ["25:00"]}, {"turns": []}, {"handovers": []}, {"turns": "text"}]
    for broken in unreadable:
        nights = update(tables.rotation).where(tables.rotation.c.id == "nights")
        small_town.do(partial(Connection.execute, statement=nights.values(broken)))
        assert small_town.names(small_town.press(rule=f"rule-{broken}"), "step") == ["anna", "bo", "cia", "sara"]
    small_town.do(lambda c: c.execute(update(tables.team).values(zone="Nowhere/Land")))
    assert small_town.names(small_town.press(subject="unknown"), "step") == ["stig", "sven"]
