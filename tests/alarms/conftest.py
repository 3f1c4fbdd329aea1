"""A town on both engines, and one on SQLite for tests in which the engine does not matter."""

import asyncio
from collections.abc import Iterator

import pytest

from store.clock import ManualClock
from store.database import Database
from tests.alarms.town import Town, populate


@pytest.fixture(scope="session", autouse=True)
def _loop_outside_tests() -> Iterator[None]:
    """Own the event loop that pytest-asyncio 1.5 would otherwise make and never close (Python before 3.14)."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    asyncio.set_event_loop(None)
    loop.close()


@pytest.fixture
def town(database: Database, clock: ManualClock) -> Town:
    database.write_now(populate)
    return Town(database, clock)


@pytest.fixture
def small_town(sqlite: Database, clock: ManualClock) -> Town:
    sqlite.write_now(populate)
    return Town(sqlite, clock)
