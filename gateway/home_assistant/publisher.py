"""Keeps what stands at the broker for Home Assistant as it is to be, and takes away what is not.

It compares what is retained there with what is to be, so that whatever an earlier life left behind goes, and whatever
is missing comes back. Nothing here is a promise to anybody: whatever goes wrong is tried again, and holds up no alarm.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import aiomqtt
import structlog
from sqlalchemy import Connection

from devices import sharing
from devices.sharing import ROOT, STATUS
from gateway.address import BrokerAddress
from gateway.home_assistant.latest import Latest
from gateway.home_assistant.shown import shown
from store.bell import ALARMS, ROSTER
from store.cancellation import heed_cancellation
from store.clock import Clock
from store.database import Database

log = structlog.get_logger(__name__)

_POLL_S: Final = 2.0
_IDLE_S: Final = 5.0
_PAUSE_S: Final = 5.0
#: Looks in a row that found nothing to do, before it is believed that the broker holds nothing more.
_QUIET: Final = 3


class Publisher:
    """Shows homes that have said yes for as long as it runs; ``enabled`` says whether the installation does at all."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        broker: BrokerAddress,
        *,
        enabled: bool,
        is_on_duty: Callable[[], bool] = lambda: True,
    ) -> None:
        """Of several gateways the one that ``is_on_duty`` does this."""
        self._is_on_duty = is_on_duty
        self._database, self._clock, self._broker, self._enabled = database, clock, broker, enabled
        #: What is retained at the broker, as far as it has been heard or said.
        self._there: dict[str, bytes] = {}
        self._latest = Latest()

    async def run(self) -> None:
        """Work until cancelled. While no home has said yes nothing connects."""
        with self._database.bell.listen(ROSTER) as news:
            while True:
                try:
                    homes = await self._database.read(sharing.listed)
                    if homes and self._is_on_duty():
                        await self._session()
                        if not self._enabled:
                            return
                except Exception as error:  # noqa: BLE001 - whatever it is, the gateway beside it must go on
                    log.warning("home_assistant_is_not_served", problem=type(error).__name__)
                    await asyncio.sleep(_PAUSE_S)
                heed_cancellation()
                await news.wait(_IDLE_S)

    async def _session(self) -> None:
        """Keep the broker up to date until nothing is to be shown and nothing is left."""
        self._there.clear()
        async with self._connected() as client:
            hearing = asyncio.create_task(self._hear(client), name="home assistant")
            status = b"offline"
            try:
                await self._keep(client, hearing)
                status = b""
            finally:
                hearing.cancel()
                with suppress(asyncio.CancelledError, aiomqtt.MqttError):
                    await hearing
                # Whoever leaves in order leaves no will behind.
                with suppress(aiomqtt.MqttError):
                    await client.publish(STATUS, status, qos=1, retain=True, timeout=2)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[aiomqtt.Client]:
        async with aiomqtt.Client(
            self._broker.host,
            self._broker.port,
            identifier="hemvakt-home-assistant",
            username=self._broker.user,
            password=self._broker.password,
            tls_context=self._broker.context(),
            will=aiomqtt.Will(STATUS, b"offline", qos=1, retain=True),
        ) as client:
            await client.subscribe(f"{ROOT}/#", qos=1)
            yield client

    async def _hear(self, client: aiomqtt.Client) -> None:
        async for message in client.messages:
            topic = str(message.topic)
            if topic == STATUS:
                continue
            if message.payload:
                self._there[topic] = bytes(message.payload)
            else:
                self._there.pop(topic, None)

    async def _keep(self, client: aiomqtt.Client, hearing: asyncio.Task[None]) -> None:
        quiet = 0
        await _say(client, STATUS, b"online")
        with self._database.bell.listen(ROSTER) as roster, self._database.bell.listen(ALARMS) as alarms:
            while True:
                if hearing.done():
                    # The connection is gone, and says so here.
                    hearing.result()
                    return
                looked_at = self._clock.now()
                wanted = await self._database.read(partial(self._wanted, now=looked_at))
                quiet = 0 if await self._bring(client, wanted) else quiet + 1
                if quiet >= _QUIET:
                    await self._forget(looked_at - timedelta(seconds=_QUIET * _POLL_S))
                    if not wanted:
                        return
                waits = [asyncio.create_task(bell.wait(_POLL_S)) for bell in (roster, alarms)]
                try:
                    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    for wait in waits:
                        wait.cancel()

    async def _forget(self, before: datetime) -> None:
        """Forget homes that were ended so long ago that all looks since then knew it."""
        homes = await self._database.read(sharing.listed)
        if any(one.ended_at is not None and one.ended_at < before for one in homes):
            await self._database.write(lambda connection: sharing.forget_ended(connection, before))

    def _wanted(self, connection: Connection, now: datetime) -> dict[str, bytes]:
        homes = [one for one in sharing.listed(connection) if self._enabled and one.ended_at is None]
        self._latest.read(connection, [one.home_id for one in homes], now)
        return shown(connection, homes, self._latest)

    async def _bring(self, client: aiomqtt.Client, wanted: dict[str, bytes]) -> bool:
        """Say what is missing and take away what is too much; tell whether there was any of it."""
        changes = {topic: payload for topic, payload in wanted.items() if self._there.get(topic) != payload}
        changes |= {topic: b"" for topic in self._there if topic not in wanted}
        for topic, payload in changes.items():
            await _say(client, topic, payload)
            if payload:
                self._there[topic] = payload
            else:
                self._there.pop(topic, None)
        return bool(changes)


async def _say(client: aiomqtt.Client, topic: str, payload: bytes) -> None:
    await client.publish(topic, payload, qos=1, retain=True, timeout=10)
    # ``asyncio.wait_for`` of Python 3.11, in which aiomqtt waits, can forget a cancellation (python/cpython#86296).
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
