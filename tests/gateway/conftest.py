"""A gateway step by step, and real brokers."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.address import BrokerAddress
from gateway.broker.embedded import EmbeddedBroker
from gateway.ports import free_port
from store.clock import ManualClock
from store.database import Database
from tests.gateway.world import World, build_town


@pytest.fixture
def world(database: Database, clock: ManualClock) -> World:
    """The gateway at work, on both databases in turn."""
    build_town(database, clock)
    return World(database, clock).start()


@pytest.fixture
def small_world(sqlite: Database, clock: ManualClock) -> World:
    """The gateway at work on SQLite, for tests in which the database does not matter."""
    build_town(sqlite, clock)
    return World(sqlite, clock).start()


@pytest.fixture
async def nats(tmp_path: Path) -> AsyncIterator[EmbeddedBroker]:
    """The broker that Hemvakt brings with it."""
    broker = EmbeddedBroker(tmp_path / "broker", port=free_port())
    async with broker.running():
        yield broker


def as_device(broker: EmbeddedBroker) -> BrokerAddress:
    """Return the embedded broker as a device reaches it."""
    password = broker.devices_password_file.read_text("utf-8").strip()
    return BrokerAddress(host="127.0.0.1", port=broker.port, user="devices", password=password)
