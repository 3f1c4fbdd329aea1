"""What `hemvakt device record` writes has other names and other values, and still reads."""

import json
from typing import Any

import pytest

from devices.families.chirpstack import FAMILY as CHIRPSTACK
from devices.families.hemvakt import FAMILY as HEMVAKT
from devices.families.zigbee2mqtt import FAMILY as ZIGBEE
from devices.family import Family, UnreadablePayloadError
from devices.grades import Sample
from devices.redact import redacted


def made(family: Family, topic: str, said: Any) -> Sample | None:
    return redacted(family, topic, said if isinstance(said, bytes) else json.dumps(said).encode())


def test_the_device_has_another_name_in_topic_and_payload() -> None:
    said = {"occupancy": True, "device": {"friendly_name": "anna-bergs-hall", "ieeeAddr": "0x00158d"}, "battery": 88}
    sample = made(ZIGBEE, "zigbee2mqtt/storgatan-1/anna-bergs-hall", said)
    assert sample is not None
    assert sample.reads == {"motion": 1.0, "battery": 88.0}
    for secret in ("storgatan", "anna", "00158d"):
        assert secret not in sample.topic + json.dumps(sample.payload)


def test_a_measured_value_is_somebody_elses() -> None:
    said = {"boot": "b", "seq": 7, "values": [{"kind": "systolic", "value": 191, "unit": "mm[Hg]"}]}
    sample = made(HEMVAKT, "hemvakt/v1/hub-of-anna/up/measurement", said)
    assert sample is not None
    assert sample.reads == {"systolic": 142.0}
    assert "191" not in json.dumps(sample.payload)


def test_an_address_keeps_its_form_so_that_it_still_reads() -> None:
    topic = "application/9f18/device/a840415711866a85/event/up"
    sample = made(CHIRPSTACK, topic, {"deviceInfo": {"devEui": "a840415711866a85"}, "object": {"press": "short"}})
    assert sample is not None
    assert "a840415711866a85" not in sample.topic + json.dumps(sample.payload)
    assert CHIRPSTACK.decode(sample.topic, sample.raw).readings[0].value == 1.0


def test_how_a_body_moved_is_never_written() -> None:
    said = {
        "boot": "b",
        "seq": 1,
        "position": "waist",
        "rate_hz": 50,
        "range_g": 8,
        "scale_g": 0.001,
        "samples": "AAAAAAAA",
    }
    assert made(HEMVAKT, "hemvakt/v1/pendant-1/up/acceleration", said) is None


def test_what_cannot_be_read_is_not_recorded() -> None:
    with pytest.raises(UnreadablePayloadError):
        made(ZIGBEE, "zigbee2mqtt/x", b"?")
