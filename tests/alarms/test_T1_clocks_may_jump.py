"""T1: a clock that is set back makes nobody wait, one that is set forward makes what is due happen, none is lost."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from alarms.delivery import outbox
from alarms.escalation.ticker import Ticker
from alarms.lifecycle.states import Handling
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
