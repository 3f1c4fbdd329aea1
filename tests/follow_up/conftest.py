"""A town whose desk writes the audit, on both engines."""

import pytest

from store.clock import ManualClock
from store.database import Database
from tests.alarms.town import Town, populate


@pytest.fixture
def town(database: Database, clock: ManualClock) -> Town:
    database.write_now(populate)
    return Town(database, clock)
