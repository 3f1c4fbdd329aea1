"""Keeps the embedded broker's users as the devices are registered."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial

import structlog
from sqlalchemy import Connection

from devices import identity, sharing
from devices.family import families
from devices.identity import Identity, load
from gateway.broker.embedded import EmbeddedBroker
from store.bell import ROSTER
from store.clock import Clock, SystemClock
from store.database import Database
from store.roster_version import version

log = structlog.get_logger(__name__)

#: A command in another process rings no bell here.
_POLL_S = 2.0


def read_identities(connection: Connection) -> list[Identity]:
    """Return the identities of all devices, and of what homes read of themselves."""
    return [*load(connection, families()), *sharing.readers(connection)]


@asynccontextmanager
async def following(database: Database, broker: EmbeddedBroker, clock: Clock | None = None) -> AsyncIterator[None]:
    """Hand changes of identities to the broker for as long as the block, and end former ones in time."""
    clock = clock or SystemClock()

    async def follow() -> None:
        with database.bell.listen(ROSTER) as news:
            seen: int | None = None
            while True:
                try:
                    now = clock.now()
                    if await database.read(partial(identity.has_ended, now=now)):
                        await database.write(partial(identity.forget_former, now=now))
                    known = await database.read(version)
                    if known != seen:
                        broker.use(await database.read(read_identities))
                        seen = known
                except Exception:
                    # No alarm may end because a file could not be written or the database is away.
                    log.exception("broker_identities_not_taken_up")
                await news.wait(_POLL_S)

    task = asyncio.create_task(follow(), name="broker identities")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
