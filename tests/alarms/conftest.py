"""A town on both engines, and one on SQLite for tests in which the engine does not matter."""

import pytest

from store.clock import ManualClock
from store.database import Database
from tests.alarms.town import Town, populate


@pytest.fixture
def town(database: Database, clock: ManualClock) -> Town:
    database.write_now(populate)
    return Town(database, clock)


@pytest.fixture
def small_town(sqlite: Database, clock: ManualClock) -> Town:
    sqlite.write_now(populate)
    return Town(sqlite, clock)
