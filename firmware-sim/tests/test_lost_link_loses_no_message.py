"""Promise: a device that vanishes is told of by its last will; what it keeps meanwhile arrives when it is back."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from hemvakt_sim.broker import Broker
from hemvakt_sim.hub import VitalsHub
from hemvakt_sim.pendant import Lamp, Pendant
from hemvakt_sim.testing import StandInGateway
from hemvakt_sim.zigbee import Bridge, Sensor, SensorKind

pytestmark = pytest.mark.broker


async def test_the_broker_says_offline_for_a_device_that_vanishes_and_the_device_says_online_again(
    broker: Broker,
) -> None:
    async with StandInGateway(broker) as gateway, Pendant("vanishes", broker) as pendant:
        status = "hemvakt/v1/vanishes/status"
        async with asyncio.timeout(30):
            await gateway.until(lambda: gateway.on(status)[-1:] == [b"online"])
            pendant.link.cut(seconds=0.5)
            await gateway.until(lambda: gateway.on(status)[-2:] == [b"online", b"offline"])
            await gateway.until(lambda: gateway.on(status)[-1:] == [b"online"])


async def test_a_press_without_a_link_is_told_when_the_link_is_back(broker: Broker) -> None:
    async with StandInGateway(broker) as gateway, Pendant("lift", broker) as pendant:
        await pendant.link.wait_up()
        pendant.link.cut()
        key = pendant.press()
        await asyncio.sleep(0.5)
        assert pendant.lamp is Lamp.BLINKING
        assert not gateway.on("hemvakt/v1/lift/up/press")
        pendant.link.restore()
        async with asyncio.timeout(20):
            await pendant.acked(key)
        assert pendant.lamp is Lamp.LIT


async def test_a_bridge_delivers_what_it_kept_in_order(broker: Broker) -> None:
    async with StandInGateway(broker) as gateway, Bridge(broker, home="kept") as bridge:
        door = Sensor("kept/front-door", SensorKind.DOOR)
        bridge.pair(door)
        async with asyncio.timeout(30):
            await bridge.drained()
            bridge.link.cut(seconds=0.5)
            for closed in (False, True, False):
                bridge.report(door, contact=closed)
            await bridge.drained()
            await gateway.until(lambda: len(gateway.on("zigbee2mqtt/kept/front-door")) >= 3)
        states = [b'"contact":true' in payload for payload in gateway.on("zigbee2mqtt/kept/front-door")]
        assert states == [False, True, False]


@pytest.mark.parametrize("kind", ["nats", "mosquitto"])
async def test_a_broker_that_is_killed_and_started_again_costs_no_message(
    kind: str, own_broker: Callable[[str], Any]
) -> None:
    process = own_broker(kind)
    address: Broker = process.address
    async with (
        StandInGateway(address) as gateway,
        Pendant("survivor", address) as pendant,
        VitalsHub("hub", address) as hub,
    ):
        async with asyncio.timeout(20):
            await pendant.acked(pendant.press())
        process.kill()
        keys = [pendant.press(), pendant.heartbeat(), hub.measure({"pulse": 71})]
        process.start()
        async with asyncio.timeout(60):
            for key, device in zip(keys, (pendant, pendant, hub), strict=True):
                await device.acked(key)
        assert pendant.lamp is Lamp.LIT
        assert len(gateway.on("hemvakt/v1/survivor/up/press")) >= 2
