"""ESPHome nodes under our prefix."""

import pytest

from devices.families.esphome import FAMILY
from devices.family import Address, UnreadablePayloadError
from devices.observation import Kind


@pytest.mark.parametrize(
    ("topic", "payload", "expected"),
    [
        ("binary_sensor/bed/state", b"ON", (Kind.SWITCH, 1)),
        ("binary_sensor/bed/state", b"OFF", (Kind.SWITCH, 0)),
        ("sensor/battery/state", b"41.5", (Kind.BATTERY, 41.5)),
        # A sensor that has not measured yet, as it says after each start of the node.
        ("sensor/battery/state", b"nan", (Kind.HEARTBEAT, 1)),
        ("sensor/battery/state", b"None", (Kind.HEARTBEAT, 1)),
        ("event/button/state", b'{"event_type":"single"}', (Kind.PRESS, 1)),
        ("event/button/state", b'{"event_type":"release"}', (Kind.HEARTBEAT, 1)),
        ("status", b"online", (Kind.ONLINE, 1)),
        ("status", b"offline", (Kind.ONLINE, 0)),
    ],
)
def test_what_a_node_says(topic: str, payload: bytes, expected: tuple[Kind, float]) -> None:
    (reading,) = FAMILY.decode(f"esphome/node/{topic}", payload).readings
    assert (reading.kind, reading.value) == expected


@pytest.mark.parametrize(
    ("topic", "payload"),
    [("binary_sensor/bed/state", b"?"), ("sensor/battery/state", b"n/a"), ("sensor/battery/state", b"\xff")],
)
def test_what_cannot_be_read_is_refused(topic: str, payload: bytes) -> None:
    with pytest.raises(UnreadablePayloadError):
        FAMILY.decode(f"esphome/node/{topic}", payload)


def test_each_sensor_of_a_node_is_a_device_and_the_battery_is_the_nodes() -> None:
    assert FAMILY.address("esphome/node/binary_sensor/bed/state") == Address("esphome", "node/bed")
    assert FAMILY.address("esphome/node/sensor/battery/state") == Address("esphome", "node")
    assert FAMILY.address("esphome/node/status") == Address("esphome", "node")
    assert FAMILY.address("esphome/node/sensor/illuminance/state") is None
