"""Tasmota. Payload shapes are those of its own documentation."""

import json
from typing import Any

import pytest

from devices.families.tasmota import FAMILY
from devices.family import Address, UnreadablePayloadError
from devices.observation import Kind


def read(said: Any, topic: str = "tele/hall/SENSOR") -> dict[Kind, float | None]:
    return {one.kind: one.value for one in FAMILY.decode(topic, json.dumps(said).encode()).readings}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"Time": "2021-01-01T00:00:01", "Switch1": "ON"}, {Kind.SWITCH: 1}),
        ({"Switch1": {"Action": "OFF"}}, {Kind.SWITCH: 0}),
        ({"Button1": {"Action": "SINGLE"}}, {Kind.PRESS: 1}),
        ({"Button1": {"Action": "NONE"}}, {Kind.HEARTBEAT: 1}),
        ({"Button1": {"Action": "OFF"}}, {Kind.PRESS: 1}),
        ({"Switch1": "?"}, {Kind.UNKNOWN: None}),
        ({"ZbReceived": {"0x099F": {"Device": "0x099F", "Occupancy": 1, "BatteryPercentage": 80}}},
         {Kind.MOTION: 1, Kind.BATTERY: 80}),
        ({"ZbReceived": {"0x099F": {"Contact": 1}}}, {Kind.DOOR: 1}),
        ({"ZbReceived": {"0x099F": {"Water": 1}, "0x0A": {"Fire": 1}}}, {Kind.LEAK: 1, Kind.SMOKE: 1}),
        ({"ZbReceived": {"0x099F": {"0500!00": "010000FF0000"}}}, {Kind.HEARTBEAT: 1}),
        ({"ZbReceived": [1]}, {Kind.HEARTBEAT: 1}),
        ({"ZbReceived": {"0x099F": {"Panic": 0, "Fire": "clear"}}}, {Kind.SMOKE: 1}),
        ({"ENERGY": {"Power": 41, "Voltage": 231}}, {Kind.POWER: 41}),
        ({"ENERGY": {"Power": [52, 5], "Voltage": 235}}, {Kind.POWER: 57}),
        ({"ENERGY": {"Power": []}}, {Kind.HEARTBEAT: 1}),
        ({"ENERGY": {"Power": [52, "?"]}}, {Kind.UNKNOWN: None}),
        ({"ENERGY": {"Power": "?"}}, {Kind.UNKNOWN: None}),
        ({"ENERGY": [41]}, {Kind.HEARTBEAT: 1}),
        ({"POWER": "ON"}, {Kind.HEARTBEAT: 1}),
    ],
)  # fmt: skip
def test_a_state_becomes_readings(said: dict[str, Any], expected: dict[Kind, float | None]) -> None:
    assert read(said) == expected
    assert read(said, "stat/hall/RESULT") == expected


def test_the_last_will_says_online_and_offline() -> None:
    assert FAMILY.decode("tele/hall/LWT", b"Online").readings[0].value == 1.0
    assert FAMILY.decode("tele/hall/LWT", b"Offline").readings[0].value == 0.0
    with pytest.raises(UnreadablePayloadError):
        FAMILY.decode("tele/hall/LWT", b"online")


def test_a_command_is_no_word_of_a_device() -> None:
    assert FAMILY.address("cmnd/hall/POWER") is None
    assert FAMILY.address("stat/hall/RESULT") == Address("tasmota", "hall")
