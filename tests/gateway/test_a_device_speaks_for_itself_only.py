"""A device with an identity can use its own topics at the broker and no others; tried at the real brokers."""

import asyncio
import errno
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, update

from alarms.canary import flights
from devices import identity
from devices.family import families, topic_filters
from devices.identity import NoIdentityError, UnsafeAddressError
from devices.registry import NoSuchDeviceError
from gateway.address import BrokerAddress
from gateway.broker import embedded, mosquitto
from gateway.broker.embedded import EmbeddedBroker
from gateway.broker.following import following, read_identities
from gateway.broker.passwords import write_private
from gateway.ports import free_port, is_free
from store import tables
from store.clock import ManualClock
from store.database import Database
from tests.gateway.mosquitto import PROGRAM
from tests.gateway.test_the_embedded_broker import Device
from tests.gateway.world import build_town

pytestmark = pytest.mark.broker

GATEWAY_PASSWORD = "of-this-test-only"
CANARY_PRESS = f"hemvakt/v1/{flights.ADDRESS}/up/press"
PRESS, OTHERS_PRESS = "hemvakt/v1/pendant-1/up/press", "hemvakt/v1/pendant-2/up/press"


@pytest.fixture
def town(sqlite: Database, clock: ManualClock) -> Database:
    build_town(sqlite, clock)
    return sqlite


def give(database: Database, clock: ManualClock, device: str) -> str:
    return database.write_now(lambda connection: identity.give(connection, device, clock.now())).password


@contextmanager
def refusing_others(database: Database, folder: Path) -> Iterator[int]:
    """Run a Mosquitto with the files that `hemvakt device identity mosquitto` writes."""
    if not PROGRAM.exists():
        pytest.skip("Mosquitto is not installed (apt install mosquitto)")
    found = database.read_now(read_identities)
    port = free_port()
    (folder / "passwords").write_text(mosquitto.passwords(found))
    (folder / "acl").write_text(mosquitto.acl(found, "gateway", topic_filters(families())))
    for name in ("passwords", "acl"):
        (folder / name).chmod(0o600)
    subprocess.run(["mosquitto_passwd", "-b", folder / "passwords", "gateway", GATEWAY_PASSWORD], check=True)
    config = folder / "mosquitto.conf"
    files = f"password_file {folder}/passwords\nacl_file {folder}/acl\n"
    config.write_text(f"listener {port} 127.0.0.1\nuser root\n{files}")
    process = subprocess.Popen([PROGRAM, "-c", config], stderr=subprocess.DEVNULL)
    try:
        while is_free("127.0.0.1", port):
            time.sleep(0.02)
        yield port
    finally:
        process.terminate()
        process.wait()


def tried(port: int, user: str, password: str, what: Callable[[Device], Any]) -> Any:
    with Device(BrokerAddress(host="127.0.0.1", port=port, user=user, password=password), user) as device:
        return device.refused or what(device)


def passed_on(listener: Device, wanted: str, says: Callable[[], Any]) -> list[str]:
    """Return the topics of what a listener is given, up to ``wanted``.

    MQTT 3.1.1 has no word for "refused": both brokers acknowledge what they do not pass on.
    """
    heard: list[str] = []
    listener.client.on_message = lambda _c, _d, message: heard.append(message.topic)
    says()
    until = time.monotonic() + 20
    while wanted not in heard and time.monotonic() < until:
        time.sleep(0.01)
    return heard


async def until(broker: EmbeddedBroker, secret: str, *, let_in: bool) -> None:
    """Wait until the running broker has taken up the change."""
    async with asyncio.timeout(60):
        while True:
            said = await asyncio.to_thread(
                tried, broker.port, "device-pendant-1", secret, lambda device: device.publish(PRESS)
            )
            if (said is True) is let_in:
                return
            await asyncio.sleep(0.1)


