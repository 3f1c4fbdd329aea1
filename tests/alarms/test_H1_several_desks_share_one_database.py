"""H1, E2: several desks on one database; one is killed, nothing is sent zero times, no timer fires twice."""

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from alarms.delivery import outbox
from alarms.escalation.timers import run_due
from alarms.service import Desk
from alarms.settings import DeskSettings
from store import tables
from store.clock import ManualClock, SystemClock
from store.database import Database
from tests.alarms.providers import until, webhook_server
from tests.alarms.town import SECRET, SETTINGS, Town, add_contact, populate

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.xdist_group("postgres"),
    pytest.mark.parametrize("database", ["postgresql"], indirect=True),
]
ROOT = Path(__file__).parents[2]
#: A desk of its own, with leases short enough to be taken over within the test.
CHANGED = {"webhook": {"secret": SECRET}, "page_lease_s": 1.5, "provider_timeout_s": 1.0, "page_concurrency": 4}
DESK = f"""
import asyncio, sys
from alarms.escalation.timers import run_due
from alarms.service import Desk
from alarms.settings import DeskSettings
from store.clock import SystemClock
from store.database import Database
print("up", flush=True)
asyncio.run(Desk(Database(sys.argv[1]), SystemClock(), DeskSettings.model_validate({CHANGED!r})).run())
"""


@pytest.fixture
def url(database: Database) -> str:
    database.write_now(populate)
    return database.url.render_as_string(hide_password=False)


@asynccontextmanager
async def desk(url: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", DESK, url, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    assert process.stdout is not None
    await process.stdout.readline()
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        process._transport.close()  # type: ignore[attr-defined]


async def test_H1_a_desk_is_killed_while_it_sends_and_the_other_sends_what_it_held(url: str) -> None:
    with Database(url) as database:
        town = Town(database, ManualClock(SystemClock().now()), DeskSettings.model_validate(CHANGED))
        async with webhook_server() as server, desk(url) as first, desk(url):
            server.mood = "hang"
            database.write_now(lambda c: c.execute(update(tables.rotation).values(turns=[["bo"]])))
            database.write_now(lambda c: add_contact(c, "bo", "webhook", server.url))
            presses = [town.finding(rule=f"rule-{number}") for number in range(20)]
            opened = (await asyncio.to_thread(lambda: town.record(*presses))).opened
            # More than one desk may have in flight: so both hold some.
            await until(lambda: len(server.posts) > 4)
            os.kill(first.pid, signal.SIGKILL)
            server.mood = "ok"
            unsent = select(tables.page.c.id).where(tables.page.c.state.in_(["pending", "leased"]))
            await until(lambda: database.read_now(lambda c: c.execute(unsent).all()) == [], 60)
            assert {post.data["alarm"] for post in server.posts} == set(opened)
            keys = {(post.data["alarm"], post.id) for post in server.posts}
            assert len(keys) == len(opened)


@pytest.mark.timeout(400)
async def test_H1_desks_are_killed_in_turn_under_load_and_nothing_is_sent_zero_times(url: str) -> None:
    with Database(url) as database:
        town = Town(database, ManualClock(SystemClock().now()), DeskSettings.model_validate(CHANGED))
        opened: set[int] = set()
        async with webhook_server() as server, desk(url) as first, desk(url) as second, desk(url):
            database.write_now(lambda c: c.execute(update(tables.rotation).values(turns=[["bo"]])))
            database.write_now(lambda c: add_contact(c, "bo", "webhook", server.url))
            for number in range(36):
                finding = town.finding(rule=f"rule-{number}")
                opened.update((await asyncio.to_thread(town.record, finding)).opened)
                server.mood = ("ok", "error", "vanish")[number % 3]
                if number in {12, 24}:
                    # Killed while a provider is at work for them, as far as that can be arranged.
                    os.kill((first if number == 12 else second).pid, signal.SIGKILL)
            server.mood = "ok"
            unsent = select(tables.page.c.id).where(tables.page.c.state.in_(["pending", "leased"]))
            await until(lambda: database.read_now(lambda c: c.execute(unsent).all()) == [], 200)
            assert len(opened) == 36
            assert {post.data["alarm"] for post in server.posts} == opened
            sent = select(tables.page.c.idempotency_key).where(
                tables.page.c.channel == "webhook", tables.page.c.state == "sent"
            )
            assert database.read_now(lambda c: set(c.scalars(sent))) <= {post.id for post in server.posts}


def test_E2_two_desks_that_look_at_the_same_timer_fire_it_once(url: str) -> None:
    with Database(url) as database, Database(url) as other:
        town = Town(database, ManualClock(SystemClock().now()))
        alarms = [town.press(rule=f"rule-{number}") for number in range(20)]
        now = town.now + timedelta(seconds=60)
        with ThreadPoolExecutor(8) as pool:
            futures = [
                pool.submit(one.write_now, lambda c: run_due(c, now, 7, SETTINGS)) for one in [database, other] * 8
            ]
            fired = sum(future.result() for future in futures)
        assert fired == len(alarms)
        actions = database.read_now(lambda c: c.execute(select(tables.audit.c.alarm_id, tables.audit.c.action)).all())
        assert Counter(tuple(row) for row in actions) == Counter(
            (alarm, action) for alarm in alarms for action in ("opened", "step_due")
        )


def test_H1_two_dispatchers_never_hold_the_same_page(url: str) -> None:
    with Database(url) as database, Database(url) as other:
        town = Town(database, ManualClock(SystemClock().now()))
        town.settings = town.settings.model_copy(update={"insistent_count": 100})
        for number in range(30):
            town.press(rule=f"rule-{number}")

        def claim(pair: tuple[Database, str]) -> list[int]:
            opened, name = pair
            pages = opened.write_now(
                lambda c: outbox.claim(c, "email", name, town.now, lease_s=20, limit=3, base_url="http://x")
            )
            return [page.id for page in pages]

        with ThreadPoolExecutor(8) as pool:
            held = [page for pages in pool.map(claim, [(database, "one"), (other, "two")] * 10) for page in pages]
        assert len(held) == len(set(held)) == 30


async def test_a_commit_in_one_process_wakes_a_desk_in_another(url: str) -> None:
    async with webhook_server() as server:
        with Database(url) as database, Database(url) as other:
            database.write_now(lambda c: add_contact(c, "stig", "webhook", server.url))
            running = asyncio.create_task(Desk(database, SystemClock(), DeskSettings.model_validate(CHANGED)).run())
            town = Town(other, ManualClock(SystemClock().now()), DeskSettings.model_validate(CHANGED))
            alarm = await asyncio.to_thread(lambda: town.press(subject="unknown"))
            await until(lambda: [post.data["alarm"] for post in server.posts] == [alarm])
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
