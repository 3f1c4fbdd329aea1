"""The two database engines, set up so that a commit is durable before it returns."""

from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, make_url

from store.errors import HemvaktError

#: SQLite's number for ``synchronous=FULL``: the write-ahead log is flushed to disk at every commit.
SYNCHRONOUS_FULL = 2


class NotDurableError(HemvaktError):
    """The database does not flush its commits to disk, so Hemvakt refuses to start on it."""


class UnsupportedDatabaseError(HemvaktError):
    """Hemvakt runs on SQLite (sqlite:///file.db) and PostgreSQL (postgresql://user@host/name)."""


def parse_url(text: str) -> URL:
    """Return the URL with the driver that Hemvakt uses. Raises UnsupportedDatabaseError."""
    url = make_url(text)
    if url.get_backend_name() == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:":
        return url
    raise UnsupportedDatabaseError(f"This URL names neither: {url.render_as_string(hide_password=True)}")


def sqlite_engine(url: URL, *, writes: bool) -> Engine:
    """Return an engine for one writer, or for readers that see a consistent past while it writes."""
    if writes and url.database:
        # Health data: nobody else may enter the folder, whichever command comes first.
        Path(url.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = create_engine(
        url,
        pool_size=1 if writes else 8,
        max_overflow=0,
        # Parameters are health data as often as not, and an error message ends in a log.
        hide_parameters=True,
        connect_args={"check_same_thread": False, "timeout": 10.0},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        # Transactions are begun below, explicitly: the driver's own guess would begin them too late.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA cache_size=-65536")
        if not writes:
            cursor.execute("PRAGMA query_only=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        # IMMEDIATE takes the write lock at once, so that nothing read in the transaction can be out of date.
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def require_durable(engine: Engine) -> None:
    """Read the settings back; they are per connection and a build of SQLite may have others.

    Raises NotDurableError.
    """
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            found = connection.exec_driver_sql("PRAGMA synchronous").scalar_one()
            mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
            if found != SYNCHRONOUS_FULL or mode != "wal":
                raise NotDurableError(f"SQLite reports synchronous={found}, journal_mode={mode}.")
            return
        settings = {
            name: connection.exec_driver_sql(f"SHOW {name}").scalar_one() for name in ("fsync", "synchronous_commit")
        }
        if settings["fsync"] != "on" or settings["synchronous_commit"] == "off":
            raise NotDurableError(f"PostgreSQL reports {settings}.")