async def test_at_the_embedded_broker(town: Database, clock: ManualClock, tmp_path: Path) -> None:
    password = give(town, clock, "pendant-1")
    broker = EmbeddedBroker(
        tmp_path / "broker", port=free_port(), identities=town.read_now(read_identities), shared=False
    )
    async with broker.running():

        def ask(what: Callable[[Device], Any], secret: str = password) -> Any:
            return asyncio.to_thread(tried, broker.port, "device-pendant-1", secret, what)

        def speak(device: Device) -> list[str]:
            with Device(broker.address, "listener") as gateway:
                assert gateway.may_subscribe("hemvakt/v1/+/up/+")
                topics = (OTHERS_PRESS, "zigbee2mqtt/home-1/sos", "hemvakt/v1/pendant-1/down/ack", PRESS)
                return passed_on(gateway, PRESS, lambda: [device.publish(topic) for topic in topics])

        assert await ask(speak) == [PRESS]
        assert await ask(lambda device: device.may_subscribe("hemvakt/v1/pendant-1/down/ack")) is True
        assert await ask(lambda device: device.may_subscribe("hemvakt/v1/+/down/ack")) is False
        assert await ask(lambda device: device.may_subscribe(OTHERS_PRESS)) is False
        assert await ask(lambda device: device.publish(PRESS), "wrong") not in {True, False}


async def test_a_new_password_voids_the_old_one_and_a_revoked_device_is_nobody(
    town: Database, clock: ManualClock, tmp_path: Path
) -> None:
    old = give(town, clock, "pendant-1")
    broker = EmbeddedBroker(
        tmp_path / "broker", port=free_port(), identities=town.read_now(read_identities), shared=False
    )

    async with broker.running(), following(town, broker):
        await until(broker, old, let_in=True)
        new = await asyncio.to_thread(give, town, clock, "pendant-1")
        await until(broker, new, let_in=True)
        await until(broker, old, let_in=False)
        await asyncio.to_thread(town.write_now, lambda connection: identity.revoke(connection, "pendant-1"))
        await until(broker, new, let_in=False)
        assert broker.starts == 1


async def test_a_rotated_device_is_never_locked_out_and_the_former_password_ends(
    town: Database, clock: ManualClock, tmp_path: Path
) -> None:
    old = give(town, clock, "pendant-1")
    broker = EmbeddedBroker(
        tmp_path / "broker", port=free_port(), identities=town.read_now(read_identities), shared=False
    )

    async def said(user: str, secret: str) -> bool:
        found = await asyncio.to_thread(tried, broker.port, user, secret, lambda device: device.publish(PRESS))
        return found is True

    async def until(user: str, secret: str, *, let_in: bool) -> None:
        async with asyncio.timeout(30):
            while await said(user, secret) is not let_in:  # noqa: ASYNC110 - the broker tells nobody when it has it
                await asyncio.sleep(0.1)

    async with broker.running(), following(town, broker, clock):
        week = timedelta(days=7)
        given = await asyncio.to_thread(
            town.write_now, lambda connection: identity.rotate(connection, "pendant-1", clock.now(), week)
        )
        assert given.user == "device-pendant-1~2"
        await until(given.user, given.password, let_in=True)
        assert await said("device-pendant-1", old)
        assert not await said(given.user, old)
        clock.advance(days=7)
        await until("device-pendant-1", old, let_in=False)
        assert await said(given.user, given.password)
        assert broker.starts == 1


def test_of_former_passwords_the_last_alone_goes_on_and_none_survives_its_device(
    town: Database, clock: ManualClock
) -> None:
    def users() -> list[str]:
        return sorted(one.user for one in town.read_now(read_identities))

    def rotate(device: str = "pendant-1") -> None:
        town.write_now(lambda connection: identity.rotate(connection, device, clock.now(), timedelta(days=1)))

    with pytest.raises(NoIdentityError):
        rotate()
    give(town, clock, "pendant-1")
    rotate()
    rotate()
    assert users() == ["device-pendant-1~2", "device-pendant-1~3"]
    (row,) = town.read_now(identity.listed)
    assert (row.user, row.former_user) == ("device-pendant-1~3", "device-pendant-1~2")
    give(town, clock, "pendant-1")
    assert users() == ["device-pendant-1~3"]
    rotate()
    town.write_now(lambda connection: identity.revoke(connection, "pendant-1"))
    assert users() == []
    assert town.write_now(lambda connection: identity.forget_former(connection, clock.now())) == 0


