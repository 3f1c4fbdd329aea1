"""E1: a page does not wait behind presses that queue for the desk's lock: it is claimed and sent beside them."""

import asyncio
import threading
from collections.abc import Iterator
from typing import ClassVar

import pytest
from sqlalchemy import Connection

from alarms import audit
from alarms.channel import Page, Receipt, Result
from alarms.delivery.lane import Lane
from alarms.settings import DeskSettings
from store.clock import ManualClock
from store.database import Database
from store.schema import migrate
from tests.alarms.town import SETTINGS, Town, populate
from tests.conftest import fresh_postgres

pytestmark = [pytest.mark.postgres, pytest.mark.xdist_group("postgres")]


class Provider:
    """Says when it was handed a page."""

    name: ClassVar[str] = "email"
    stored: ClassVar[bool] = False
    secondary: ClassVar[bool] = False
    rings: ClassVar[bool] = False

    def __init__(self, settings: DeskSettings = SETTINGS) -> None:
        self.settings = settings
        self.sent = asyncio.Event()

    @classmethod
    def configured(cls, settings: DeskSettings) -> bool:
        return settings.smtp is not None

    async def send(self, page: Page) -> Receipt:
        self.sent.set()
        return Receipt(Result.ACCEPTED, reference=str(page.id))

    async def aclose(self) -> None:
        """Have nothing open."""


@pytest.fixture
def postgres(postgres_server: str, request: pytest.FixtureRequest) -> Iterator[Database]:
    with Database(fresh_postgres(postgres_server, request.node.name)) as opened:
        migrate(opened)
        opened.write_now(populate)
        yield opened


async def test_E1_a_page_is_sent_while_every_writer_waits_for_the_lock(postgres: Database, clock: ManualClock) -> None:
    Town(postgres, clock).press()
    held, done = threading.Event(), threading.Event()

    def hold(connection: Connection) -> None:
        audit.lock(connection)
        held.set()
        assert done.wait(60)

    provider = Provider()
    lane = asyncio.create_task(Lane(postgres, clock, SETTINGS, provider, "here").run())
    holder = postgres.submit(hold)
    await asyncio.to_thread(held.wait, 60)
    waiting = [postgres.submit(audit.lock) for _ in range(50)]
    try:
        async with asyncio.timeout(60):
            await provider.sent.wait()
        assert not any(one.done() for one in waiting)
    finally:
        done.set()
        lane.cancel()
        await asyncio.gather(lane, return_exceptions=True)
    assert holder.result(60) is None
    assert len([one.result(60) for one in waiting]) == 50
