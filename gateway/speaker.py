"""Says to devices what is kept for them (``devices/downlink``), over a session of its own.

It shares neither connection nor thread with the intake, so nothing it does delays an alarm. All it knows is in the
database: one that is killed has only delayed a word, and several may run.
"""

import asyncio
import secrets
from collections import Counter
from collections.abc import Sequence
from typing import Final

import aiomqtt
import structlog
from sqlalchemy import Connection

from devices.downlink import queue
from devices.downlink.kinds import MANNERS, Down
from devices.downlink.queue import Due
from devices.family import families
from gateway import metrics
from gateway.address import BrokerAddress
from store.bell import DOWNLINK
from store.cancellation import heed_cancellation
from store.clock import Clock
from store.database import Database

log = structlog.get_logger(__name__)

_AT_ONCE: Final = 100
_PUBLISH_S: Final = 10.0
#: Looks at the database at least this often, should a ring get lost.
_POLL_S: Final = 1.0
_PAUSES_S: Final = (0.2, 0.5, 1.0, 2.0, 5.0)


class Speaker:
    """Runs beside the intake of each gateway."""

    def __init__(self, database: Database, clock: Clock, broker: BrokerAddress) -> None:
        self._database, self._clock, self._broker = database, clock, broker
        self._families = {family.name: family for family in families()}
        self._failures = 0

    async def run(self) -> None:
        """Speak until cancelled. Whatever goes wrong is tried again: the gateway beside it must go on."""
        self._database.hear_others()
        while True:
            try:
                await self._session()
            except Exception as error:
                if not self._failures:
                    log.warning("speaker_is_silent", broker=str(self._broker), exc_info=error)
                self._failures += 1
            heed_cancellation()
            await asyncio.sleep(_PAUSES_S[min(self._failures, len(_PAUSES_S) - 1)])

    async def _session(self) -> None:
        async with self._client() as client:
            self._failures = 0
            with self._database.bell.listen(DOWNLINK) as news:
                while True:
                    heed_cancellation()
                    if not await self._say_due(client):
                        await news.wait(_POLL_S)

    def _client(self) -> aiomqtt.Client:
        return aiomqtt.Client(
            self._broker.host,
            self._broker.port,
            username=self._broker.user,
            password=self._broker.password,
            tls_context=self._broker.context(),
            identifier=f"hemvakt-speaker-{secrets.token_hex(4)}",
            max_inflight_messages=_AT_ONCE,
        )

    async def _say_due(self, client: aiomqtt.Client) -> bool:
        """Say what is due, as much as goes at once; tell whether there was any."""
        now = self._clock.now()
        due = await self._database.read(lambda connection: queue.next_due(connection, now))
        if due is None or due > now:
            await self._count()
            return False

        def take(connection: Connection) -> tuple[Counter[Down], list[Due]]:
            return queue.expire(connection, now), queue.claim(connection, now, limit=_AT_ONCE)

        expired, words = await self._database.write(take, aside=True)
        for kind, number in expired.items():
            metrics.DOWNLINK.labels(kind.value, "expired").inc(number)
        await self._say(client, words)
        return bool(words)

    async def _say(self, client: aiomqtt.Client, words: Sequence[Due]) -> None:
        done = 0
        try:
            for word in words:
                await self._publish(client, word)
                done += 1
        finally:
            # Also when this task is told to end: what the broker did not get is due at once, for whoever speaks next.
            await asyncio.shield(self._settle(words[:done], words[done:]))

    async def _publish(self, client: aiomqtt.Client, word: Due) -> None:
        family = self._families.get(word.address.family)
        request = None if family is None else family.request(word.address, word.kind.value, word.said)
        if request is not None:
            topic, payload = request
            await client.publish(topic, payload, qos=MANNERS[word.kind].qos, timeout=_PUBLISH_S)
            heed_cancellation()
            metrics.DOWNLINK.labels(word.kind.value, "said").inc()

    async def _settle(self, said: Sequence[Due], unsaid: Sequence[Due]) -> None:
        once = [word for word in said if not MANNERS[word.kind].until_heard]
        if not once and not unsaid:
            return
        now = self._clock.now()

        def work(connection: Connection) -> None:
            queue.said(connection, once)
            queue.unsaid(connection, unsaid, now)

        await self._database.write(work, aside=True)

    async def _count(self) -> None:
        waiting = await self._database.read(queue.waiting)
        for kind in (kind for kind, manner in MANNERS.items() if manner.kept):
            metrics.DOWNLINK_WAITING.labels(kind.value).set(waiting.get(kind.value, 0))
