"""The running desk."""

import asyncio
import logging
import os
import socket
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import structlog

from alarms import metrics
from alarms.canary import retention
from alarms.canary.keeper import LOOK_S, Keeper
from alarms.canary.sink import Sink
from alarms.channel import Channel, kinds
from alarms.delivery.dispatcher import Dispatcher
from alarms.escalation.ticker import Ticker
from alarms.lookout import look_ahead, tell
from alarms.reminders import remind
from alarms.settings import DeskSettings
from alarms.watch import Watch
from store.clock import Clock
from store.database import Database
from store.outages import through_outages

log = structlog.get_logger(__name__)

#: How often devices that were never tested are looked for.
_REMIND_S = 600.0
#: How often old flights of the canary are taken away.
_THIN_S = 600.0
#: How often it is asked whether it is time to look at the duty ahead: once a day, and soon after a change.
_LOOK_AHEAD_S = 60.0


class Desk:
    """Escalates, sends and watches itself, on a database that other desks may share.

    Everything it knows is in the database: a desk that is killed at any instruction leaves nothing undone that another,
    or itself after a restart, does not find there.
    """

    def __init__(
        self, database: Database, clock: Clock, settings: DeskSettings, channels: Sequence[Channel] | None = None
    ) -> None:
        """``channels`` replaces those that the settings set up."""
        # httpx logs whole URLs, and those of webhooks and of the dead-man's switch are secrets.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        self.instance = f"{socket.gethostname()}:{os.getpid()}"[:64]
        self._database, self._clock, self._settings, self._channels = database, clock, settings, channels
        self._keeper = Keeper(database, clock, settings)
        self._watch = Watch(database, clock, settings, self.instance)

    async def run(self) -> None:
        """Run until cancelled.

        An exception in a part that alarms wait for (timers, pages, watch) ends all of it: a supervisor starts a whole
        desk again. A database that restarts ends all parts too, and they begin anew here as soon as it answers.
        """
        self._database.hear_others()
        await through_outages("desk", self._live)

    async def _live(self) -> None:
        channels = self._channels
        if channels is None:
            channels = [kind(self._settings) for kind in kinds() if kind.configured(self._settings)]
        if Sink.configured(self._settings):
            channels = [*channels, Sink(self._settings)]
        ticker = Ticker(self._database, self._clock, self._settings)
        dispatcher = Dispatcher(self._database, self._clock, self._settings, channels, self.instance)
        async with asyncio.TaskGroup() as group:
            group.create_task(ticker.run(), name="desk timers")
            group.create_task(dispatcher.run(), name="desk dispatcher")
            group.create_task(self._watch.run(), name="desk watch")
            group.create_task(_again_and_again("reminders", self._remind, _REMIND_S), name="desk reminders")
            if self._settings.look_ahead:
                group.create_task(_again_and_again("coverage", self._look_ahead, _LOOK_AHEAD_S), name="desk coverage")
            if self._settings.canary_every_s > 0:
                group.create_task(_again_and_again("canary", self._keeper.look, LOOK_S), name="desk canary")
                group.create_task(_again_and_again("retention", self._thin, _THIN_S), name="desk retention")

    async def _remind(self) -> None:
        await self._database.write(partial(remind, now=self._clock.now(), settings=self._settings))

    async def _look_ahead(self) -> None:
        now, settings = self._clock.now(), self._settings
        look = await self._database.read(partial(look_ahead, now=now, settings=settings))
        if look is not None:
            await self._database.write(partial(tell, look=look, now=now, settings=settings))

    async def _thin(self) -> None:
        await self._database.write(partial(retention.thin, now=self._clock.now()))

    def well(self) -> bool:
        """Tell whether the desk looked at itself a moment ago and found no alarm forgotten and nothing late."""
        return self._watch.well()


async def _again_and_again(part: str, work: Callable[[], Awaitable[None]], pause_s: float) -> None:
    """Do ``work`` for ever. No alarm waits for this part of the desk, so its failure ends nothing; it is counted."""
    while True:
        try:
            await work()
        except Exception:
            metrics.PART_FAILURES.labels(part).inc()
            log.exception("desk_part_failed", part=part)
        await asyncio.sleep(pause_s)
