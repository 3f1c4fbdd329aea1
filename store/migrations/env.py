"""How Alembic reaches the database: through the engine that it is handed, or a URL from the environment."""

import os
from typing import Any

from alembic import context
from sqlalchemy import Engine

from store.database import Database
from store.tables import metadata


def run(engine: Engine) -> None:
    with engine.connect() as connection:
        context.configure(
            connection=connection, target_metadata=metadata, render_as_batch=engine.dialect.name == "sqlite"
        )
        with context.begin_transaction():
            context.run_migrations()


def main() -> None:
    engine: Any = context.config.attributes.get("engine")
    if engine is not None:
        run(engine)
        return
    with Database(os.environ["HEMVAKT_DATABASE"]) as database:
        run(database.writer)


main()
