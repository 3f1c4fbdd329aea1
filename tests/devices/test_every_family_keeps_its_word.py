"""What holds for every device family in the registry; a new one is covered the moment its file exists."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.family import Address, Family, Message, UnreadablePayloadError, families, match, topic_filters
from devices.observation import Kind

every_family = pytest.mark.parametrize("family", families(), ids=lambda family: family.name)

TOPICS = {
    "hemvakt": [
        "hemvakt/v1/pendant-7/up/press",
        "hemvakt/v1/pendant-7/up/acceleration",
        "hemvakt/v1/pendant-7/up/wearing",
        "hemvakt/v1/pendant-7/up/heartbeat",
        "hemvakt/v1/pendant-7/up/measurement",
        "hemvakt/v1/pendant-7/up/newthing",
        "hemvakt/v1/pendant-7/status",
    ],
    "zigbee2mqtt": [
        "zigbee2mqtt/home-1/hall/pir",
        "zigbee2mqtt/entrée",
        "zigbee2mqtt/bridge/state",
        "zigbee2mqtt/a b/availability",
    ],
    "shelly": ["shellyplussmoke-80646fc2f4a0/events/rpc", "shellyplussmoke-80646fc2f4a0/online"],
    "tasmota": ["tele/hall/SENSOR", "tele/hall/STATE", "tele/hall/LWT", "stat/hall/RESULT"],
    "esphome": [
        "esphome/bedroom/status",
        "esphome/bedroom/binary_sensor/bed/state",
        "esphome/bedroom/event/button/state",
        "esphome/bedroom/sensor/battery/state",
    ],
    "ttn": ["v3/care@ttn/devices/sos-1/up"],
    "chirpstack": [
        "application/9f1832a7/device/a840415711866a85/event/up",
        "application/9f1832a7/device/a840415711866a85/event/status",
        "application/9f1832a7/device/a840415711866a85/event/join",
    ],
    "senml": ["senml/scale-1", "senml/home-1/scale"],
    "theengs": ["home/TheengsGateway/BTtoMQTT/A4C138000001"],
}


def covers(topic_filter: str, topic: str) -> bool:
    wanted, levels = topic_filter.split("/"), topic.split("/")
    for number, level in enumerate(wanted):
        if level == "#":
            return True
        if number >= len(levels) or level not in {"+", levels[number]}:
            return False
    return len(wanted) == len(levels)


@every_family
def test_has_sample_topics_here(family: Family) -> None:
    assert TOPICS[family.name]


@every_family
def test_subscribes_to_every_topic_it_claims(family: Family) -> None:
    for topic in TOPICS[family.name]:
        assert family.address(topic) is not None
        assert any(covers(one, topic) for one in family.filters)


def test_no_topic_belongs_to_two_families() -> None:
    for topics in TOPICS.values():
        for topic in topics:
            assert sum(family.address(topic) is not None for family in families()) == 1


def test_a_foreign_topic_belongs_to_nobody() -> None:
    for topic in ("homeassistant/status", "kitchen/events/rpc", "kitchen/online", "tele/a/b/SENSOR", "senml/"):
        assert match(families(), topic) is None
    assert topic_filters(families()) == sorted({one for family in families() for one in family.filters})


@every_family
@given(data=st.data(), payload=st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_any_bytes_are_read_or_refused_never_anything_else(family: Family, data: st.DataObject, payload: bytes) -> None:
    topic = data.draw(st.sampled_from(TOPICS[family.name]))
    try:
        message = family.decode(topic, payload)
    except UnreadablePayloadError:
        return
    assert isinstance(message, Message)
    assert message.readings


@every_family
def test_an_unreadable_payload_is_taken_for_the_gravest_thing_of_its_topic(family: Family) -> None:
    for topic in TOPICS[family.name]:
        assert isinstance(family.highest_kind(topic), Kind)


@every_family
def test_an_ack_topic_is_never_one_that_the_gateway_reads(family: Family) -> None:
    topic = family.ack_topic(Address(family.name, "pendant-7"))
    assert topic is None or match(families(), topic) is None
