"""Home Assistant's discovery, read: one thing or a whole device at a time, abbreviated or not, hostile or not."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.discovery import Part, is_announcement, read
from devices.family import UnreadablePayloadError

FILE = Path(os.environ.get("HEMVAKT_DATA", "../shared/data")) / "mqtt_examples" / "payloads.json"

#: As the integration's documentation has it, abbreviated, with a base topic.
SHORT = {
    "~": "zigbee2mqtt/home-1/hall",
    "name": None,
    "stat_t": "~",
    "dev_cla": "occupancy",
    "avty_t": "~/availability",
    "uniq_id": "0x01_occupancy",
    "dev": {"ids": ["z_0x01"], "name": "Hall", "mf": "Aqara", "mdl": "RTCGQ11LM"},
}
DEVICE = {
    "dev": {"ids": "bed", "name": "Bed node"},
    "o": {"name": "esphome"},
    "state_topic": "esphome/bed/status",
    "cmps": {
        "occupied": {"p": "binary_sensor", "dev_cla": "occupancy", "stat_t": "esphome/bed/binary_sensor/bed/state"},
        "button": {"platform": "event", "device_class": "button", "state_topic": "esphome/bed/event/sos/state"},
        "gone": {"p": "sensor"},
        "shared": {"p": "sensor", "name": "shares the topic"},
    },
}


def single(payload: Any, topic: str = "homeassistant/binary_sensor/0x01/occupancy/config") -> Part:
    (part,) = read(topic, json.dumps(payload).encode())
    return part


def test_one_thing_with_abbreviations_and_a_base_topic() -> None:
    assert single(SHORT) == Part(
        part="",
        identifier="z_0x01",
        kind="pir",
        name="Hall",
        model="Aqara RTCGQ11LM",
        state_topic="zigbee2mqtt/home-1/hall",
    )


def test_a_base_topic_may_stand_at_the_end() -> None:
    assert single(SHORT | {"~": "hall", "stat_t": "zigbee2mqtt/~"}).state_topic == "zigbee2mqtt/hall"
    assert single(SHORT | {"~": 7, "stat_t": "~/state"}).state_topic == "~/state"


def test_a_device_with_its_components() -> None:
    parts = {one.part: one for one in read("homeassistant/device/bed/config", json.dumps(DEVICE).encode())}
    assert {(one.part, one.kind, one.state_topic) for one in parts.values()} == {
        ("occupied", "pir", "esphome/bed/binary_sensor/bed/state"),
        ("button", "sos", "esphome/bed/event/sos/state"),
        ("shared", "", "esphome/bed/status"),
    }
    assert {(one.name, one.identifier) for one in parts.values()} == {("Bed node", "bed")}


@pytest.mark.parametrize(
    ("topic", "said", "kind"),
    [
        ("binary_sensor/x", {"device_class": "moisture"}, "leak"),
        ("binary_sensor/x", {"device_class": "carbon_monoxide"}, "carbon_monoxide"),
        ("binary_sensor/x", {"device_class": "tamper"}, ""),
        ("binary_sensor/x", {"device_class": ["smoke"]}, ""),
        ("sensor/x", {"device_class": "temperature"}, ""),
        ("sensor/0x01/action", {}, "sos"),
        ("device_automation/0x01/action_single", {"type": "action", "topic": "zigbee2mqtt/x/action"}, "sos"),
        ("light/x", {}, ""),
    ],
)
def test_what_it_is_likely_to_be(topic: str, said: Any, kind: str) -> None:
    assert single(said, f"homeassistant/{topic}/config").kind == kind


def test_an_empty_payload_takes_it_back() -> None:
    assert read("homeassistant/device/bed/config", b"") == ()


@pytest.mark.parametrize(
    "topic",
    [
        "homeassistant/status",
        "homeassistant/binary_sensor/config",
        "homeassistant/binary_sensor/a/b/c/config",
        "homeassistant/binary_sensor/a b/config",
        "homeassistant/binary_sensor/é/config",
        "homeassistant/BINARY/x/config",
        "homeassistant/sensor/x/config\n",
        f"homeassistant/sensor/{'x' * 255}/config",
        "elsewhere/binary_sensor/x/config",
    ],
)
def test_other_topics_announce_nothing(topic: str) -> None:
    assert not is_announcement(topic)
    with pytest.raises(UnreadablePayloadError):
        read(topic, b"{}")


@pytest.mark.parametrize(
    "payload",
    [
        b"null",
        b"[]",
        b"{",
        b"\xff",
        b"[" * 100_000,
        b'{"cmps": {}}',
        b'{"dev": {}, "cmps": []}',
        b'{"dev": 1, "cmps": {}}',
    ],
)
def test_a_device_that_is_no_device_is_refused(payload: bytes) -> None:
    with pytest.raises(UnreadablePayloadError):
        read("homeassistant/device/x/config", payload)


def test_a_device_without_end_is_refused() -> None:
    said = DEVICE | {"cmps": {str(number): {"p": "sensor", "name": "x"} for number in range(257)}}
    with pytest.raises(UnreadablePayloadError, match="256"):
        read("homeassistant/device/x/config", json.dumps(said).encode())


@pytest.mark.parametrize("topic", ["zigbee2mqtt/#", "+/events", "a\0b", "a\nb", "x" * 256, "\u202egnp", 7, None, {}])
def test_a_state_topic_that_stands_for_others_or_hides_something_is_none(topic: Any) -> None:
    assert single(SHORT | {"stat_t": topic}).state_topic == ""


def test_texts_are_one_bounded_line() -> None:
    part = single(SHORT | {"dev": {"name": "a\n\0\u202e" + "b" * 9999, "mf": {"x": 1}, "mdl": "m" * 9999, "cns": [[]]}})
    assert part.name == "a" + "b" * 119
    assert part.model == "m" * 120
    assert part.identifier == ""


WORDS = st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["", "~", "~/x", "x/~", "é", "smoke", "a\0"])
NAMES = st.sampled_from(["~", "dev", "device", "cmps", "p", "stat_t", "dev_cla", "type", "name", "ids", "cns", "mf"])
INNER = WORDS | st.lists(WORDS, max_size=2) | st.dictionaries(NAMES, WORDS, max_size=3)


@given(
    component=st.sampled_from(["device", "binary_sensor"]),
    said=st.dictionaries(NAMES, INNER | st.dictionaries(NAMES, INNER, max_size=3), max_size=6),
)
def test_anything_is_read_or_refused(component: str, said: Any) -> None:
    try:
        parts = read(f"homeassistant/{component}/x/config", json.dumps(said).encode())
    except UnreadablePayloadError:
        return
    assert all(len(part.name) <= 120 and len(part.part) <= 64 for part in parts)


@pytest.mark.skipif(not FILE.exists(), reason="HEMVAKT_DATA names no folder with recorded messages")
def test_recorded_announcements_are_read() -> None:
    recorded = json.loads(FILE.read_text("utf-8"))
    announced = [one for one in recorded if is_announcement(one["topic"])]
    assert announced
    for one in announced:
        part = single(one["payload"], one["topic"])
        assert part.state_topic.startswith("zigbee2mqtt/")
        assert part.model