def test_at_mosquitto(town: Database, clock: ManualClock, tmp_path: Path) -> None:
    password = give(town, clock, "pendant-1")
    give(town, clock, "pendant-2")
    with refusing_others(town, tmp_path) as port:
        assert tried(port, "device-pendant-1", password, lambda device: device.publish(PRESS)) is True
        assert tried(port, "device-pendant-1", "wrong", lambda device: device.publish(PRESS)) not in {True, False}
        assert tried(port, "device-pendant-2", password, lambda device: device.publish(PRESS)) not in {True, False}


def test_the_gateway_speaks_down_and_as_its_canary_and_for_no_device(
    town: Database, clock: ManualClock, tmp_path: Path
) -> None:
    password = give(town, clock, "pendant-1")
    with refusing_others(town, tmp_path) as port:

        def speak(gateway: Device) -> list[str]:
            assert gateway.may_subscribe("hemvakt/v1/+/up/press")
            return passed_on(gateway, CANARY_PRESS, lambda: [gateway.publish(topic) for topic in (PRESS, CANARY_PRESS)])

        assert tried(port, "gateway", GATEWAY_PASSWORD, speak) == [CANARY_PRESS]

        def listen(pendant: Device) -> list[str]:
            down = "hemvakt/v1/pendant-1/down/ack"
            assert pendant.may_subscribe(down)
            tell: Callable[[Device], bool] = lambda gateway: gateway.publish(down)  # noqa: E731
            return passed_on(pendant, down, lambda: tried(port, "gateway", GATEWAY_PASSWORD, tell))

        assert tried(port, "device-pendant-1", password, listen) == ["hemvakt/v1/pendant-1/down/ack"]


