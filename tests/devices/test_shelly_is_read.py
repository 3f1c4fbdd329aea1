"""Shelly, second generation and later. Frames are of the shape that Shelly's API documentation gives."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from devices.families.shelly import FAMILY
from devices.family import UnreadablePayloadError
from devices.observation import Kind, Reading

TS = 1_772_000_000.5


def notice(params: dict[str, Any], method: str = "NotifyStatus") -> tuple[Reading, ...]:
    frame = {"src": "shellyx-1", "dst": "shellyx-1/events", "method": method, "params": {"ts": TS, **params}}
    return FAMILY.decode("shellyx-1/events/rpc", json.dumps(frame).encode()).readings


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"smoke:0": {"id": 0, "alarm": True, "mute": False}}, {Kind.SMOKE: 1}),
        ({"smoke:0": {"id": 0, "alarm": "?"}}, {Kind.SMOKE: 1}),
        ({"flood:0": {"id": 0, "alarm": False}}, {Kind.LEAK: 0}),
        ({"presencezone:200": {"id": 200, "state": True, "num_objects": 1}}, {Kind.PRESENCE: 1}),
        ({"switch:0": {"id": 0, "output": True, "apower": 41.5}}, {Kind.POWER: 41.5}),
        ({"temperature:100": {"id": 100, "tC": 21.4, "tF": 70.5}}, {Kind.ROOM_TEMPERATURE: 21.4}),
        ({"devicepower:0": {"id": 0, "battery": {"V": 5.9, "percent": 41}}}, {Kind.BATTERY: 41}),
        ({"input:0": {"id": 0, "state": True}}, {Kind.SWITCH: 1}),
        ({"bthomesensor:200": {"id": 200, "value": False}}, {Kind.SWITCH: 0}),
        ({"bthomesensor:201": {"id": 201, "value": 21.5}}, {Kind.HEARTBEAT: 1}),
        ({"humidity:0": {"id": 0, "rh": 41.4}}, {Kind.HEARTBEAT: 1}),
        ({"smoke:0": None}, {Kind.HEARTBEAT: 1}),
        ({"input:0": {"id": 0, "state": "?"}}, {Kind.UNKNOWN: None}),
    ],
)
def test_what_changed_becomes_readings(params: dict[str, Any], expected: dict[Kind, float | None]) -> None:
    assert {one.kind: one.value for one in notice(params)} == expected


def test_a_push_is_one_press_with_its_own_time() -> None:
    pushes = [{"component": "input:0", "id": 0, "event": word, "ts": TS + 1} for word in ("btn_down", "single_push")]
    (press,) = notice({"events": [*pushes, {"event": "config_changed"}, "?"]}, "NotifyEvent")
    assert (press.kind, press.text) == (Kind.PRESS, "input:0 single_push")
    assert press.time == datetime.fromtimestamp(TS + 1, tz=UTC)


def test_a_button_behind_a_gateway_is_a_press() -> None:
    (press,) = notice({"events": [{"component": "bthomedevice:200", "event": "quadruple_push"}]}, "NotifyEvent")
    assert (press.kind, press.time) == (Kind.PRESS, datetime.fromtimestamp(TS, tz=UTC))


@pytest.mark.parametrize("ts", [None, "now", 1e300, -1e300])
def test_a_clock_that_is_not_set_costs_nothing(ts: Any) -> None:
    (reading,) = notice({"ts": ts, "smoke:0": {"alarm": True}})
    assert (reading.kind, reading.time) == (Kind.SMOKE, None)


def test_online_and_offline() -> None:
    assert FAMILY.decode("shellyx-1/online", b"true").readings[0].value == 1.0
    assert FAMILY.decode("shellyx-1/online", b"false").readings[0].value == 0.0
    with pytest.raises(UnreadablePayloadError):
        FAMILY.decode("shellyx-1/online", b"True")
