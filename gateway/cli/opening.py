"""How every command finds the database."""

from pathlib import Path
from typing import Annotated

import typer

from store.database import Database
from store.schema import migrate, require_current

DataFolder = Annotated[
    Path, typer.Option("--data", envvar="HEMVAKT_DATA_FOLDER", help="Folder of the built-in database and broker.")
]
DatabaseUrl = Annotated[
    str | None,
    typer.Option(
        "--database", envvar="HEMVAKT_DATABASE", help="postgresql://user@host/name; the built-in SQLite when left out."
    ),
]


def open_database(data: Path, url: str | None) -> Database:
    """Open the database of a command. The built-in one is created and brought up to date; PostgreSQL must be current.

    Raises WrongSchemaError, NotDurableError, UnsupportedDatabaseError.
    """
    if url is None:
        database = Database(f"sqlite:///{(data / 'hemvakt.db').absolute()}")
        migrate(database)
        return database
    database = Database(url)
    require_current(database)
    return database
