"""Help is told through a real broker, across its loss, a kill of the speaker, and several speakers at once."""

import asyncio
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from alarms.lifecycle import actions
from devices.downlink import queue
from devices.downlink.kinds import Down
from devices.downlink.queue import Word
from gateway.address import BrokerAddress
from gateway.broker.embedded import EmbeddedBroker
from gateway.speaker import Speaker
from store import tables
from store.clock import ManualClock, SystemClock
from store.database import Database
from tests.gateway.conftest import as_device
from tests.gateway.mosquitto import mosquitto
from tests.gateway.test_the_embedded_broker import Device
from tests.gateway.test_the_whole_intake_with_real_brokers import at_work, rows, until
from tests.gateway.world import World, build_town, press

pytestmark = pytest.mark.broker
CLOCK = SystemClock()
ROOT = Path(__file__).parents[2]


class Pendant:
    """Hears what is said to ``pendant-1`` and confirms it where the test wants that."""

    def __init__(self, device: Device) -> None:
        self._device, self._seq = device, 100
        self.said: list[dict[str, Any]] = []
        device.client.on_message = self._heard
        assert device.may_subscribe("hemvakt/v1/pendant-1/down/help")

    def _heard(self, _client: Any, _data: Any, message: Any) -> None:
        self.said.append(json.loads(message.payload))

    @property
    def states(self) -> list[str]:
        """What was heard, without repeats."""
        return list(dict.fromkeys(one["state"] for one in self.said))

    def has_heard(self, times: int) -> bool:
        return len(self.said) >= times

    def confirm(self) -> None:
        self._seq += 1
        newest = {name: self.said[-1][name] for name in ("message", "number")}
        self.publish("heard", {"boot": "b", "seq": self._seq} | newest)

    def publish(self, channel: str, body: dict[str, Any]) -> None:
        info = self._device.client.publish(f"hemvakt/v1/pendant-1/up/{channel}", json.dumps(body), 1)
        info.wait_for_publish(20)


@contextmanager
def pendant(address: BrokerAddress) -> Iterator[Pendant]:
    with Device(address, "pendant-1") as device:
        yield Pendant(device)


@asynccontextmanager
async def speaking(database: Database, address: BrokerAddress) -> AsyncIterator[None]:
    task = asyncio.create_task(Speaker(database, CLOCK, address).run())
    try:
        yield
        assert not task.done()
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def act(database: Database, name: str, **more: Any) -> None:
    (alarm,) = rows(database, tables.alarm)
    action: Any = getattr(actions, name)
    database.write_now(lambda c: action(c, alarm.id, "anna", CLOCK.now(), **more))


def states(database: Database) -> list[str]:
    return [row.state for row in rows(database, tables.downlink)]


async def _whole_way(database: Database, gateway: BrokerAddress, device: BrokerAddress) -> None:
    build_town(database, CLOCK)
    with pendant(device) as worn:
        async with at_work(database, gateway), speaking(database, gateway):
            await asyncio.to_thread(worn.publish, "press", {"boot": "b", "seq": 1})
            await until(lambda: len(rows(database, tables.alarm)) == 1)
            act(database, "accept")
            await until(lambda: worn.states == ["accepted"])
            act(database, "attend")
            await until(lambda: worn.states == ["accepted", "on_its_way"])
            await asyncio.to_thread(worn.confirm)
            await until(lambda: states(database) == ["heard"])
            act(database, "release", reason="flat tyre")
            await until(lambda: worn.states[-1] == "told")
            await asyncio.to_thread(worn.confirm)
            await until(lambda: states(database) == ["heard"])


async def test_the_whole_way_with_the_embedded_broker(database: Database, nats: EmbeddedBroker) -> None:
    await _whole_way(database, nats.address, as_device(nats))


async def test_the_whole_way_with_mosquitto(sqlite: Database, tmp_path: Path) -> None:
    with mosquitto(tmp_path) as address:
        await _whole_way(sqlite, address, address)


def _accepted(database: Database) -> None:
    """Let an alarm be raised and accepted without any broker."""
    build_town(database, CLOCK)
    World(database, ManualClock(CLOCK.now())).start().say(*press())
    act(database, "accept")


async def test_a_broker_that_is_away_is_waited_for_and_one_that_goes_is_found_again(
    sqlite: Database, tmp_path: Path
) -> None:
    _accepted(sqlite)
    with mosquitto(tmp_path) as address:
        pass
    async with speaking(sqlite, address):
        for _ in range(2):
            with mosquitto(tmp_path, port=address.port), pendant(address) as worn:
                await until(partial(worn.has_heard, 1), 60)
        with mosquitto(tmp_path, port=address.port), pendant(address) as worn:
            act(sqlite, "attend")
            await until(lambda: "on_its_way" in worn.states, 60)


SPEAKER = """
import asyncio, sys
from gateway.address import BrokerAddress
from gateway.speaker import Speaker
from store.clock import ManualClock, SystemClock
from store.database import Database
address = BrokerAddress(host="127.0.0.1", port=int(sys.argv[2]))
print("up", flush=True)
asyncio.run(Speaker(Database(sys.argv[1]), SystemClock(), address).run())
"""


@asynccontextmanager
async def speaker_process(url: str, address: BrokerAddress) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SPEAKER, url, str(address.port), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    await process.stdout.readline()
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_a_speaker_that_is_killed_is_followed_by_one_that_says_it(sqlite: Database, tmp_path: Path) -> None:
    _accepted(sqlite)
    url = sqlite.url.render_as_string(hide_password=False)
    with mosquitto(tmp_path) as address, pendant(address) as worn:
        for life in range(1, 4):
            async with speaker_process(url, address) as process:
                await until(partial(worn.has_heard, life), 90)
                os.kill(process.pid, signal.SIGKILL)
        assert worn.states == ["accepted"]
        assert states(sqlite) == ["waiting"]


@pytest.mark.postgres
@pytest.mark.xdist_group("postgres")
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_several_speakers_say_each_word_once(database: Database, tmp_path: Path) -> None:
    build_town(database, CLOCK)
    heard: Counter[int] = Counter()
    words = [Word(device="pendant-1", kind=Down.FIND_ME, about=str(n), body={"for_s": n + 1}) for n in range(200)]
    with mosquitto(tmp_path) as address, Device(address, "pendant-1") as device:
        device.client.on_message = lambda _c, _d, message: heard.update([json.loads(message.payload)["for_s"]])
        assert device.may_subscribe("hemvakt/v1/pendant-1/down/find_me")
        async with speaking(database, address), speaking(database, address), speaking(database, address):
            await database.write(lambda c: queue.put(c, words, CLOCK.now()))
            await until(lambda: set(states(database)) == {"sent"} and len(heard) == 200, 60)
    assert set(heard.values()) == {1}
