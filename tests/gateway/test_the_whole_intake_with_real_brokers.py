"""The intake as it runs: threads, a real broker, a real database; slow databases, new rosters, lost sessions."""

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from gateway.address import BrokerAddress
from gateway.broker.embedded import EmbeddedBroker
from gateway.intake_role import IntakeRole
from gateway.settings import IntakeSettings, Settings
from store import tables
from store.clock import SystemClock
from store.database import Database
from store.roster_version import count_up
from tests.gateway.conftest import as_device
from tests.gateway.mosquitto import mosquitto
from tests.gateway.test_the_embedded_broker import Device
from tests.gateway.world import build_town, press

pytestmark = pytest.mark.broker


@asynccontextmanager
async def at_work(database: Database, address: BrokerAddress, **intake: Any) -> AsyncIterator[IntakeRole]:
    settings = Settings().model_copy(update={"intake": IntakeSettings(**intake)})
    role = IntakeRole(database, SystemClock(), settings, address, holder="test")
    task = asyncio.create_task(role.run())
    try:
        while not role.link.up.is_set():
            if task.done():
                await task
            await asyncio.sleep(0.01)
        yield role
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def rows(database: Database, table: Any) -> list[Any]:
    return list(database.read_now(lambda c: c.execute(table.select()).all()))


async def until(said: Callable[[], bool], seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not said():  # noqa: ASYNC110 - what is waited for is in a database
            await asyncio.sleep(0.02)


def _publish(address: BrokerAddress, messages: list[tuple[str, bytes]]) -> None:
    with Device(address) as device:
        infos = [device.client.publish(topic, payload, 1) for topic, payload in messages]
        for info in infos:
            info.wait_for_publish(20)


async def test_a_press_gets_its_application_ack_with_the_embedded_broker(
    database: Database, nats: EmbeddedBroker
) -> None:
    build_town(database, SystemClock())
    heard: list[bytes] = []

    def say() -> None:
        with Device(as_device(nats)) as device:
            device.client.on_message = lambda _c, _d, message: heard.append(bytes(message.payload))
            assert device.may_subscribe("hemvakt/v1/pendant-1/down/ack")
            device.publish(*press(seq=4))
            limit = time.monotonic() + 10
            while not heard and time.monotonic() < limit:
                time.sleep(0.01)

    async with at_work(database, nats.address) as role:
        await asyncio.to_thread(say)
        assert role.checks() == {"broker": "", "worker": ""}
    assert heard == [b'{"boot":"b","seq":[4]}']
    assert len(rows(database, tables.alarm)) == 1


async def test_mosquitto_with_names_that_have_spaces(sqlite: Database, tmp_path: Path) -> None:
    build_town(sqlite, SystemClock())
    device = {"id": "door", "family": "zigbee2mqtt", "address": "front door", "kind": "door"}
    sqlite.write_now(lambda c: c.execute(insert(tables.device), device | {"added_at": SystemClock().now()}))
    with mosquitto(tmp_path) as address:
        async with at_work(sqlite, address):
            messages = [press(), ("zigbee2mqtt/front door", b'{"contact": false}')]
            await asyncio.to_thread(_publish, address, messages)
            await until(lambda: len(rows(sqlite, tables.inbox)) == 2)
    assert {row.kind for row in rows(sqlite, tables.observation)} >= {"press", "door"}


async def test_a_slow_database_fills_the_queue_and_nothing_is_dropped(
    sqlite: Database, nats: EmbeddedBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_town(sqlite, SystemClock())
    gate = threading.Event()
    write = Database.write_now
    monkeypatch.setattr(Database, "write_now", lambda self, work: (gate.wait(30), write(self, work))[1])
    gate.set()
    async with at_work(sqlite, nats.address, queue=20, batch=10) as role:
        gate.clear()
        await asyncio.to_thread(_publish, as_device(nats), [press(seq=seq) for seq in range(1, 301)])
        await until(lambda: len(role.arrivals) >= 20)
        held = len(role.arrivals)
        gate.set()
        await until(lambda: len(rows(sqlite, tables.inbox)) == 300)
    assert held <= 22
    occurrences = rows(sqlite, tables.occurrence)
    assert len([row for row in occurrences if row.finding_key.startswith("press")]) == 300


async def test_a_device_that_is_registered_while_the_gateway_runs_is_known_at_once(
    sqlite: Database, nats: EmbeddedBroker
) -> None:
    build_town(sqlite, SystemClock())

    def register(connection: Any) -> None:
        now = SystemClock().now()
        device = {"id": "new", "family": "hemvakt", "address": "pendant-9", "kind": "pendant", "added_at": now}
        connection.execute(insert(tables.device), device)
        connection.execute(insert(tables.assignment), {"device_id": "new", "home_id": "home-2", "from_at": now})
        count_up(connection)

    async with at_work(sqlite, nats.address) as role:
        before = role.worker.roster_version
        await sqlite.write(register)
        await until(lambda: role.worker.roster_version > before)
        await asyncio.to_thread(_publish, as_device(nats), [press("pendant-9")])
        await until(lambda: len(rows(sqlite, tables.alarm)) == 1)
    (raised,) = rows(sqlite, tables.alarm)
    assert (raised.rule, raised.home_id) == ("press", "home-2")
    assert "system.roster" in {row.kind for row in rows(sqlite, tables.observation)}


async def test_a_broker_that_lost_the_session_is_a_technical_alarm(sqlite: Database, tmp_path: Path) -> None:
    """Invariant I10: a Mosquitto without persistence was restarted while the gateway was away."""
    build_town(sqlite, SystemClock())
    with _broker(tmp_path) as first:
        async with at_work(sqlite, first):
            pass
    with mosquitto(tmp_path, port=first.port) as again:
        async with at_work(sqlite, again):
            await until(lambda: bool(rows(sqlite, tables.alarm)), 10)
    (raised,) = rows(sqlite, tables.alarm)
    assert (raised.rule, raised.code, raised.alarm_class) == ("link", "session_lost", "technical")


def _broker(folder: Path) -> AbstractContextManager[BrokerAddress]:
    return mosquitto(folder)


async def test_a_part_that_dies_ends_the_role(sqlite: Database, nats: EmbeddedBroker) -> None:
    build_town(sqlite, SystemClock())
    with pytest.raises(BaseExceptionGroup) as raised:  # noqa: PT012 - the failure comes from within the block
        async with asyncio.TaskGroup() as group:
            role = IntakeRole(sqlite, SystemClock(), Settings(), nats.address, holder="test")
            role.worker._turn = lambda: (_ for _ in ()).throw(MemoryError())  # type: ignore[method-assign]
            group.create_task(role.run())
    assert "MemoryError" in repr(raised.value)
    assert json.dumps(dict(role.checks()))
