"""One channel's way out: claims its pages, sends several at once, records what the provider said."""

import asyncio
from datetime import datetime

import structlog
from sqlalchemy import Connection

from alarms import metrics
from alarms.channel import Channel, Page, Receipt, Result
from alarms.delivery import outbox
from alarms.settings import DeskSettings
from store.bell import PAGES
from store.clock import Clock
from store.database import Database

log = structlog.get_logger(__name__)

#: Looks at the database at least this often, should a ring get lost.
_POLL_S = 1.0
#: Looks again after this when what is due was held by somebody else.
_HELD_S = 0.01


class Lane:
    """Sends the pages of one channel. It shares nothing with other lanes, so one that hangs holds up none of them."""

    def __init__(
        self, database: Database, clock: Clock, settings: DeskSettings, channel: Channel, instance: str
    ) -> None:
        self._database, self._clock, self._settings = database, clock, settings
        self._channel, self._instance = channel, instance
        self._flying: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Send for ever."""
        try:
            with self._database.bell.listen(PAGES) as news:
                async with asyncio.TaskGroup() as sends:
                    while True:
                        until = await self._send_due(sends)
                        if until > 0:
                            await news.wait(min(until, _POLL_S))
        finally:
            await self._channel.aclose()

    async def _send_due(self, sends: asyncio.TaskGroup) -> float:
        """Claim what is due, as much as there is room for, and start sending it; return seconds until the next look."""
        while len(self._flying) >= self._settings.page_concurrency:
            await asyncio.wait(self._flying, return_when=asyncio.FIRST_COMPLETED)
        room = self._settings.page_concurrency - len(self._flying)
        now = self._clock.now()
        due = await self._database.read(self._next_due)
        if due is None:
            return _POLL_S
        if due > now:
            return (due - now).total_seconds()

        def claim(connection: Connection) -> list[Page]:
            return outbox.claim(
                connection,
                self._channel.name,
                self._instance,
                now,
                lease_s=self._settings.page_lease_s,
                limit=room,
                base_url=self._settings.base_url,
            )

        claimed = await self._database.write(claim, aside=True)
        for page in claimed:
            task = sends.create_task(self._deliver(page))
            self._flying.add(task)
            task.add_done_callback(self._flying.discard)
        # What is due and cannot be claimed is in the hands of another transaction for a moment.
        return 0.0 if claimed else _HELD_S

    async def _deliver(self, page: Page) -> None:
        with metrics.ATTEMPT_SECONDS.labels(self._channel.name).time():
            receipt = await self._attempt(page)
        metrics.ATTEMPTS.labels(self._channel.name, receipt.result.value).inc()
        if receipt.result is not Result.ACCEPTED:
            log.warning(
                "page_not_accepted",
                channel=self._channel.name,
                page=page.id,
                alarm=page.alarm_id,
                attempt=page.attempt,
                result=receipt.result.value,
                detail=receipt.detail,
            )
        now = self._clock.now()
        await self._database.write(
            lambda connection: outbox.finish(connection, page, self._instance, receipt, now), aside=True
        )

    async def _attempt(self, page: Page) -> Receipt:
        try:
            async with asyncio.timeout(self._settings.provider_timeout_s):
                return await self._channel.send(page)
        except TimeoutError:
            return Receipt(Result.UNKNOWN, "no answer in time")
        except Exception as error:  # noqa: BLE001 - whatever a provider's library does, the page is tried again
            return Receipt(Result.UNKNOWN, type(error).__name__)

    def _next_due(self, connection: Connection) -> datetime | None:
        return outbox.next_due(connection, self._channel.name)
