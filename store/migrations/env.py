"""How Alembic reaches the database: through the engine that it is handed, or a URL from the environment."""

import os
from contextlib import nullcontext
from typing import Any

from alembic import context
from sqlalchemy import Engine

from store.database import Database
from store.schema import note_oldest
from store.tables import metadata


def run(engine: Engine) -> None:
    with engine.connect() as connection:
        context.configure(
            connection=connection, target_metadata=metadata, render_as_batch=engine.dialect.name == "sqlite"
        )
        with context.begin_transaction():
            context.run_migrations()
            # Alembic commits each migration by itself on SQLite.
            with nullcontext() if connection.in_transaction() else connection.begin():
                note_oldest(connection, context.script)


def main() -> None:
    engine: Any = context.config.attributes.get("engine")
    if engine is not None:
        run(engine)
        return
    with Database(os.environ["HEMVAKT_DATABASE"]) as database:
        run(database.writer)


main()
