"""Pendants and vitals hubs of our own."""

import base64
import json
import struct
from datetime import UTC, datetime
from typing import Any

import pytest

from devices.families.hemvakt import FAMILY
from devices.family import Address, Message, UnreadablePayloadError
from devices.observation import Kind

NUMBERED: dict[str, Any] = {"boot": "7f3a", "seq": 12, "time": "2026-03-01T02:14:07+01:00"}


def say(message: str, **fields: Any) -> Message:
    return FAMILY.decode(f"hemvakt/v1/pendant-7/up/{message}", json.dumps(NUMBERED | fields).encode())


def test_a_press_is_numbered_timed_and_wants_an_ack() -> None:
    message = say("press", button="main")
    assert (message.boot, message.seq, message.wants_ack) == ("7f3a", 12, True)
    assert message.address == Address("hemvakt", "pendant-7")
    (press,) = message.readings
    assert press.kind is Kind.PRESS
    assert press.time == datetime(2026, 3, 1, 1, 14, 7, tzinfo=UTC)


def test_the_ack_names_the_message() -> None:
    message = say("press")
    assert FAMILY.ack_topic(message.address) == "hemvakt/v1/pendant-7/down/ack"
    assert json.loads(FAMILY.ack_payload(message)) == {"boot": "7f3a", "seq": [12]}


def test_a_time_without_offset_is_utc_and_no_time_is_no_time() -> None:
    assert say("press", time="2026-03-01T02:14:07").readings[0].time == datetime(2026, 3, 1, 2, 14, 7, tzinfo=UTC)
    assert say("press", time=None).readings[0].time is None


def test_acceleration_keeps_its_bytes_rate_range_and_position() -> None:
    samples = struct.pack("<6h", 0, 16, 4096, 0, -16, 4096)
    window = (
        say(
            "acceleration",
            position="wrist",
            rate_hz=50,
            range_g=8,
            scale_g=1 / 4096,
            samples=base64.b64encode(samples).decode(),
        )
        .readings[0]
        .acceleration
    )
    assert window is not None
    assert (window.samples, window.rate_hz, window.range_g, window.position) == (samples, 50, 8, "wrist")


def test_a_heartbeat_tells_battery_and_tamper() -> None:
    readings = {one.kind: one.value for one in say("heartbeat", battery=81, tamper=True, firmware="2.4.1").readings}
    assert readings == {Kind.HEARTBEAT: 1.0, Kind.BATTERY: 81.0, Kind.TAMPER: 1.0}


def test_a_measurement_keeps_its_values_and_units() -> None:
    values = [{"kind": "systolic", "value": 142, "unit": "mm[Hg]"}, {"kind": "pulse", "value": 71, "unit": "/min"}]
    assert [(one.kind, one.value, one.unit) for one in say("measurement", values=values).readings] == [
        (Kind.SYSTOLIC, 142.0, "mm[Hg]"),
        (Kind.PULSE, 71.0, "/min"),
    ]


@pytest.mark.parametrize(("payload", "value"), [(b"online", 1.0), (b"offline", 0.0)])
def test_the_last_will_is_a_state_without_a_number(payload: bytes, value: float) -> None:
    message = FAMILY.decode("hemvakt/v1/pendant-7/status", payload)
    assert message.seq is None
    assert message.readings[0].value == value


@pytest.mark.parametrize(
    ("message", "fields"),
    [
        ("press", {"seq": 0}),
        ("press", {"seq": 2**53}),
        ("press", {"seq": "12"}),
        ("press", {"boot": ""}),
        ("press", {"boot": "x" * 33}),
        ("press", {"time": "yesterday"}),
        ("press", {"time": "0001-01-01T00:00:00+14:00"}),
        ("press", {"button": "x" * 33}),
        ("acceleration", {"position": "ankle", "rate_hz": 50, "range_g": 8, "scale_g": 0.1, "samples": "AAAAAAAA"}),
        ("acceleration", {"position": "wrist", "rate_hz": 5, "range_g": 8, "scale_g": 0.1, "samples": "AAAAAAAA"}),
        ("acceleration", {"position": "wrist", "rate_hz": 50, "range_g": 8, "scale_g": 0.1, "samples": "AAAA"}),
        ("acceleration", {"position": "wrist", "rate_hz": 50, "range_g": 8, "scale_g": 0.1, "samples": "%%%"}),
        ("acceleration", {"position": "wrist", "rate_hz": 50, "range_g": 8, "scale_g": 0.1, "samples": ""}),
        ("wearing", {"wearing": "yes"}),
        ("heartbeat", {"battery": 101}),
        ("measurement", {"values": []}),
        ("measurement", {"values": [{"kind": "mood", "value": 1, "unit": "1"}]}),
        ("measurement", {"values": [{"kind": "pulse", "value": 1, "unit": "/min"}] * 9}),
        ("newthing", {}),
    ],
)
def test_what_does_not_fit_is_refused_with_a_reason_that_quotes_no_value(message: str, fields: dict[str, Any]) -> None:
    with pytest.raises(UnreadablePayloadError) as refused:
        say(message, **fields)
    assert "yesterday" not in str(refused.value)
    assert "mood" not in str(refused.value)


def test_a_press_that_cannot_be_read_counts_as_a_press_and_so_does_a_message_of_tomorrow() -> None:
    assert FAMILY.highest_kind("hemvakt/v1/pendant-7/up/press") is Kind.PRESS
    assert FAMILY.highest_kind("hemvakt/v1/pendant-7/up/newthing") is Kind.PRESS
    assert FAMILY.highest_kind("hemvakt/v1/pendant-7/status") is Kind.ONLINE


@pytest.mark.parametrize("name", ["", "a/b", "x" * 65, "päron", "a b", "+", "#", "../x"])
def test_a_name_outside_the_alphabet_is_not_one_of_our_devices(name: str) -> None:
    assert FAMILY.address(f"hemvakt/v1/{name}/up/press") is None
