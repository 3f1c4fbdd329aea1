"""Bluetooth sensors heard by a Theengs gateway."""

import json
from typing import Any

import pytest

from devices.families.theengs import FAMILY
from devices.observation import Kind


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"id": "A4:C1:38:00:00:01", "rssi": -61, "open": True, "batt": 80}, {Kind.DOOR: 1, Kind.BATTERY: 80}),
        ({"motion": False}, {Kind.MOTION: 0}),
        ({"weighing_mode": "person", "unit": "kg", "weight": 71.5}, {Kind.WEIGHT: 71.5}),
        ({"weighing_mode": "object", "unit": "kg", "weight": 12.5}, {Kind.HEARTBEAT: 1}),
        ({"weighing_mode": "person", "unit": "jin", "weight": 143}, {Kind.UNKNOWN: None}),
        ({"button": 1, "tempc": 21.5}, {Kind.HEARTBEAT: 1}),
    ],
)
def test_properties_become_readings(said: dict[str, Any], expected: dict[Kind, float | None]) -> None:
    message = FAMILY.decode("home/TheengsGateway/BTtoMQTT/A4C138000001", json.dumps(said).encode())
    assert {one.kind: one.value for one in message.readings} == expected


def test_whichever_gateway_hears_it_it_is_the_same_device() -> None:
    hall, attic = (FAMILY.address(f"home/{gateway}/BTtoMQTT/a4c138000001") for gateway in ("hall", "attic"))
    assert hall == attic
    assert hall is not None
