"""A channel that hangs or fails delays no other, and the whole desk runs against real servers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import update

from alarms import metrics
from alarms.channels.webhook import Webhook
from alarms.escalation.ticker import Ticker
from alarms.service import Desk
from alarms.settings import DeskSettings
from store import tables
from tests.alarms.providers import Mood, Recorder, WebhookServer, until, webhook_server
from tests.alarms.town import NIGHT, SECRET, Town, add_contact
from tests.running import RunningClock


@asynccontextmanager
async def running(desk: Desk) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(desk.run())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def live_town(town: Town) -> Town:
    """A town whose clock runs by itself, on an hour at which somebody is on duty."""
    town.clock = RunningClock(NIGHT)  # type: ignore[assignment]
    town.settings = DeskSettings.model_validate(
        {"webhook": {"secret": SECRET}, "audit_every_s": 0.1, "look_ahead": False}
    )
    town.do(lambda c: c.execute(update(tables.rotation).where(tables.rotation.c.id == "nights").values(turns=[["bo"]])))
    return town


def reachable_at(town: Town, server: WebhookServer) -> None:
    town.do(lambda c: add_contact(c, "bo", "webhook", server.url))


@pytest.mark.parametrize("mood", ["hang", "error", "vanish", "refuse"])
async def test_a_provider_that_hangs_or_fails_holds_up_no_other_channel(live_town: Town, mood: Mood) -> None:
    town = live_town
    mail = Recorder()
    town.settings = town.settings.model_copy(update={"page_concurrency": 2, "smtp": {"host": "x"}})
    async with webhook_server() as server:
        server.mood = mood
        await asyncio.to_thread(reachable_at, town, server)
        async with running(Desk(town.database, town.clock, town.settings, [mail, Webhook(town.settings)])):
            presses = [town.finding(subject=f"pendant-{number}") for number in range(3)]
            before = (await asyncio.to_thread(town.record, *presses)).opened
            await until(lambda: len(server.posts) >= 1)
            # Now that the provider has something to hang or fail on.
            presses = [town.finding(subject=f"pendant-{number}") for number in range(3, 6)]
            after = (await asyncio.to_thread(town.record, *presses)).opened
            await until(lambda: {page.alarm_id for page in mail.sent} == {*before, *after})
        assert len({*before, *after}) == 6


async def test_a_press_reaches_a_real_webhook_and_a_desk_that_starts_later_sends_what_waits(live_town: Town) -> None:
    town = live_town
    async with webhook_server() as server:
        await asyncio.to_thread(reachable_at, town, server)
        alarm = await asyncio.to_thread(town.press)
        async with running(Desk(town.database, town.clock, town.settings)):
            await until(lambda: [post.data["alarm"] for post in server.posts] == [alarm])
            second = await asyncio.to_thread(lambda: town.press(rule="fall", code="fall"))
            await until(lambda: [post.data["alarm"] for post in server.posts] == [alarm, second])
            await until(lambda: town.names(second, "step", channel="webhook") == ["bo"])
    assert [post.data["reason"] for post in server.posts] == ["step", "step"]


async def test_a_provider_that_comes_back_gets_what_waited_with_the_same_key(live_town: Town) -> None:
    town = live_town
    async with webhook_server() as server:
        server.mood = "error"
        await asyncio.to_thread(reachable_at, town, server)
        async with running(Desk(town.database, town.clock, town.settings)):
            alarm = await asyncio.to_thread(town.press)
            await until(lambda: len(server.posts) >= 2)
            server.mood = "ok"
            await until(lambda: [page.state for page in town.told(alarm, channel="webhook")] == ["sent"])
        assert len({post.id for post in server.posts}) == 1


async def test_L6_an_exception_in_any_part_ends_the_whole_desk(
    live_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(live_town.database, live_town.clock, live_town.settings, [])

    async def broken(_ticker: Ticker) -> None:
        raise RuntimeError("timers")

    monkeypatch.setattr(Ticker, "run", broken)
    async with running(desk) as task, asyncio.timeout(10):
        with pytest.raises(ExceptionGroup):
            await task


@pytest.mark.parametrize(("module", "name"), [("alarms.service", "remind"), ("alarms.canary.keeper", "_through")])
async def test_L6_a_part_that_no_alarm_waits_for_ends_nothing_and_is_counted(
    live_town: Town, monkeypatch: pytest.MonkeyPatch, module: str, name: str
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError(name)

    monkeypatch.setattr(f"{module}.{name}", broken)
    before = failures()
    mail = Recorder()
    live_town.settings = live_town.settings.model_copy(update={"smtp": {"host": "x"}})
    async with running(Desk(live_town.database, live_town.clock, live_town.settings, [mail])) as task:
        await until(lambda: failures() > before)
        alarm = await asyncio.to_thread(live_town.press)
        await until(lambda: [page.alarm_id for page in mail.sent] == [alarm])
        assert not task.done()


def failures() -> float:
    samples = [sample for one in metrics.PART_FAILURES.collect() for sample in one.samples]
    return sum(sample.value for sample in samples if sample.name.endswith("_total"))
