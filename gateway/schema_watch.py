"""Notices when a newer version has migrated the database so that this one may no longer work with it (invariant H2)."""

import asyncio

from store.database import Database
from store.outages import through_outages
from store.schema import require_workable

_EVERY_S = 5.0


async def watch_schema(database: Database) -> None:
    """Look for ever. Raises WrongSchemaError, which says what to do."""

    async def look_on() -> None:
        while True:
            await database.read(require_workable)
            await asyncio.sleep(_EVERY_S)

    await through_outages("schema", look_on)
