"""Promise: topics, fields and both forms of availability are those of Zigbee2MQTT, and one bad name stops no other."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from hemvakt_sim.broker import Broker
from hemvakt_sim.testing import StandInGateway
from hemvakt_sim.zigbee import Availability, Bridge, Sensor, SensorKind


@pytest.mark.parametrize(
    ("kind", "changes", "field", "value"),
    [
        (SensorKind.PIR, {"occupancy": True}, "occupancy", True),
        (SensorKind.DOOR, {"contact": False}, "contact", False),
        (SensorKind.SMOKE, {"smoke": True}, "smoke", True),
        (SensorKind.LEAK, {"water_leak": True}, "water_leak", True),
        (SensorKind.SOS, {"action": "emergency"}, "action", "emergency"),
    ],
)
def test_a_sensor_publishes_its_whole_state(
    kind: SensorKind, changes: dict[str, object], field: str, value: object
) -> None:
    said = json.loads(Sensor("n", kind, battery=42).payload(**changes))
    assert said[field] == value
    assert said["battery"] == 42


def test_a_press_of_an_sos_button_is_not_repeated_by_its_next_state() -> None:
    sensor = Sensor("n", SensorKind.SOS)
    sensor.payload(action="emergency")
    assert "action" not in json.loads(sensor.payload())


def test_a_state_is_kept_from_one_message_to_the_next() -> None:
    sensor = Sensor("n", SensorKind.SMOKE)
    sensor.payload(smoke=True)
    assert json.loads(sensor.payload())["smoke"] is True


@pytest.mark.broker
@pytest.mark.parametrize(
    ("form", "online"), [(Availability.JSON, b'{"state":"online"}'), (Availability.PLAIN, b"online")]
)
async def test_both_forms_of_availability_are_spoken_for_device_and_bridge(
    broker: Broker, form: Availability, online: bytes
) -> None:
    home = f"home-{form}"
    async with StandInGateway(broker) as gateway, Bridge(broker, home=home, availability=form) as bridge:
        bridge.pair(Sensor(f"{home}/hall/north side/pir".replace(" ", "-"), SensorKind.PIR))
        topics = [f"zigbee2mqtt/{home}/bridge/state", f"zigbee2mqtt/{home}/hall/north-side/pir/availability"]
        async with asyncio.timeout(20):
            await gateway.until(lambda: all(gateway.on(topic)[-1:] == [online] for topic in topics))


@pytest.mark.broker
async def test_a_silent_sensor_says_nothing_and_is_only_announced_gone(broker: Broker) -> None:
    async with StandInGateway(broker) as gateway, Bridge(broker, home="mute") as bridge:
        sensor, other = Sensor("mute/hall/pir", SensorKind.PIR), Sensor("mute/front-door", SensorKind.DOOR)
        bridge.pair(sensor)
        bridge.pair(other)
        sensor.silent = True
        bridge.report(sensor, occupancy=True)
        bridge.announce(sensor, online=False)
        bridge.report(other, contact=False)
        async with asyncio.timeout(20):
            await gateway.until(lambda: bool(gateway.on("zigbee2mqtt/mute/front-door")))
        assert gateway.on("zigbee2mqtt/mute/hall/pir") == []
        assert gateway.on("zigbee2mqtt/mute/hall/pir/availability")[-1] == b'{"state":"offline"}'


@pytest.mark.broker
async def test_a_name_that_the_broker_refuses_is_reported_and_stops_no_other(own_broker: Callable[[str], Any]) -> None:
    """Measured with nats-server 2.15.1: a space in a topic ends the connection."""
    address: Broker = own_broker("nats").address
    async with StandInGateway(address) as gateway, Bridge(address, home="spaced") as bridge:
        door, lamp = Sensor("spaced/front door", SensorKind.DOOR), Sensor("spaced/hall/pir", SensorKind.PIR)
        bridge.report(door, contact=False)
        bridge.report(lamp, occupancy=True)
        async with asyncio.timeout(60):
            await bridge.drained()
            await gateway.until(lambda: bool(gateway.on("zigbee2mqtt/spaced/hall/pir")))
        assert bridge.refused == ["zigbee2mqtt/spaced/front door"]
