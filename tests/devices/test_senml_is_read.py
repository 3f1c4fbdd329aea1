"""SenML: base fields, units and times as RFC 8428 has them."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from devices.families.senml import FAMILY
from devices.family import UnreadablePayloadError
from devices.observation import Kind, Reading


def read(*pack: Any) -> list[Reading]:
    return list(FAMILY.decode("senml/home-1/cuff", json.dumps(pack).encode()).readings)


def test_base_fields_hold_until_the_next_record_that_sets_them() -> None:
    found = read(
        {"bn": "urn:dev:mac:0024befffe804ff1/", "bt": 1772000000.0, "bu": "mmHg", "n": "systolic", "v": 142},
        {"n": "diastolic", "v": 91},
        {"n": "pulse", "u": "beat/min", "v": 71, "t": -60},
    )
    assert [(one.kind, one.value, one.unit) for one in found] == [
        (Kind.SYSTOLIC, 142, "mm[Hg]"),
        (Kind.DIASTOLIC, 91, "mm[Hg]"),
        (Kind.PULSE, 71, "/min"),
    ]
    assert found[2].time == datetime.fromtimestamp(1772000000 - 60, tz=UTC)


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"n": "press", "vb": True}, (Kind.PRESS, 1, "1")),
        ({"n": "door", "vb": False}, (Kind.DOOR, 0, "1")),
        ({"n": "spo2", "u": "/", "v": 0.97}, (Kind.SPO2, 97, "%")),
        ({"n": "battery", "u": "%EL", "v": 41}, (Kind.BATTERY, 41, "%")),
        ({"n": "weight", "v": 71.5}, (Kind.WEIGHT, 71.5, "kg")),
        ({"bn": "home:scale:", "n": "weight", "bv": 70, "v": 1.5}, (Kind.WEIGHT, 71.5, "kg")),
        ({"n": "hum", "u": "%RH", "v": 20}, (Kind.UNKNOWN, None, "1")),
        ({"n": "system.roster", "v": 1}, (Kind.UNKNOWN, None, "1")),
        ({"n": "press"}, (Kind.UNKNOWN, None, "1")),
    ],
)
def test_a_record_becomes_a_reading(record: dict[str, Any], expected: tuple[Kind, float | None, str]) -> None:
    (reading,) = read(record)
    assert (reading.kind, reading.value, reading.unit) == expected
    assert reading.time is None


@pytest.mark.parametrize("payload", [b"", b"[]", b"{}", b"[1]", b'[{"v":"x"}]', b"\xff", b'[{"n":"press","vb":1}]'])
def test_what_is_no_pack_is_refused(payload: bytes) -> None:
    with pytest.raises(UnreadablePayloadError):
        FAMILY.decode("senml/x", payload)


@pytest.mark.parametrize("time", [1e300, -5.0, 2.0**28 - 1])
def test_a_time_that_is_relative_or_absurd_is_left_to_the_arrival(time: float) -> None:
    (reading,) = read({"n": "press", "vb": True, "t": time})
    assert reading.time is None
