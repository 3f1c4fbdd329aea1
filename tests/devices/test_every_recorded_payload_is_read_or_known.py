"""Real payloads from the field: each is read by one family, or stands here with the reason why not."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from devices.family import families, match
from devices.observation import Kind

FILE = Path(os.environ.get("HEMVAKT_DATA", "../shared/data")) / "mqtt_examples" / "payloads.json"

#: Beginning of the topic -> why it is not read.
UNSUPPORTED = {
    "homeassistant/": "discovery of Home Assistant: a proposal of what a device is, no word of the device",
    "shellies/": "Shelly of the first generation",
}
#: Topic as recorded -> one thing that it must say.
EXPECTED = {
    "zigbee2mqtt/btn1": Kind.PRESS,
    "tele/tasmota/SENSOR": Kind.SWITCH,
    "tele/x/SENSOR": Kind.HEARTBEAT,
    "v3/x@ttn/devices/x/up": Kind.HEARTBEAT,
}


def recorded() -> list[tuple[str, Any]]:
    if not FILE.exists():
        pytest.skip("HEMVAKT_DATA has no mqtt_examples")
    found = []
    for example in json.loads(FILE.read_text(encoding="utf-8")):
        topic = example["topic"].replace("<friendly_name>", "x").replace("<topic>", "x")
        topic = topic.replace("<app>", "x").replace("<id>", "x")
        payloads = example["payload"] if isinstance(example["payload"], list) else [example["payload"]]
        found += [(topic, payload) for payload in payloads]
    return found


def test_every_recorded_payload_is_read_or_known() -> None:
    for topic, payload in recorded():
        found = match(families(), topic)
        if found is None:
            assert topic.startswith(tuple(UNSUPPORTED)), topic
            continue
        raw = payload.encode() if isinstance(payload, str) else json.dumps(payload).encode()
        kinds = {reading.kind for reading in found[0].decode(topic, raw).readings}
        assert kinds
        assert EXPECTED.get(topic) in kinds | {None}, topic
