"""The loop that lets timers fire. It holds none itself: the database says what is due, a wait only when to look."""

from datetime import datetime, timedelta
from functools import partial

import structlog

from alarms import metrics
from alarms.escalation import timers
from alarms.escalation.timekeeping import follow, note, was_set_back
from alarms.settings import DeskSettings
from store.bell import ALARMS
from store.clock import Clock
from store.database import Database

log = structlog.get_logger(__name__)

_BATCH = 500
_POLL_S = 1.0
#: How often the time is written down that a desk goes by.
_NOTE = timedelta(seconds=5)
#: What could not be done for one alarm is tried again after this.
_AGAIN = timedelta(seconds=30)


class Ticker:
    """Fires timers as they become due, in passes."""

    def __init__(self, database: Database, clock: Clock, settings: DeskSettings) -> None:
        self._database, self._clock, self._settings = database, clock, settings
        self._latest: datetime | None = None
        self._noted: datetime | None = None

    async def run(self) -> None:
        """Fire for ever."""
        with self._database.bell.listen(ALARMS) as news:
            while True:
                due = await self.tick()
                until = (due - self._clock.now()).total_seconds() if due is not None else _POLL_S
                if until > 0:
                    await news.wait(min(until, _POLL_S))

    async def tick(self) -> datetime | None:
        """Make one pass; return when the next timer is due."""
        now = self._clock.now()
        await self._notice_clock(now)
        due = await self._database.read(timers.next_due)
        if due is None or due > now:
            return due
        try:
            fired = await self._database.write(
                lambda connection: timers.run_due(connection, now, _BATCH, self._settings)
            )
        except Exception:
            log.exception("timers_failed_together")
            fired = await self._one_by_one(now)
        metrics.TIMERS_FIRED.inc(fired)
        return await self._database.read(timers.next_due)

    async def _one_by_one(self, now: datetime) -> int:
        """Fire each alarm's timers by themselves, so that one that cannot be handled holds up nobody else's.

        When not even its postponement can be written the database is at fault, and that ends the process.
        """
        fired = 0
        for number in await self._database.read(lambda connection: timers.due_alarms(connection, now, _BATCH)):
            alone = partial(timers.run_due, now=now, settings=self._settings, only=number)
            try:
                fired += await self._database.write(alone)
            except Exception:
                log.exception("timer_failed", alarm=number)
                metrics.TIMERS_FAILED.inc()
                await self._database.write(partial(timers.postpone, alarm_id=number, until=now + _AGAIN))
        return fired

    async def _notice_clock(self, now: datetime) -> None:
        """Nobody waits longer because a clock was set back: what is due moves with it."""
        latest, self._latest = self._latest, now
        if latest is None or was_set_back(now, latest):
            by = await self._database.write(partial(follow, now=now, latest=latest))
            self._noted = now
            if by:
                log.warning("clock_set_back", seconds=by.total_seconds())
        elif self._noted is None or now - self._noted >= _NOTE:
            await self._database.write(partial(note, now=now))
            self._noted = now
