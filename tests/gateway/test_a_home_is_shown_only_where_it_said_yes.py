"""A home is shown in its own Home Assistant only after a yes, only what the yes covers, and not a moment after a no."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from sqlalchemy import insert, update

from devices import registry, sharing
from devices.observation import Kind
from devices.registry import NoSuchPlaceError
from devices.sharing import NoSuchLanguageError, NotSharedError, Shared
from gateway.address import BrokerAddress
from gateway.broker.embedded import EmbeddedBroker
from gateway.broker.following import following, read_identities
from gateway.home_assistant.latest import Latest
from gateway.home_assistant.publisher import Publisher
from gateway.home_assistant.shown import shown
from gateway.ports import free_port
from store import tables
from store.clock import ManualClock
from store.database import Database
from tests.gateway.mosquitto import mosquitto
from tests.gateway.test_the_embedded_broker import Device
from tests.gateway.world import World, build_town, press

PIR = "hemvakt/ha/home-1/state/home-1-pir"
HOME = "hemvakt/ha/home-1/state/home"


def say_yes(database: Database, clock: ManualClock, home: str = "home-1", *residents: str, **how: Any) -> str:
    agreed: dict[str, Any] = {"health": False, "language": "en", **how}
    return database.write_now(lambda c: sharing.share(c, home, residents, now=clock.now(), **agreed))


def say_no(database: Database, clock: ManualClock, home: str = "home-1") -> None:
    database.write_now(lambda c: sharing.end(c, home, clock.now()))


def seen(database: Database, clock: ManualClock, latest: Latest | None = None) -> dict[str, bytes]:
    """Return what would stand at the broker."""
    latest = latest or Latest()

    def read(connection: Any) -> dict[str, bytes]:
        homes: list[Shared] = [one for one in sharing.listed(connection) if one.ended_at is None]
        latest.read(connection, [one.home_id for one in homes], clock.now())
        return shown(connection, homes, latest)

    return database.read_now(read)


def serve_all(database: Database, *devices: str) -> None:
    """Let these devices serve the whole home."""
    rows = update(tables.assignment).where(tables.assignment.c.device_id.in_(devices))
    database.write_now(lambda connection: connection.execute(rows.values(resident_id=None)))


def test_nothing_is_shown_of_a_home_that_said_nothing(world: World) -> None:
    world.say("zigbee2mqtt/home-1/pir", b'{"occupancy": true}').say(*press())
    assert seen(world.database, world.clock) == {}
    say_yes(world.database, world.clock, "home-2")
    assert not [topic for topic in seen(world.database, world.clock) if "home-2" not in topic]


def test_a_yes_of_the_home_covers_no_resident(world: World) -> None:
    serve_all(world.database, "home-1-pir")
    world.restart()
    say_yes(world.database, world.clock)
    world.say("zigbee2mqtt/home-1/pir", b'{"occupancy": true, "battery": 50}').say(*press())
    found = seen(world.database, world.clock)
    assert (found[f"{PIR}/motion"], found[f"{PIR}/battery"]) == (b"ON", b"50")
    assert not [topic for topic in found if "pendant" in topic]
    assert found[f"{HOME}/alarm"] == b"OFF"


def test_a_resident_who_said_yes_sees_that_help_was_called_and_is_coming(world: World) -> None:
    say_yes(world.database, world.clock, "home-1", "resident-1")
    assert seen(world.database, world.clock)[f"{HOME}/alarm_state"] == b"no alarm"
    world.say(*press())
    found = seen(world.database, world.clock)
    assert (found[f"{HOME}/alarm"], found[f"{HOME}/alarm_state"]) == (b"ON", b"waiting for an answer")
    owned = {"handling": "attending", "owner_id": "anna", "lease_until": world.clock.now()}
    world.database.write_now(lambda c: c.execute(update(tables.alarm).values(**owned)))
    assert seen(world.database, world.clock)[f"{HOME}/alarm_state"] == b"on the way"


def test_a_test_is_no_call_for_help(world: World) -> None:
    say_yes(world.database, world.clock, "home-1", "resident-1")
    world.say(*press())
    world.database.write_now(lambda c: c.execute(update(tables.alarm).values(overlay="test")))
    assert seen(world.database, world.clock)[f"{HOME}/alarm"] == b"OFF"


MEASURED = b'{"boot": "b", "seq": 1, "values": [{"kind": "systolic", "value": 171, "unit": "mm[Hg]"}]}'


def test_no_measured_value_without_a_yes_to_that(world: World) -> None:
    say_yes(world.database, world.clock, "home-1", "resident-1")
    world.say("hemvakt/v1/hub-1/up/measurement", MEASURED)
    (care,) = [row for row in world.rows(tables.observation) if row.kind == Kind.SYSTOLIC]
    assert care.value == 171
    found = seen(world.database, world.clock)
    assert b"171" not in b"".join(found.values())
    assert "systolic" not in json.dumps([*found, *map(bytes.decode, found.values())])
    say_yes(world.database, world.clock, "home-1", "resident-1", health=True)
    assert seen(world.database, world.clock)["hemvakt/ha/home-1/state/hub-1/systolic"] == b"171"


def test_what_a_device_said_for_somebody_else_is_not_shown(world: World) -> None:
    world.say("zigbee2mqtt/home-1/pir", b'{"occupancy": true}')
    world.clock.advance(minutes=1)
    place = registry.Placement(home="home-1")
    world.database.write_now(lambda c: registry.assign(c, "home-1-pir", place, world.clock.now()))
    say_yes(world.database, world.clock)
    latest = Latest()
    assert f"{PIR}/motion" not in seen(world.database, world.clock, latest)
    world.restart().say("zigbee2mqtt/home-1/pir", b'{"occupancy": false}')
    assert seen(world.database, world.clock, latest)[f"{PIR}/motion"] == b"OFF"


def test_a_device_is_announced_as_home_assistant_reads_it(world: World) -> None:
    say_yes(world.database, world.clock, "home-1", "resident-1", language="sv")
    found = seen(world.database, world.clock)
    said = json.loads(found["hemvakt/ha/home-1/device/hemvakt_home-1_home-1-smoke/config"])
    assert said["origin"]["name"] == "Hemvakt"
    assert said["availability"] == [{"topic": "hemvakt/ha/status"}]
    smoke = said["components"]["smoke"]
    assert (smoke["platform"], smoke["device_class"]) == ("binary_sensor", "smoke")
    assert smoke["state_topic"] == "hemvakt/ha/home-1/state/home-1-smoke/smoke"
    ids = [
        one["unique_id"]
        for topic, payload in found.items()
        if topic.endswith("/config")
        for one in json.loads(payload)["components"].values()
    ]
    assert len(ids) == len(set(ids))
    home = json.loads(found["hemvakt/ha/home-1/device/hemvakt_home-1/config"])
    assert home["components"]["alarm"]["name"] == "Larm"
    assert found[f"{HOME}/alarm_state"].decode() in home["components"]["alarm_state"]["options"]


@pytest.mark.parametrize("name", ["a.b", "a b", "åäö", "#", "+", "a/b", "x" * 64])
def test_names_of_any_kind_make_topics_that_are_the_homes_alone(name: str) -> None:
    assert set(sharing.slug(name)) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
    assert sharing.slug("a.b") != sharing.slug("a_b") != sharing.slug("a b")


def test_a_yes_for_nobody_is_refused(world: World) -> None:
    for home, resident in (("nowhere", ""), ("home-1", "resident-2")):
        with pytest.raises(NoSuchPlaceError):
            say_yes(world.database, world.clock, home, *filter(None, [resident]))
    with pytest.raises(NoSuchLanguageError):
        say_yes(world.database, world.clock, language="de")
    with pytest.raises(NotSharedError):
        say_no(world.database, world.clock)


class Listener:
    """A Home Assistant: keeps what it hears, as retained topics are kept."""

    def __init__(self, device: Device) -> None:
        self.held: dict[str, bytes] = {}
        device.client.on_message = self._hear

    def _hear(self, _client: Any, _data: Any, message: Any) -> None:
        if message.payload:
            self.held[message.topic] = message.payload
        else:
            self.held.pop(message.topic, None)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - what is heard has no event
            await asyncio.sleep(0.05)


@asynccontextmanager
async def publishing(
    database: Database, clock: ManualClock, address: BrokerAddress, *, enabled: bool = True
) -> AsyncIterator[None]:
    task = asyncio.create_task(Publisher(database, clock, address, enabled=enabled).run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def build(database: Database, clock: ManualClock) -> None:
    build_town(database, clock)
    seen_at = clock.now()
    row = {"id": 1, "received_at": seen_at, "time": seen_at, "device_id": "home-1-pir", "home_id": "home-1", "unit": ""}
    more = {"resident_id": "resident-1", "room": "", "kind": "motion", "value": 1.0, "text": "", "quality": ""}
    database.write_now(lambda c: c.execute(insert(tables.observation), row | more))


@pytest.mark.broker
async def test_at_the_embedded_broker_a_home_reads_itself_alone_until_it_says_no(
    sqlite: Database, clock: ManualClock, tmp_path: Any
) -> None:
    await asyncio.to_thread(build, sqlite, clock)
    password = await asyncio.to_thread(say_yes, sqlite, clock, "home-1", "resident-1")
    await asyncio.to_thread(say_yes, sqlite, clock, "home-2", "resident-2")
    broker = EmbeddedBroker(
        tmp_path / "broker", port=free_port(), identities=sqlite.read_now(read_identities), shared=False
    )
    async with broker.running(), following(sqlite, broker), publishing(sqlite, clock, broker.address):
        reader = BrokerAddress(host="127.0.0.1", port=broker.port, user="home-assistant-home-1", password=password)

        def listen(device: Device, whose: str) -> bool:
            return device.may_subscribe(whose)

        with Device(reader, "home-assistant") as device:
            assert not device.refused
            listener = Listener(device)
            assert not await asyncio.to_thread(listen, device, "hemvakt/ha/#")
            assert not await asyncio.to_thread(listen, device, "hemvakt/ha/home-2/#")
            assert not await asyncio.to_thread(listen, device, "hemvakt/v1/+/up/+")
            assert await asyncio.to_thread(listen, device, "hemvakt/ha/status")
            assert await asyncio.to_thread(listen, device, "hemvakt/ha/home-1/#")
            await until(lambda: listener.held.get(f"{PIR}/motion") == b"ON")
            await until(lambda: listener.held.get("hemvakt/ha/status") == b"online")
            assert not [topic for topic in listener.held if "home-2" in topic]
        with Device(broker.address, "gateway-again") as device:
            listener = Listener(device)
            assert await asyncio.to_thread(listen, device, "hemvakt/ha/#")
            await until(lambda: any("home-1" in topic for topic in listener.held))
            await asyncio.to_thread(say_no, sqlite, clock)
            await until(lambda: not any("home-1" in topic for topic in listener.held))
            assert [topic for topic in listener.held if "home-2" in topic]

        def refused() -> str:
            with Device(reader, "home-assistant") as device:
                return device.refused

        async with asyncio.timeout(60):
            while not await asyncio.to_thread(refused):  # noqa: ASYNC110 - the broker tells nobody when it has it
                await asyncio.sleep(0.1)


@pytest.mark.broker
@pytest.mark.parametrize("kind", ["nats", "mosquitto"])
async def test_what_an_earlier_life_left_is_taken_away(
    sqlite: Database, clock: ManualClock, tmp_path: Any, kind: str
) -> None:
    """A device goes, and the installation is switched off, while nobody looks."""
    await asyncio.to_thread(build, sqlite, clock)
    await asyncio.to_thread(say_yes, sqlite, clock, "home-1", "resident-1")
    if kind == "mosquitto":
        with mosquitto(tmp_path) as address:
            await _lives(sqlite, clock, address)
    else:
        broker = EmbeddedBroker(tmp_path / "broker", port=free_port())
        async with broker.running():
            await _lives(sqlite, clock, broker.address)


async def _lives(database: Database, clock: ManualClock, address: BrokerAddress) -> None:
    pir, smoke = (f"hemvakt/ha/home-1/device/hemvakt_home-1_home-1-{name}/config" for name in ("pir", "smoke"))
    with Device(address, "watching") as device:
        listener = Listener(device)
        assert await asyncio.to_thread(device.may_subscribe, "hemvakt/ha/#")
        async with publishing(database, clock, address):
            await until(lambda: {pir, smoke, f"{PIR}/motion"} <= listener.held.keys())
        await until(lambda: listener.held.get("hemvakt/ha/status") == b"offline")
        await asyncio.to_thread(database.write_now, lambda c: registry.retire(c, "home-1-pir", clock.now()))
        async with publishing(database, clock, address):
            await until(lambda: not {pir, f"{PIR}/motion"} & listener.held.keys())
            assert smoke in listener.held
        async with publishing(database, clock, address, enabled=False):
            await until(lambda: not listener.held)