async def test_a_list_that_could_not_be_written_is_written_at_the_next_look(
    town: Database, clock: ManualClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker = EmbeddedBroker(tmp_path / "broker", port=free_port(), shared=False)
    failures = 0

    def full(path: Path, text: str) -> None:
        nonlocal failures
        failures += 1
        if failures == 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        write_private(path, text)

    async with broker.running(), following(town, broker):
        monkeypatch.setattr(embedded, "write_private", full)
        password = await asyncio.to_thread(give, town, clock, "pendant-1")
        await until(broker, password, let_in=True)
    assert failures > 1


def test_a_rotated_device_comes_in_by_both_names_at_mosquitto(
    town: Database, clock: ManualClock, tmp_path: Path
) -> None:
    old = give(town, clock, "pendant-1")
    given = town.write_now(lambda c: identity.rotate(c, "pendant-1", clock.now(), timedelta(days=1)))
    with refusing_others(town, tmp_path) as port:
        assert tried(port, given.user, given.password, lambda device: device.publish(PRESS)) is True
        assert tried(port, "device-pendant-1", old, lambda device: device.publish(PRESS)) is True
        assert tried(port, given.user, old, lambda device: device.publish(PRESS)) not in {True, False}


def test_mosquitto_hands_on_nothing_that_is_not_the_devices_own(
    town: Database, clock: ManualClock, tmp_path: Path
) -> None:
    stay = {"device_id": "home-1-bridge", "home_id": "home-1", "from_at": clock.now()}
    row = {"id": "home-1-bridge", "family": "zigbee2mqtt", "address": "home-1/bridge", "kind": "bridge"}

    def install(connection: Any) -> None:
        connection.execute(insert(tables.device), row | {"added_at": clock.now()})
        connection.execute(insert(tables.assignment), stay)

    town.write_now(install)
    password = give(town, clock, "home-1-bridge")
    with refusing_others(town, tmp_path) as port:

        def speak(device: Device) -> list[str]:
            assert device.may_subscribe("zigbee2mqtt/home-1/#")
            topics = ("zigbee2mqtt/home-2/sos", OTHERS_PRESS, "zigbee2mqtt/home-1/sos")
            return passed_on(device, topics[-1], lambda: [device.publish(topic) for topic in topics])

        assert tried(port, "device-home-1-bridge", password, speak) == ["zigbee2mqtt/home-1/sos"]


def test_a_hub_speaks_for_the_devices_of_its_home_and_of_no_other(town: Database, clock: ManualClock) -> None:
    give(town, clock, "hub-1")
    (found,) = town.read_now(read_identities)
    assert "hemvakt/v1/pendant-1/up/+" in found.says
    assert "zigbee2mqtt/home-1/sos" in found.says
    assert not [topic for topic in (*found.says, *found.hears) if "pendant-2" in topic or "home-2" in topic]


def test_a_name_that_stands_for_others_gets_no_identity(town: Database, clock: ManualClock) -> None:
    for address in ("home-1/#", "+", "a.b", "a b", "$SYS", "*", ">", "a//b", "/a", "a/", "a\x01b"):
        change = update(tables.device).where(tables.device.c.id == "home-1-sos").values(address=address)
        town.write_now(lambda connection, change=change: connection.execute(change))  # type: ignore[misc]
        with pytest.raises(UnsafeAddressError):
            give(town, clock, "home-1-sos")
    give(town, clock, "hub-1")
    (found,) = town.read_now(read_identities)
    assert not [topic for topic in found.says if ">" in topic or "*" in topic]


async def test_no_name_of_a_device_keeps_the_embedded_broker_from_its_configuration(
    town: Database, clock: ManualClock, tmp_path: Path
) -> None:
    """A configuration that nats-server cannot read lets the revoked in, and nobody at all after the next start."""
    odd = ["home-1/kök/pir", 'home-1/"a\\b', "home-1/{{a}}", "home-1//pir", "/pir", "home-1/pir/", "home-1/\x01pir"]

    def install(connection: Any) -> None:
        for number, address in enumerate(odd):
            row = {"id": f"odd-{number}", "family": "zigbee2mqtt", "address": address, "kind": "pir"}
            stay = {"device_id": row["id"], "home_id": "home-1", "from_at": clock.now()}
            connection.execute(insert(tables.device), row | {"added_at": clock.now()})
            connection.execute(insert(tables.assignment), stay)

    town.write_now(install)
    give(town, clock, "hub-1")
    password = give(town, clock, "odd-0")
    broker = EmbeddedBroker(
        tmp_path / "mäklare", port=free_port(), identities=town.read_now(read_identities), shared=False
    )
    own = f"zigbee2mqtt/{odd[0]}"
    async with broker.running():

        def speak(device: Device) -> list[str]:
            with Device(broker.address, "listener") as gateway:
                assert gateway.may_subscribe("zigbee2mqtt/#")
                return passed_on(gateway, own, lambda: [device.publish(topic) for topic in (OTHERS_PRESS, own)])

        assert await asyncio.to_thread(tried, broker.port, "device-odd-0", password, speak) == [own]


def test_a_retired_device_is_nobody_and_one_that_never_was_gets_nothing(town: Database, clock: ManualClock) -> None:
    give(town, clock, "pendant-1")
    retire = update(tables.device).where(tables.device.c.id == "pendant-1")
    town.write_now(lambda connection: connection.execute(retire.values(retired_at=clock.now() + timedelta(days=1))))
    assert town.read_now(read_identities) == []
    for device in ("pendant-1", "nobody"):
        with pytest.raises(NoSuchDeviceError):
            give(town, clock, device)
