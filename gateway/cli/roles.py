"""``hemvakt gateway``, ``desk``, ``api``: one role by itself, on a PostgreSQL that they share. ``hemvakt migrate``."""

import asyncio
from collections.abc import Awaitable, Callable

from rich.console import Console

from gateway import roles
from gateway.cli.opening import DatabaseUrl, DataFolder
from gateway.cli.up import Folder, Host, MqttUrl, Port
from gateway.logs import configure
from gateway.settings import Settings, with_overrides
from store.database import Database
from store.schema import migrate as to_newest

_OUT = Console()
_FOLDER = Settings().data_folder


def gateway(data: Folder = None, mqtt: MqttUrl = None, database: DatabaseUrl = None) -> None:
    """Run the intake alone: from the broker to the database. A second one waits until the first is gone."""
    _run(roles.gateway, with_overrides(Settings(), data_folder=data, mqtt__url=mqtt, database=database))


def desk(database: DatabaseUrl = None) -> None:
    """Run the alarm desk alone: escalation and pages. Several may run."""
    _run(roles.desk, with_overrides(Settings(), database=database))


def api(database: DatabaseUrl = None, host: Host = None, port: Port = None) -> None:
    """Run the API and the console alone. Several may run."""
    _run(roles.api, with_overrides(Settings(), database=database, host=host, port=port))


def migrate(data: DataFolder = _FOLDER, database: DatabaseUrl = None) -> None:
    """Bring the database to the schema of this version."""
    settings = with_overrides(Settings(), data_folder=data, database=database)
    with Database(settings.database_url()) as opened:
        to_newest(opened)
    _OUT.print("The database is up to date.")


def _run(role: Callable[[Settings], Awaitable[None]], settings: Settings) -> None:
    configure(as_json=settings.log_json)

    async def main() -> None:
        await role(settings)

    asyncio.run(main())
