"""Brings a database to the schema that this version of Hemvakt expects, and tells with which others it can work.

Migrations only add to the schema, so that a version of Hemvakt goes on working while, and after, a newer one has
migrated the database beneath it. A migration that takes something away says ``contracts = True``: no version that does
not know it may work with its result. What the oldest such version is stands in the database itself, because an older
version cannot read it from a migration that it does not have.
"""

from functools import cache
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, delete, insert, inspect, select

from store.database import Database
from store.errors import HemvaktError
from store.tables import meta

_OLDEST: Final = "oldest_schema"


class WrongSchemaError(HemvaktError):
    """The database has a schema with which this version of Hemvakt cannot work."""


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


@cache
def _known() -> tuple[str, ...]:
    """Return the revisions that this version knows, newest first."""
    script = ScriptDirectory.from_config(_config())
    return tuple(found.revision for found in script.walk_revisions())


def migrate(database: Database) -> None:
    """Apply what is missing, in one transaction where the engine can; nothing when a newer version has been here.

    Raises WrongSchemaError when that version has left nothing that this one can work with.
    """
    with database.writer.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    if found is not None and found not in _known():
        require_current(database)
        return
    config = _config()
    config.attributes["engine"] = database.writer
    command.upgrade(config, "head")


def require_current(database: Database) -> None:
    """Raise WrongSchemaError unless this version can work with the schema, which may be one of a newer version."""
    with database.reader.connect() as connection:
        require_workable(connection)


def require_workable(connection: Connection) -> None:
    """Do what ``require_current`` does, on a connection. Raises WrongSchemaError."""
    head, *older = _known()
    found = MigrationContext.configure(connection).get_current_revision()
    if found == head:
        return
    if found is None or found in older:
        raise WrongSchemaError(f"It is at {found or 'nothing'} and this version needs {head}: run `hemvakt migrate`.")
    oldest = connection.scalar(select(meta.c.value).where(meta.c.name == _OLDEST))
    if oldest not in _known():
        raise WrongSchemaError(
            f"A newer version has taken it to {found}, and this one knows what was up to {head}: install that version."
        )


def note_oldest(connection: Connection, script: ScriptDirectory) -> None:
    """Write down, after a migration and in its transaction, which revision a version must know to work with this."""
    if not inspect(connection).has_table(meta.name):
        return
    found = MigrationContext.configure(connection).get_current_revision()
    connection.execute(delete(meta).where(meta.c.name == _OLDEST))
    if found is not None:
        connection.execute(insert(meta), {"name": _OLDEST, "value": _oldest(script, found)})


def _oldest(script: ScriptDirectory, revision: str) -> str:
    """Return the newest revision up to ``revision`` that takes something away, or the first of all."""
    oldest = revision
    for step in script.iterate_revisions(revision, "base"):
        oldest = step.revision
        if getattr(step.module, "contracts", False):
            break
    return oldest
