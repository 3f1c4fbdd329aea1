"""How every command finds its settings and the database."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.settings import Settings, with_overrides
from store.database import Database
from store.schema import migrate, require_current

DataFolder = Annotated[
    Path | None, typer.Option("--data", help="Folder of the built-in database and broker.", show_default="data")
]
DatabaseUrl = Annotated[
    str | None,
    typer.Option("--database", help="postgresql://user@host/name; the built-in SQLite when left out."),
]


def open_database(data: Path | None, url: str | None) -> Database:
    """Open the database of a command. The built-in one is created and brought up to date; PostgreSQL must be current.

    What is left out comes from the environment. Raises WrongSchemaError, NotDurableError, UnsupportedDatabaseError.
    """
    settings = with_overrides(Settings(), data_folder=data, database=url)
    database = Database(settings.database_url())
    if settings.database is None:
        migrate(database)
    else:
        require_current(database)
    return database
