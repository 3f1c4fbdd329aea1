"""Sensors behind Zigbee2MQTT. Payload shapes are those of its own documentation."""

import json
from typing import Any

import pytest

from devices.families.zigbee2mqtt import FAMILY
from devices.family import Address, UnreadablePayloadError
from devices.observation import Kind


def read(state: Any, name: str = "home-1/hall/pir") -> dict[Kind, float | None]:
    payload = state if isinstance(state, bytes) else json.dumps(state).encode()
    return {one.kind: one.value for one in FAMILY.decode(f"zigbee2mqtt/{name}", payload).readings}


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (
            {"occupancy": True, "battery": 100, "illuminance": 21, "device_temperature": 24},
            {Kind.MOTION: 1, Kind.BATTERY: 100},
        ),
        ({"presence": False}, {Kind.PRESENCE: 0}),
        ({"state": "ON", "power": 1850, "voltage": 231}, {Kind.POWER: 1850}),
        ({"temperature": 21.5, "humidity": 40}, {Kind.ROOM_TEMPERATURE: 21.5}),
        ({"contact": True}, {Kind.DOOR: 0}),
        ({"contact": False, "tamper": True}, {Kind.DOOR: 1, Kind.TAMPER: 1}),
        ({"action": "emergency", "battery": 98, "linkquality": 98}, {Kind.PRESS: 1, Kind.BATTERY: 98}),
        ({"smoke": True, "battery_low": False}, {Kind.SMOKE: 1}),
        ({"gas": "ON"}, {Kind.GAS: 1}),
        ({"carbon_monoxide": 0}, {Kind.CARBON_MONOXIDE: 0}),
        ({"water_leak": True}, {Kind.LEAK: 1}),
        ({"linkquality": 98}, {Kind.HEARTBEAT: 1}),
        ({}, {Kind.HEARTBEAT: 1}),
    ],
)
def test_a_state_becomes_readings(state: dict[str, Any], expected: dict[Kind, float]) -> None:
    assert read(state) == expected


def test_a_number_that_no_device_means_costs_the_smoke_beside_it_nothing() -> None:
    assert read({"smoke": True, "temperature": 10**400}) == {Kind.SMOKE: 1, Kind.UNKNOWN: None}


def test_an_action_nobody_has_heard_of_is_a_press_and_a_release_is_not() -> None:
    assert Kind.PRESS in read({"action": "quintuple"})
    # Only the very words of Zigbee2MQTT are a release.
    assert Kind.PRESS in read({"action": "RELEASE"})
    assert Kind.PRESS in read({"action": "none"})
    assert Kind.PRESS not in read({"action": "release"})
    assert Kind.PRESS not in read({"action": ""})
    assert Kind.PRESS not in read({"action": None})


@pytest.mark.parametrize("word", ["maybe", "normal", "clear", "", 2, []])
def test_a_smoke_detector_that_says_something_odd_is_believed_to_burn(word: Any) -> None:
    assert read({"smoke": word}) == {Kind.SMOKE: 1}


def test_one_odd_field_does_not_cost_the_others() -> None:
    assert read({"battery": "n/a", "smoke": True}) == {Kind.SMOKE: 1, Kind.UNKNOWN: None}


@pytest.mark.parametrize("payload", [b"online", b'{"state":"online"}'])
@pytest.mark.parametrize(
    "topic", ["zigbee2mqtt/home-1/hall/pir/availability", "zigbee2mqtt/home-1/bridge/state", "zigbee2mqtt/bridge/state"]
)
def test_availability_is_read_in_both_its_forms(topic: str, payload: bytes) -> None:
    assert FAMILY.decode(topic, payload).readings[0].value == 1.0
    assert FAMILY.decode(topic, payload.replace(b"online", b"offline")).readings[0].value == 0.0


@pytest.mark.parametrize("payload", [b"", b"ONLINE", b"true", b"{}", b"{", b'{"state":1}', b'["online"]', b"\xff"])
def test_an_availability_of_another_form_is_refused(payload: bytes) -> None:
    with pytest.raises(UnreadablePayloadError):
        FAMILY.decode("zigbee2mqtt/x/availability", payload)


@pytest.mark.parametrize("payload", [b"", b"null", b"[1]", b'"x"', b"{", b"\xff\xfe", b"9" * 5000])
def test_a_state_that_is_no_json_object_is_refused(payload: bytes) -> None:
    with pytest.raises(UnreadablePayloadError):
        FAMILY.decode("zigbee2mqtt/x", payload)


@pytest.mark.parametrize(
    ("topic", "name"),
    [
        ("zigbee2mqtt/btn1", "btn1"),
        ("zigbee2mqtt/home-1/front door", "home-1/front door"),
        ("zigbee2mqtt/entrée", "entrée"),
        ("zigbee2mqtt/0x00158d0006d3ad73", "0x00158d0006d3ad73"),
        ("zigbee2mqtt/home-1/hall/pir/availability", "home-1/hall/pir"),
        ("zigbee2mqtt/bridge/state", "bridge"),
        ("zigbee2mqtt/home-1/bridge/state", "home-1/bridge"),
    ],
)
def test_a_friendly_name_may_be_anything(topic: str, name: str) -> None:
    assert FAMILY.address(topic) == Address("zigbee2mqtt", name)


@pytest.mark.parametrize(
    "topic",
    [
        "zigbee2mqtt/",
        "zigbee2mqtt/x/set",
        "zigbee2mqtt/x/get",
        "zigbee2mqtt/bridge/logging",
        "zigbee2mqtt/home-1/bridge/devices",
        "other/x",
    ],
)
def test_requests_and_the_bridges_own_talk_are_no_devices(topic: str) -> None:
    assert FAMILY.address(topic) is None


@pytest.mark.parametrize("name", ["home-1/hall/drawbridge", "footbridge"])
def test_a_device_whose_name_ends_like_a_bridge_has_its_own_topics_only(name: str) -> None:
    topic = f"zigbee2mqtt/{name}"
    assert FAMILY.own(Address("zigbee2mqtt", name)).says == (topic, f"{topic}/availability")
    assert FAMILY.own(Address("zigbee2mqtt", name)).hears == ()
    assert FAMILY.own(Address("zigbee2mqtt", "home-1/bridge")).says == ("zigbee2mqtt/home-1/#",)
