"""Everything in one process: broker, intake, alarm desk, console."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

import structlog

from alarms.service import Desk
from api.accounts import first_start_link, link_url
from api.app import create_app
from gateway.address import BrokerAddress
from gateway.broker.embedded import EmbeddedBroker
from gateway.broker.following import following, read_identities
from gateway.canary import Canary
from gateway.home_assistant.publisher import Publisher
from gateway.hub_child import HubChild
from gateway.instance import hold
from gateway.intake_role import IntakeRole
from gateway.schema_watch import watch_schema
from gateway.settings import Settings, with_overrides
from gateway.speaker import Speaker
from gateway.supervision import vital
from gateway.tls.certificates import Certificates, names_here
from gateway.tls.listening import certificates_of, require_encryption, with_public_names
from gateway.tls.renewing import renewing
from gateway.web import WebServer, listen
from store.clock import Clock, SystemClock
from store.database import Database
from store.outages import wait_for
from store.schema import migrate, require_current

log = structlog.get_logger(__name__)

#: A supervisor waits longer before each of its attempts; so at first the waiting is done here.
_PATIENCE_S = 60.0


@dataclass(frozen=True)
class Running:
    """What ``up`` started, for whoever waits beside it."""

    settings: Settings
    database: Database
    intake: IntakeRole
    broker: EmbeddedBroker | None
    #: One-time link for the first administrator, when there is none yet.
    first_link: str | None
    certificates: Certificates | None = None
    #: The home hub beside the gateway, when the settings name its file.
    hub: HubChild | None = None


def open_database(settings: Settings) -> Database:
    """Open the database. The built-in one is brought up to date; a server's must be current (``hemvakt migrate``).

    A server that does not answer yet is waited for. Raises WrongSchemaError, NotDurableError,
    UnsupportedDatabaseError, SecretFileError.
    """
    url = settings.database_url()
    database = wait_for(lambda: Database(url), _PATIENCE_S)
    if settings.database is None:
        migrate(database)
    else:
        require_current(database)
    return database


@asynccontextmanager
async def broker_of(
    settings: Settings, database: Database, certificates: Certificates | None = None
) -> AsyncIterator[tuple[BrokerAddress, EmbeddedBroker | None]]:
    """Yield the broker to use, our own unless the settings name one."""
    if settings.mqtt.url is not None:
        yield settings.mqtt.address(settings.mqtt.url), None
        return
    own = EmbeddedBroker(
        settings.data_folder / "broker",
        host=settings.mqtt.host,
        port=settings.mqtt.port,
        identities=database.read_now(read_identities),
        shared=settings.mqtt.shared_user,
        certificates=certificates,
    )
    async with own.running(), following(database, own):
        yield own.address, own


async def up(
    settings: Settings,
    *,
    started: Callable[[Running], None],
    clock: Clock | None = None,
    stopping: asyncio.Event | None = None,
    deadly: bool = True,
) -> None:
    """Run until SIGINT or SIGTERM, or until ``stopping`` is set.

    Whatever dies ends all of it with its exception, in an exception group. ``started`` is called once all parts have
    begun to start. ``deadly`` ends the process hard when, after the death of one part, another does not let go.
    """
    clock = clock or SystemClock()
    require_encryption(settings)
    hub = None if settings.hub_file is None else HubChild(settings.hub_file, log_json=settings.log_json)
    async with AsyncExitStack() as stack:
        holder = stack.enter_context(hold(settings.data_folder))
        certificates = certificates_of(settings, clock.now())
        listening = stack.enter_context(listen(settings.host, settings.port))
        settings = reachable(settings, listening.getsockname()[1])
        database = stack.enter_context(open_database(settings))
        address, own = await stack.enter_async_context(broker_of(settings, database, certificates))
        intake = IntakeRole(database, clock, settings, address, holder=holder)
        desk = Desk(database, clock, settings.desk)

        def readiness() -> Mapping[str, str]:
            return {**intake.checks(), "desk": "" if desk.well() else "not well"}

        web = WebServer(create_app(database, clock, settings.api, readiness, settings.desk), listening, certificates)
        secret = database.write_now(lambda connection: first_start_link(connection, clock.now()))
        link = None if secret is None else link_url(settings.api.base_url, secret)
        stopping = stop_signals(stopping)
        async with asyncio.TaskGroup() as group:
            server = group.create_task(vital("web", web.run(), deadly=deadly))
            desk_task = group.create_task(vital("desk", desk.run(), deadly=deadly))
            intake_task = group.create_task(vital("intake", intake.run(), deadly=deadly))
            schema_task = group.create_task(vital("schema", watch_schema(database), deadly=deadly))
            canary = Canary(database, clock, intake, every_s=settings.desk.canary_every_s)
            publisher = publisher_of(settings, database, clock, intake)
            shown_task = group.create_task(vital("home assistant", publisher.run(), deadly=deadly))
            canary_task = group.create_task(vital("canary", canary.run(), deadly=deadly))
            speaker = Speaker(database, clock, address)
            speaker_task = group.create_task(vital("speaker", speaker.run(), deadly=deadly))
            looked_after = [schema_task, shown_task, canary_task, speaker_task, intake_task, desk_task]
            if certificates is not None:
                look_after = renewing(certificates, clock, partial(_reload, web, own))
                looked_after.insert(0, group.create_task(vital("certificates", look_after, deadly=deadly)))
            if hub is not None:
                looked_after.insert(0, group.create_task(vital("hub", hub.run(), deadly=deadly)))
            started(Running(settings, database, intake, own, link, certificates, hub))
            await stopping.wait()
            log.info("stopping")
            # The intake before desk and console: no message is taken in that the rest could not finish.
            for task in looked_after:
                task.cancel()
                await asyncio.wait([task])
            web.stop()
            await asyncio.wait([server])
    log.info("stopped")


def publisher_of(settings: Settings, database: Database, clock: Clock, intake: IntakeRole) -> Publisher:
    """Return what shows homes in a Home Assistant of theirs, beside the intake that is at work."""
    return Publisher(
        database, clock, intake.link.address, enabled=settings.home_assistant, is_on_duty=intake.link.up.is_set
    )


def _reload(web: WebServer, broker: EmbeddedBroker | None) -> None:
    web.reload()
    if broker is not None:
        broker.reload()


def reachable(settings: Settings, port: int) -> Settings:
    """Return ``settings`` with the address at which people reach the console, where nobody has set one."""
    settings = with_public_names(settings)
    here = f"http://{settings.host}:{port}"
    if settings.tls.enabled:
        here = f"https://{names_here(*settings.tls.names, settings.host)[0]}:{port}"
    api = None if "base_url" in settings.api.model_fields_set else here
    desk = None if "base_url" in settings.desk.model_fields_set else settings.api.base_url if api is None else here
    return with_overrides(settings, api__base_url=api, desk__base_url=desk)


def stop_signals(stopping: asyncio.Event | None = None) -> asyncio.Event:
    """Return an event that SIGINT or SIGTERM sets."""
    stopping = stopping or asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    return stopping
