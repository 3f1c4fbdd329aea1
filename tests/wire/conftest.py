"""A gateway that takes in what is said on the wire, step by step."""

import pytest

from store.clock import ManualClock
from store.database import Database
from tests.gateway.world import World, build_town


@pytest.fixture
def small_world(sqlite: Database, clock: ManualClock) -> World:
    """The gateway at work on SQLite, for tests in which the database does not matter."""
    build_town(sqlite, clock)
    return World(sqlite, clock).start()
