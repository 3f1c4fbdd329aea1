"""T1: a clock that is set back makes nobody wait, one that is set forward makes what is due happen, none is lost."""

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import select

from alarms.delivery import outbox
from alarms.escalation.ticker import Ticker
from alarms.lifecycle.states import Handling
from alarms.pauses import book, control
from rules.base import Scope
from store import tables
from tests.alarms.town import Town


@pytest.fixture
def ticker(town: Town) -> Ticker:
    return Ticker(town.database, town.clock, town.settings)


async def test_T1_an_hour_back_moves_what_is_due_with_it(town: Town, ticker: Ticker) -> None:
    alarm = town.press()
    town.clock.advance(seconds=30)
    await ticker.tick()
    town.clock.advance(hours=-1)
    assert await ticker.tick() == town.now + timedelta(seconds=30)
    town.check()
    assert town.actions_of(alarm) == ["opened"]
    town.clock.advance(seconds=29)
    await ticker.tick()
    assert town.actions_of(alarm) == ["opened"]
    town.clock.advance(seconds=1)
    await ticker.tick()
    assert town.actions_of(alarm) == ["opened", "step_due"]


async def test_T1_a_lease_and_a_waiting_page_move_too(town: Town, ticker: Ticker) -> None:
    alarm = town.press()
    town.accept(alarm, "anna")
    other = town.press(subject="pendant-2")
    await ticker.tick()
    town.clock.advance(hours=-1)
    await ticker.tick()
    town.check()
    claimed = town.do(lambda c: outbox.claim(c, "email", "desk", town.now, lease_s=20, limit=10, base_url="http://x"))
    assert [page.alarm_id for page in claimed] == [other]
    for seconds, handling in ((299, Handling.ACCEPTED), (1, Handling.OPEN)):
        town.clock.advance(seconds=seconds)
        await ticker.tick()
        assert town.alarm(alarm).handling is handling


@pytest.mark.parametrize("open_already", [False, True])
async def test_T1_a_test_lasts_no_longer_because_the_clock_was_set_back(
    town: Town, ticker: Ticker, open_already: bool
) -> None:
    until = town.now + timedelta(minutes=30)
    begin = partial(control.begin_test, scope=Scope.HOME, subject="home-1", responder_id="cia", until=until)
    pause = town.do(lambda c: begin(c, reason="new pendant", now=town.now, settings=town.settings))
    await ticker.tick()
    town.clock.advance(minutes=25)
    tested = town.press() if open_already else None
    await ticker.tick()
    town.clock.advance(minutes=-20)
    await ticker.tick()
    if tested is not None:
        assert town.alarm(tested).overlay_until == town.now + timedelta(minutes=5)
    town.clock.advance(minutes=4)
    assert town.names(town.press()) == (["cia", "cia"] if open_already else ["cia"])
    town.clock.advance(minutes=1)
    await ticker.tick()
    assert "bo" in town.names(town.press())
    assert pause.id not in {one.id for one in town.see(lambda c: book.current(c, town.now))}


async def test_T1_a_clock_that_is_only_disciplined_moves_nothing(town: Town, ticker: Ticker) -> None:
    town.press()
    await ticker.tick()
    due = town.see(lambda c: c.execute(select(tables.timer.c.due_at)).scalars().all())
    town.clock.advance(seconds=-0.9)
    await ticker.tick()
    assert town.see(lambda c: c.execute(select(tables.timer.c.due_at)).scalars().all()) == due


async def test_T1_a_day_forward_is_like_downtime(town: Town, ticker: Ticker) -> None:
    alarm = town.press()
    await ticker.tick()
    town.clock.advance(days=1)
    for _ in range(3):
        await ticker.tick()
        town.check()
    assert town.alarm(alarm).step == 3


async def test_T1_several_desks_move_what_is_due_once(town: Town, ticker: Ticker) -> None:
    alarm = town.press()
    town.accept(alarm, "anna")
    other = Ticker(town.database, town.clock, town.settings)
    for one in (ticker, other):
        await one.tick()
    town.clock.advance(hours=-1)
    for one in (ticker, other):
        assert await one.tick() == town.now + timedelta(seconds=300)
    town.check()
    assert town.alarm(alarm).handling is Handling.ACCEPTED


async def test_T1_a_clock_set_back_while_no_desk_ran_is_noticed_at_the_start(town: Town, ticker: Ticker) -> None:
    town.press()
    await ticker.tick()
    town.clock.advance(hours=-1)
    assert await Ticker(town.database, town.clock, town.settings).tick() == town.now + timedelta(seconds=60)
    town.check()


async def test_T1_desks_whose_clocks_differ_by_some_seconds_move_nothing(town: Town, ticker: Ticker) -> None:
    town.press()
    await ticker.tick()
    due = town.see(lambda c: c.execute(select(tables.timer).order_by(tables.timer.c.kind)).all())
    town.clock.advance(seconds=-4)
    await Ticker(town.database, town.clock, town.settings).tick()
    assert town.see(lambda c: c.execute(select(tables.timer).order_by(tables.timer.c.kind)).all()) == due
