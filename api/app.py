"""The HTTP application: API, event stream, console."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import APIRouter, FastAPI
from starlette.middleware import Middleware

from alarms.settings import DeskSettings
from api.context import Context, Readiness
from api.describe import ERRORS, describe
from api.guard import Guard
from api.identity.sign_in import Door
from api.metrics import Counted
from api.pages import installing
from api.problems import add_handlers
from api.routers import (
    accounts,
    alarms,
    areas,
    calendars,
    callbacks,
    claims,
    commissioning,
    contacts,
    decommissioning,
    devices,
    downlink,
    duty,
    events,
    feeds,
    follow_up,
    health,
    identities,
    me,
    observations,
    on_call,
    own,
    own_showing,
    pictures,
    policies,
    residents,
    rule_settings,
    showing,
)
from api.settings import PREFIX, ApiSettings
from api.stream import Streams
from store.clock import Clock
from store.database import Database

DESCRIPTION = """\
Welfare-technology telemonitoring and alarm gateway. Hemvakt supports staff; it is not a medical device.

Browsers sign in with a session cookie, programs with an API token (`Authorization: Bearer`). Errors are problem
documents (RFC 9457). Lists are paged with `limit` and `cursor`. *Accept* means that a named responder owns an alarm;
*close* ends its handling, with an outcome; a device can *restore* its condition, which closes nothing.
"""

_RESOURCES = (
    me,
    alarms,
    events,
    residents,
    observations,
    devices,
    claims,
    decommissioning,
    downlink,
    identities,
    showing,
    commissioning,
    on_call,
    duty,
    calendars,
    feeds,
    areas,
    policies,
    rule_settings,
    pictures,
    contacts,
    follow_up,
    own,
    own_showing,
    accounts,
)


def create_app(
    database: Database,
    clock: Clock,
    settings: ApiSettings,
    readiness: Readiness | None = None,
    desk: DeskSettings | None = None,
) -> FastAPI:
    """Return the application. ``close_streams`` must be called on it before its server is stopped.

    ``readiness`` tells what else must be well before requests are sent here. ``desk`` are the settings with which the
    alarm desk runs beside it.
    """
    context = Context(
        database=database,
        clock=clock,
        settings=settings,
        door=Door(database, clock, session_hours=settings.session_hours),
        streams=Streams(),
        desk=desk or DeskSettings(),
        readiness=readiness,
    )

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        database.hear_others()
        yield
        context.door.close()

    app = FastAPI(
        title="Hemvakt",
        version=version("hemvakt"),
        description=DESCRIPTION,
        openapi_url=f"{PREFIX}/openapi.json",
        # Their pages load scripts from other hosts, which our content security policy forbids.
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        middleware=[
            Middleware(Counted),
            Middleware(
                Guard,
                hosts=settings.hosts,
                tls=settings.base_url.startswith("https://"),
                max_body=settings.max_body_bytes,
            ),
        ],
    )
    app.state.context = context
    add_handlers(app, installing.show_problem)
    api = APIRouter(prefix=PREFIX, responses=ERRORS)
    for module in _RESOURCES:
        api.include_router(module.router)
    app.include_router(api)
    app.include_router(health.router)
    app.include_router(callbacks.router)
    installing.install(app)
    app.openapi = describe(app)  # type: ignore[method-assign]
    return app


def close_streams(app: FastAPI) -> None:
    """End the event streams, so that the server has nobody to wait for when it stops."""
    context: Context = app.state.context
    context.streams.close(context.database)
