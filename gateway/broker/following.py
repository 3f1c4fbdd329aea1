"""Keeps the embedded broker's users as the devices are registered."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from sqlalchemy import Connection

from devices import sharing
from devices.family import families
from devices.identity import Identity, load
from gateway.broker.embedded import EmbeddedBroker
from store.bell import ROSTER
from store.database import Database
from store.outages import through_outages
from store.roster_version import version

#: A command in another process rings no bell here.
_POLL_S = 2.0


def read_identities(connection: Connection) -> list[Identity]:
    """Return the identities of all devices, and of what homes read of themselves."""
    return [*load(connection, families()), *sharing.readers(connection)]


@asynccontextmanager
async def following(database: Database, broker: EmbeddedBroker) -> AsyncIterator[None]:
    """Hand changes of identities to the broker for as long as the block."""

    async def follow() -> None:
        with database.bell.listen(ROSTER) as news:
            seen: int | None = None
            while True:
                known = await database.read(version)
                if known != seen:
                    broker.use(await database.read(read_identities))
                    seen = known
                await news.wait(_POLL_S)

    task = asyncio.create_task(through_outages("identities", follow), name="broker identities")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
