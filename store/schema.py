"""Brings a database to the schema that this version of Hemvakt expects."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from store.database import Database
from store.errors import HemvaktError


class WrongSchemaError(HemvaktError):
    """The database has another schema than this version of Hemvakt; run `hemvakt migrate`."""


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def migrate(database: Database) -> None:
    """Apply what is missing, in one transaction where the engine can."""
    config = _config()
    config.attributes["engine"] = database.writer
    command.upgrade(config, "head")


def require_current(database: Database) -> None:
    """Raise WrongSchemaError unless the schema is the newest one."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    with database.writer.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    if found != head:
        raise WrongSchemaError(f"It is at {found or 'nothing'}, and should be at {head}.")
