"""Sends pages: one lane for each channel, side by side."""

import asyncio
from collections.abc import Sequence

from alarms.channel import Channel
from alarms.delivery.lane import Lane
from alarms.settings import DeskSettings
from store.clock import Clock
from store.database import Database


class Dispatcher:
    """Runs the lanes; several dispatchers, in several processes, may run on one database."""

    def __init__(
        self, database: Database, clock: Clock, settings: DeskSettings, channels: Sequence[Channel], instance: str
    ) -> None:
        self._lanes = [Lane(database, clock, settings, channel, instance) for channel in channels if not channel.stored]

    async def run(self) -> None:
        """Send for ever; an exception in one lane, other than a provider's, ends all."""
        async with asyncio.TaskGroup() as group:
            for lane in self._lanes:
                group.create_task(lane.run())
            # Without any lane there is still nothing to return from.
            await asyncio.get_running_loop().create_future()
