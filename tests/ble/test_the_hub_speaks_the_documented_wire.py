"""From the air over a real broker to what reads it in the gateway, and back to the ack; in real time."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiomqtt
import pytest
import yaml
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from devices.families.hemvakt import FAMILY
from devices.hub.config import HubConfig
from devices.hub.uplink import MqttUplink
from devices.observation import Kind, Reading
from hemvakt_sim.ble.button import Button
from hemvakt_sim.ble.cuff import Cuff
from hemvakt_sim.ble.glucose_meter import GlucoseMeter
from hemvakt_sim.tasks import end
from tests.ble.conftest import BrokerProcess
from tests.ble.home import BUTTON, CUFF, KEY, METER, config, device, home

pytestmark = pytest.mark.broker

WIRE: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parents[2] / "docs" / "asyncapi.yaml").read_text(encoding="utf-8")
)


class Gateway:
    """Reads with the gateway's own reader, and acknowledges what it has."""

    def __init__(self) -> None:
        self.acknowledges = True
        self.messages: dict[tuple[str, str, int], tuple[Reading, ...]] = {}
        self.raw: list[tuple[str, bytes]] = []

    async def run(self, port: int) -> None:
        while True:
            with contextlib.suppress(aiomqtt.MqttError):
                async with aiomqtt.Client("127.0.0.1", port) as client:
                    await client.subscribe([("hemvakt/v1/+/up/+", 1), ("hemvakt/v1/+/status", 1)])
                    async for message in client.messages:
                        await self._heard(client, str(message.topic), bytes(message.payload))
            await asyncio.sleep(0.1)

    async def _heard(self, client: aiomqtt.Client, topic: str, payload: bytes) -> None:
        self.raw.append((topic, payload))
        message = FAMILY.decode(topic, payload)
        if self.acknowledges and message.seq is not None:
            self.messages[message.address.name, message.boot, message.seq] = message.readings
            ack = FAMILY.ack_topic(message.address)
            assert ack is not None
            await client.publish(ack, FAMILY.ack_payload(message), qos=1)

    def of(self, name: str, kind: Kind) -> list[float | None]:
        readings = [one for key, readings in self.messages.items() if key[0] == name for one in readings]
        return [one.value for one in readings if one.kind is kind]

    async def until(self, name: str, kind: Kind, values: list[float]) -> None:
        await eventually(lambda: self.of(name, kind) == values)


async def eventually(is_so: Callable[[], bool]) -> None:
    """Wait in real time, which passes between processes; a minute is long beyond doubt."""
    async with asyncio.timeout(60):
        while not is_so():  # noqa: ASYNC110 - the broker is another process and has no event
            await asyncio.sleep(0.05)


@asynccontextmanager
async def gateway(broker: BrokerProcess) -> AsyncIterator[Gateway]:
    made = Gateway()
    task = asyncio.create_task(made.run(broker.port))
    try:
        yield made
    finally:
        await end(task)


def settings(folder: Path, broker: BrokerProcess) -> HubConfig:
    key = folder / "button.key"
    key.touch(mode=0o600)
    key.write_text(KEY.hex())
    return config(
        folder,
        device("cuff-1", CUFF, "blood_pressure"),
        device("meter-1", METER, "glucose"),
        device("button-1", BUTTON, "button", key_file=key),
        broker={"url": f"mqtt://127.0.0.1:{broker.port}"},
    )


async def test_what_is_measured_is_read_by_the_gateway_and_acknowledged(tmp_path: Path, broker: BrokerProcess) -> None:
    async with home() as at, gateway(broker) as heard:
        cuff = Cuff(at.air, CUFF, "cuff", clock=at.clock.local)
        meter = GlucoseMeter(at.air, METER, "meter", clock=at.clock.local)
        button = Button(at.air, BUTTON, KEY)
        async with cuff.powered(), meter.powered(), button.powered():
            async with at.hub(settings(tmp_path, broker), uplink=MqttUplink) as desk:
                cuff.measure(142, 91, 71)
                meter.measure(99, meal=1)
                assert all(await asyncio.gather(cuff.call(), meter.call()))
                await button.press()
                await heard.until("cuff-1", Kind.SYSTOLIC, [142])
                await heard.until("meter-1", Kind.GLUCOSE, [99])
                await heard.until("button-1", Kind.PRESS, [1])
                await eventually(lambda: len(desk.queue) == 0)
            statuses = [payload for topic, payload in heard.raw if topic == "hemvakt/v1/hub-1/status"]
            assert statuses[0] == b"online"
    for topic, payload in heard.raw:
        fits_the_document(topic, payload)


def fits_the_document(topic: str, payload: bytes) -> None:
    channel = topic.rsplit("/", 1)[1]
    if channel == "status":
        return
    schema = WIRE["components"]["messages"][channel]["payload"]
    registry: Registry[Any] = Registry().with_resource("urn:wire", DRAFT202012.create_resource(WIRE))
    checked = Draft202012Validator(
        {"$id": "urn:wire", **WIRE, **schema}, registry=registry, format_checker=FormatChecker()
    )
    checked.validate(json.loads(payload))


async def test_while_broker_and_gateway_are_away_everything_is_kept(tmp_path: Path, broker: BrokerProcess) -> None:
    async with (
        home() as at,
        gateway(broker) as heard,
        Cuff(at.air, CUFF, "cuff", clock=at.clock.local).powered() as cuff,
    ):
        broker.kill()
        async with at.hub(settings(tmp_path, broker), uplink=MqttUplink) as desk:
            for systolic in (120, 130, 140):
                cuff.measure(systolic, 80, 60)
                at.clock.jump += at.clock.jump.resolution * 60_000_000
            assert await cuff.call()
            assert len(desk.queue) >= 3
        broker.start()
        async with at.hub(settings(tmp_path, broker), uplink=MqttUplink):
            await heard.until("cuff-1", Kind.SYSTOLIC, [120, 130, 140])


async def test_a_puback_of_the_broker_is_not_enough(tmp_path: Path, broker: BrokerProcess) -> None:
    async with home() as at, gateway(broker) as heard:
        heard.acknowledges = False
        async with (
            Cuff(at.air, CUFF, "cuff", clock=at.clock.local).powered() as cuff,
            at.hub(settings(tmp_path, broker), uplink=MqttUplink) as desk,
        ):
            cuff.measure(142, 91, 71)
            assert await cuff.call()
            await eventually(lambda: [topic for topic, _ in heard.raw].count("hemvakt/v1/cuff-1/up/measurement") > 1)
            assert len(desk.queue) >= 1
            heard.acknowledges = True
            await heard.until("cuff-1", Kind.SYSTOLIC, [142])


async def test_a_hub_that_is_told_to_stop_while_it_publishes_stops(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Forgetful:
        """Loses a cancellation, as aiomqtt does on Python 3.11 when the PUBACK comes in the same turn."""

        lost = 0

        async def publish(self, *_: object, **__: object) -> None:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                self.lost += 1
                if self.lost > 1:
                    raise

    uplink = MqttUplink(config(tmp_path, device("cuff-1", CUFF, "blood_pressure")), lambda *_: None, lambda _: None)
    monkeypatch.setattr(uplink, "_client", Forgetful())

    async def send_for_ever() -> None:
        while True:
            await uplink.publish("hemvakt/v1/hub-1/up/heartbeat", b"{}")

    task = asyncio.create_task(send_for_ever())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait({task}, timeout=5)
    assert task.cancelled()
