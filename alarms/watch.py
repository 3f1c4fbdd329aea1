"""The desk watches itself: it looks for forgotten alarms, tells Prometheus, writes its pulse, feeds the watcher."""

import asyncio
from datetime import datetime

import httpx
import structlog
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from alarms import auditor, metrics
from alarms.auditor import Health
from alarms.lifecycle.states import UNCLOSED
from alarms.settings import DeskSettings
from rules.base import AlarmClass
from store.clock import Clock
from store.database import Database
from store.tables import heartbeat

log = structlog.get_logger(__name__)

ROLE = "desk"


class Watch:
    """Looks every few seconds. ``health`` is what it saw last, ``looked_at`` when."""

    def __init__(self, database: Database, clock: Clock, settings: DeskSettings, instance: str) -> None:
        self._database, self._clock, self._settings, self._instance = database, clock, settings, instance
        self._since = clock.now()
        self.health: Health | None = None
        self.looked_at: datetime | None = None

    async def run(self) -> None:
        """Watch for ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._look_on())
            if self._settings.dead_man_url is not None:
                group.create_task(self._feed_on(self._settings.dead_man_url.get_secret_value()))

    async def look(self) -> Health:
        """Inspect once, and leave what was seen in metrics, log and pulse."""
        now = self._clock.now()
        health = await self._database.read(
            lambda connection: auditor.inspect(connection, now, self._settings, self._since)
        )
        self.health, self.looked_at = health, now
        _measure(health)
        if not health.well(self._settings):
            log.error(
                "desk_not_well",
                forgotten=health.forgotten[:20],
                timer_lag_s=health.timer_lag_s,
                page_lag_s=health.page_lag_s,
                canary_s=health.canary_s,
            )
        await self._database.write(lambda connection: _beat(connection, self._instance, now, health))
        return health

    def well(self) -> bool:
        """Tell whether the last look was recent and found all well."""
        if self.health is None or self.looked_at is None:
            return False
        age = (self._clock.now() - self.looked_at).total_seconds()
        return age <= 3 * self._settings.audit_every_s and self.health.well(self._settings)

    async def _look_on(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(self._settings.audit_every_s)

    async def _feed_on(self, url: str) -> None:
        async with httpx.AsyncClient(timeout=10) as client:
            while True:
                if self.well():
                    await _feed(client, url)
                await asyncio.sleep(self._settings.dead_man_every_s)


async def _feed(client: httpx.AsyncClient, url: str) -> None:
    try:
        answer = await client.get(url)
        answer.raise_for_status()
    except httpx.HTTPError as error:
        # The watcher will miss it and call somebody, which is its purpose. The URL is a secret and is not logged.
        log.warning("dead_man_not_fed", problem=type(error).__name__)
    else:
        metrics.DEAD_MAN_FED.inc()


def _measure(health: Health) -> None:
    metrics.FORGOTTEN.set(len(health.forgotten))
    metrics.TIMER_LAG.set(health.timer_lag_s)
    metrics.PAGE_LAG.set(health.page_lag_s)
    metrics.CANARY_LATENESS.set(health.canary_s)
    for alarm_class in AlarmClass:
        for handling in UNCLOSED:
            count = health.open_alarms.get((alarm_class.value, handling.value), 0)
            metrics.OPEN_ALARMS.labels(alarm_class.value, handling.value).set(count)


def _beat(connection: Connection, instance: str, now: datetime, health: Health) -> None:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    detail = {
        "forgotten": len(health.forgotten),
        "timer_lag_s": round(health.timer_lag_s, 3),
        "page_lag_s": round(health.page_lag_s, 3),
    }
    statement = dialect.insert(heartbeat).values(role=ROLE, instance=instance, at=now, detail=detail)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[heartbeat.c.role, heartbeat.c.instance], set_={"at": now, "detail": detail}
        )
    )
