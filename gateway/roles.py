"""One role in a process of its own. They meet in PostgreSQL only."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, Final

from alarms.service import Desk
from api.app import create_app
from gateway.canary import Canary
from gateway.instance import hold
from gateway.intake_role import IntakeRole
from gateway.schema_watch import watch_schema
from gateway.settings import Settings
from gateway.speaker import Speaker
from gateway.supervision import vital
from gateway.up import broker_of, open_database, publisher_of, reachable, stop_signals
from gateway.web import WebServer, listen
from store.clock import Clock, SystemClock
from store.database import Database
from store.errors import HemvaktError

_CLOCK: Final = SystemClock()


class AloneOnSqliteError(HemvaktError):
    """Roles run apart on PostgreSQL only; on SQLite `hemvakt up` runs all of them in one process."""


async def gateway(settings: Settings, clock: Clock = _CLOCK) -> None:
    """Run the intake until SIGINT or SIGTERM."""
    _require_shared(settings)
    with hold(settings.data_folder) as holder, open_database(settings) as database:
        async with broker_of(settings, database) as (address, _):
            intake = IntakeRole(database, clock, settings, address, holder=holder)
            canary = Canary(database, clock, intake, every_s=settings.desk.canary_every_s)
            publisher = publisher_of(settings, database, clock, intake)
            speaker = Speaker(database, clock, address)
            await _until_told(database, _together(intake.run(), canary.run(), publisher.run(), speaker.run()))


async def desk(settings: Settings, clock: Clock = _CLOCK) -> None:
    """Run the alarm desk until SIGINT or SIGTERM."""
    _require_shared(settings)
    with open_database(settings) as database:
        await _until_told(database, Desk(database, clock, settings.desk).run())


async def api(settings: Settings, clock: Clock = _CLOCK) -> None:
    """Serve the API and the console until SIGINT or SIGTERM."""
    _require_shared(settings)
    with listen(settings.host, settings.port) as listening, open_database(settings) as database:
        settings = reachable(settings, listening.getsockname()[1])
        web = WebServer(create_app(database, clock, settings.api, desk=settings.desk), listening)
        stopping = stop_signals()
        async with asyncio.TaskGroup() as group:
            server = group.create_task(vital("web", web.run(), deadly=True))
            watch = group.create_task(vital("schema", watch_schema(database), deadly=True))
            await stopping.wait()
            watch.cancel()
            web.stop()
            await asyncio.wait([server])


async def _together(*parts: Coroutine[Any, Any, None]) -> None:
    async with asyncio.TaskGroup() as group:
        for part in parts:
            group.create_task(part)


async def _until_told(database: Database, part: Awaitable[None]) -> None:
    stopping = stop_signals()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(vital("role", part, deadly=True))
        watch = group.create_task(vital("schema", watch_schema(database), deadly=True))
        await stopping.wait()
        watch.cancel()
        task.cancel()


def _require_shared(settings: Settings) -> None:
    if settings.database is None or settings.database.startswith("sqlite"):
        raise AloneOnSqliteError


Role = Callable[[Settings, Clock], Coroutine[Any, Any, None]]

#: Every role that runs by itself, by the name of its command.
ROLES: Final[Mapping[str, Role]] = {"gateway": gateway, "desk": desk, "api": api}
