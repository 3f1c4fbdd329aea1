"""The intake as a role: link, queue and worker, started in the right order and stopped in the reverse one."""

import asyncio
import time
from collections.abc import Mapping

import structlog
from sqlalchemy import Connection, delete, insert, select

from devices import discovery
from devices.family import families, topic_filters
from gateway import concerns
from gateway.address import BrokerAddress
from gateway.arrivals import Arrivals
from gateway.link import Link
from gateway.reading import Reader
from gateway.rosters import load
from gateway.settings import Settings
from gateway.supervision import in_thread
from gateway.worker import TICK_S, Duty, Worker
from rules.registry import all_rules
from store.bell import ROSTER
from store.clock import Clock
from store.database import Database
from store.outages import through_outages
from store.roster_version import version
from store.tables import meta

log = structlog.get_logger(__name__)

_SESSION = "mqtt_session"
#: How often the roster is looked at when nobody rings.
_ROSTER_S = 5.0
#: A worker whose last turn is longer ago than this hangs.
_STALLED_S = 10.0


class IntakeRole:
    """Reads from the broker and writes to the database, until cancelled."""

    def __init__(
        self, database: Database, clock: Clock, settings: Settings, broker: BrokerAddress, *, holder: str
    ) -> None:
        self._database, self._settings = database, settings
        self._clock = clock
        self._ready = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop
        self.arrivals = Arrivals(clock, capacity=settings.intake.queue, capacity_bytes=settings.intake.queue_bytes)
        known = database.read_now(_known_session)
        self._session = f"{settings.mqtt.client_id} {broker}"
        self.link = Link(
            broker,
            topic_filters(families()),
            self.arrivals,
            client_id=settings.mqtt.client_id,
            # A broker whose access rules were written before there was discovery must not keep the gateway out.
            spare=discovery.FILTERS,
            known_session=known == self._session,
            on_session=self._on_session,
        )
        self.worker = Worker(
            database,
            clock,
            self.arrivals,
            self.link,
            Duty(
                rules=all_rules(),
                reader=Reader(families(), largest=settings.intake.largest),
                settings=settings.intake,
                desk=settings.desk,
                zone=settings.zone,
                holder=holder,
            ),
            on_ready=self._worker_is_ready,
        )

    async def run(self) -> None:
        """Work until cancelled; an exception in any thread ends it."""
        self._loop = asyncio.get_running_loop()
        self._database.hear_others()
        async with asyncio.TaskGroup() as group:
            worker = group.create_task(in_thread("worker", self.worker.run, self.worker.stop))
            # Only who holds the lease may connect: a second session of the same name would throw out the first.
            await self._ready.wait()
            link = group.create_task(in_thread("link", self.link.run, self.link.close))
            group.create_task(through_outages("roster", self._watch_roster))
            try:
                await asyncio.Event().wait()
            finally:
                # The worker first: what it has committed the link can still acknowledge.
                worker.cancel()
                await asyncio.wait([worker])
                link.cancel()

    def checks(self) -> Mapping[str, str]:
        """Return what is wrong, by part; empty where nothing is."""
        stalled = time.monotonic() - self.worker.turned_at > _STALLED_S
        worker = self.worker.trouble or ("starting" if not self.worker.ready.is_set() else "stalled" if stalled else "")
        return {"broker": "" if self.link.up.is_set() else self.link.last_error or "connecting", "worker": worker}

    async def _watch_roster(self) -> None:
        with self._database.bell.listen(ROSTER) as news:
            while True:
                await news.wait(_ROSTER_S)
                current = await self._database.read(version)
                if current != self.worker.roster_version:
                    self.worker.offer_roster(await self._database.read(lambda c: load(c, self._settings.zone)))
                    await asyncio.sleep(TICK_S)

    def _worker_is_ready(self) -> None:
        self._loop.call_soon_threadsafe(self._ready.set)

    def _on_session(self, lost: bool) -> None:
        if lost:
            log.error("broker_forgot_session")
            self.worker.concern(concerns.session_lost(str(self.link.address), self._clock.now()))
        if self.link.generation == 1:
            self._database.submit(lambda c: _remember_session(c, self._session))


def _known_session(connection: Connection) -> str | None:
    return connection.scalar(select(meta.c.value).where(meta.c.name == _SESSION))


def _remember_session(connection: Connection, session: str) -> None:
    connection.execute(delete(meta).where(meta.c.name == _SESSION))
    connection.execute(insert(meta), {"name": _SESSION, "value": session})
