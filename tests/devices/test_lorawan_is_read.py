"""LoRaWAN through The Things Stack and ChirpStack; fields are those of the makers' published codecs."""

import json
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest

from devices.families.chirpstack import FAMILY as CHIRPSTACK
from devices.families.ttn import FAMILY as TTN
from devices.family import Message, UnreadablePayloadError
from devices.observation import Kind

UP = "application/a/device/a840415711866a85/event/up"


def ttn(decoded: Any, received_at: Any = "2026-03-01T09:13:57.452142969Z", **more: Any) -> Message:
    uplink = {"f_port": 2, "f_cnt": 123, "decoded_payload": decoded, "session_key_id": "AZE", **more}
    said = {
        "end_device_ids": {"device_id": "sos-1", "dev_addr": "260B1091"},
        "received_at": received_at,
        "uplink_message": uplink,
    }
    return TTN.decode("v3/care@ttn/devices/sos-1/up", json.dumps(said).encode())


def chirpstack(decoded: Any, **more: Any) -> Message:
    said = {
        "time": "2026-03-01T09:13:57.452142969+00:00",
        "devAddr": "01ffe479",
        "fCnt": 123,
        "object": decoded,
        **more,
    }
    return CHIRPSTACK.decode(UP, json.dumps(said).encode())


class Number(NamedTuple):
    boot: str
    seq: int | None


def number(message: Message) -> Number:
    return Number(message.boot, message.seq)


FIELDS = [
    ({"sos_event": "normal", "press": 0, "button": "none"}, {Kind.HEARTBEAT: 1}),
    ({"ALARM_status": "FALSE", "BatV": 3.9, "Transport": "STILL"}, {Kind.HEARTBEAT: 1}),
    ({"ALARM_status": "TRUE", "BatV": 3.9}, {Kind.PRESS: 1}),
    ({"smoke_status": "normal"}, {Kind.SMOKE: 0}),
    ({"battery": 92, "press": "long"}, {Kind.PRESS: 1, Kind.BATTERY: 92}),
    ({"sos": False, "battery": 92}, {Kind.BATTERY: 92}),
    ({"magnet_status": "open"}, {Kind.DOOR: 1}),
    ({"magnet_status": "close", "battery": 50}, {Kind.DOOR: 0, Kind.BATTERY: 50}),
    ({"DOOR_OPEN_STATUS": 1, "BAT_V": 3.0}, {Kind.DOOR: 1}),
    ({"pir": "trigger"}, {Kind.MOTION: 1}),
    ({"occupancy": "vacant"}, {Kind.PRESENCE: 0}),
    ({"leakage_status": "leak"}, {Kind.LEAK: 1}),
    ({"smoke_status": "burning hot"}, {Kind.SMOKE: 1}),
    ({"leakage_status": "wet?"}, {Kind.UNKNOWN: None}),
    ({"temperature": 21.4}, {Kind.HEARTBEAT: 1}),
    (None, {Kind.HEARTBEAT: 1}),
    ([1], {Kind.HEARTBEAT: 1}),
]


@pytest.mark.parametrize(("decoded", "expected"), FIELDS)
@pytest.mark.parametrize("uplink", [ttn, chirpstack])
def test_fields_of_a_codec_become_readings(uplink: Any, decoded: Any, expected: dict[Kind, float | None]) -> None:
    message = uplink(decoded)
    assert {one.kind: one.value for one in message.readings} == expected
    assert {one.time for one in message.readings} == {datetime(2026, 3, 1, 9, 13, 57, 452143, tzinfo=UTC)}


UPLINKS = [(ttn, "f_cnt"), (chirpstack, "fCnt")]


def test_the_frame_counter_numbers_an_uplink_within_its_session() -> None:
    assert number(ttn({})) == ("AZE", 123)
    assert number(ttn({}, session_key_id=None)).boot == "260B1091"
    assert number(chirpstack({})) == ("01ffe479", 123)


@pytest.mark.parametrize(("uplink", "field"), UPLINKS)
@pytest.mark.parametrize("counter", [-1, 2**32, "7", True, 1.5])
def test_a_counter_that_is_none_numbers_nothing(uplink: Any, field: str, counter: Any) -> None:
    assert uplink({}, **{field: counter}).seq is None


@pytest.mark.parametrize("time", [None, "", 5, "yesterday", "2026-03-01T09:13:57"])
def test_an_uplink_of_which_nobody_says_when_it_was_heard_is_not_numbered(time: Any) -> None:
    assert ttn({}, received_at=time).seq is None
    assert chirpstack({}, time=time).seq is None


def test_the_first_uplink_of_a_session_has_number_0() -> None:
    said = {"received_at": "2026-03-01T09:13:57Z", "uplink_message": {"decoded_payload": {"press": "short"}}}
    assert TTN.decode("v3/a/devices/b/up", json.dumps(said).encode()).seq == 0


@pytest.mark.parametrize("time", [None, "", "yesterday", "2026-03-01T09:13:57", 5])
def test_a_time_that_cannot_be_read_is_left_to_the_arrival(time: Any) -> None:
    assert chirpstack({"press": "short"}, time=time).readings[0].time is None


def test_an_uplink_without_a_message_is_refused() -> None:
    with pytest.raises(UnreadablePayloadError):
        TTN.decode("v3/a/devices/b/up", b"{}")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"batteryLevel": 61.4, "margin": 7}, (Kind.BATTERY, 61.4)),
        ({"batteryLevel": 0, "externalPowerSource": True}, (Kind.HEARTBEAT, 1)),
        ({"batteryLevel": 0, "batteryLevelUnavailable": True}, (Kind.HEARTBEAT, 1)),
    ],
)
def test_chirpstack_tells_the_battery_by_itself(said: dict[str, Any], expected: tuple[Kind, float]) -> None:
    (reading,) = CHIRPSTACK.decode(UP.replace("/up", "/status"), json.dumps(said).encode()).readings
    assert (reading.kind, reading.value) == expected
