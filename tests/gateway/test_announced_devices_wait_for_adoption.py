"""What Home Assistant's discovery announces is proposed to whoever adopts; it is no reading, and nobody's alarm."""

import asyncio
import json
from datetime import datetime
from typing import Any

import pytest

from devices import announcements, registry
from devices.discovery import FILTERS
from devices.family import families, topic_filters
from devices.registry import NoSuchDeviceError, Placement, UnknownDevice
from gateway.arrivals import Arrivals
from gateway.broker.embedded import EmbeddedBroker
from gateway.link import Link
from store.clock import SystemClock
from store.tables import alarm, announcement, device, finding, inbox, observation
from tests.gateway.conftest import as_device
from tests.gateway.scripted_broker import thread_of
from tests.gateway.test_the_embedded_broker import Device
from tests.gateway.world import World

LEAK = "homeassistant/binary_sensor/0x0015/water_leak/config"
BATTERY = "homeassistant/sensor/0x0015/battery/config"
TOPIC = "zigbee2mqtt/home-1/kitchen"


def config(device_class: str = "moisture", state_topic: str = TOPIC, **more: Any) -> bytes:
    described = {"identifiers": ["0x0015"], "name": "Kitchen", "manufacturer": "Aqara", "model": "SJCGQ11LM"}
    return json.dumps({"device_class": device_class, "state_topic": state_topic, "device": described} | more).encode()


def listed(world: World) -> list[UnknownDevice]:
    return world.database.read_now(registry.list_unknown)


def adopt(world: World, now: datetime, address: str = "home-1/kitchen", family: str = "zigbee2mqtt") -> None:
    world.database.write_now(
        lambda connection: registry.adopt(
            connection,
            family=family,
            address=address,
            device_id="kitchen",
            kind="leak",
            place=Placement(home="home-1"),
            now=now,
        )
    )


def test_a_device_of_several_announcements_is_one_proposal(world: World) -> None:
    world.say(BATTERY, config("battery"), retain=True).say(LEAK, config(), retain=True)
    (one,) = listed(world)
    assert (one.family, one.address, one.kind) == ("zigbee2mqtt", "home-1/kitchen", "leak")
    assert (one.name, one.model, one.state_topic, one.messages) == ("Kitchen", "Aqara SJCGQ11LM", TOPIC, 0)
    assert [row.disposition for row in world.rows(inbox)] == ["announced"] * 2
    assert not world.rows(alarm)
    assert not world.rows(finding)
    assert {row.kind for row in world.rows(observation)} <= {"system.resumed"}
    assert len(world.link.packets) == 2


def test_it_is_adopted_before_it_has_spoken_and_keeps_its_model(world: World) -> None:
    world.say(LEAK, config(), retain=True)
    adopt(world, world.clock.now())
    (row,) = world.rows(device, id="kitchen")
    assert (row.kind, row.model) == ("leak", "Aqara SJCGQ11LM")
    assert listed(world) == []
    world.say(LEAK, config(), retain=True)
    assert listed(world) == []


def test_what_it_says_before_adoption_is_beside_what_was_announced(world: World) -> None:
    world.say(TOPIC, b'{"water_leak": false}').say(LEAK, config(), retain=True)
    (one,) = listed(world)
    assert (one.kinds, one.messages, one.kind, one.name) == (["leak"], 1, "leak", "Kitchen")


def test_a_button_is_known_by_its_automation(world: World) -> None:
    described = {"ids": "0x7", "name": "Button"}
    automation = {"atype": "trigger", "type": "action", "topic": "zigbee2mqtt/home-1/b/action", "dev": described}
    world.say("homeassistant/device_automation/0x7/action_single/config", json.dumps(automation).encode(), retain=True)
    assert listed(world) == []
    said = {"stat_t": "zigbee2mqtt/home-1/b", "dev_cla": "battery", "dev": described}
    world.say("homeassistant/sensor/0x7/battery/config", json.dumps(said).encode(), retain=True)
    (one,) = listed(world)
    assert (one.address, one.kind) == ("home-1/b", "sos")


def test_one_whose_topic_nobody_reads_is_shown_and_cannot_be_adopted(world: World) -> None:
    world.say(LEAK, config(state_topic="elsewhere/kitchen"), retain=True)
    (one,) = listed(world)
    assert (one.family, one.address, one.state_topic) == ("", "", "elsewhere/kitchen")
    with pytest.raises(NoSuchDeviceError):
        adopt(world, world.clock.now(), address="", family="")
    world.say("elsewhere/kitchen", b'{"water_leak": true}')
    assert world.rows(inbox)[-1].disposition == "ignored"
    assert not world.rows(alarm)


def test_what_is_taken_back_is_off_the_list(world: World) -> None:
    world.say(LEAK, config(), retain=True).say(LEAK, b"")
    assert listed(world) == []
    assert world.rows(announcement) == []
    world.say(LEAK, b"", retain=True)


def test_the_last_word_holds_also_within_one_batch(world: World) -> None:
    world.send(LEAK, config())
    world.send(LEAK, config(name="x", device={"name": "Bath", "ids": ["0x0015"]}))
    world.send(LEAK, config(name="x", device={"name": "Sauna", "ids": ["0x0015"]}))
    world.turn()
    assert [one.name for one in listed(world)] == ["Sauna"]


@pytest.mark.parametrize(
    "payload",
    [b"{", b"[]", b"\0", b"\xff", b"[" * 100_000, b"x" * 300_000, b'{"cmps": 7}', b'{"dev": {"name": "\\ud800"}}'],
    ids=range(8),
)
def test_a_malformed_one_is_kept_and_alarms_nobody(world: World, payload: bytes) -> None:
    world.say(LEAK, config(), retain=True).say("homeassistant/device/home-1/config", payload, retain=True)
    row = world.rows(inbox)[-1]
    assert (row.disposition, row.payload) == ("quarantined", payload)
    assert row.reason
    assert not world.rows(alarm)
    assert len(listed(world)) == 1
    assert len(world.link.packets) == 2


def test_whoever_announces_without_end_fills_no_disk(small_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(announcements, "MOST", 5)
    for number in range(8):
        small_world.send(f"homeassistant/sensor/{number}/config", config(state_topic=f"zigbee2mqtt/{number}"))
    small_world.turn()
    assert len(small_world.rows(announcement)) == 5
    small_world.say("homeassistant/sensor/0/config", b"").say(LEAK, config())
    assert len(small_world.rows(announcement)) == 5


def test_an_announcement_stands_in_the_way_of_no_press(small_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("devices.discovery.read", fail)
    small_world.send(LEAK, config())
    small_world.send("hemvakt/v1/pendant-1/up/press", b'{"boot": "b", "seq": 1}')
    small_world.turn()
    assert [row.disposition for row in small_world.rows(inbox)] == ["quarantined", "accepted"]
    assert small_world.presses() == 1


@pytest.mark.broker
async def test_retained_announcements_come_through_the_real_broker(nats: EmbeddedBroker) -> None:
    """They were there before the gateway came, and a device of any kind may announce."""

    def announce() -> None:
        with Device(as_device(nats)) as bridge:
            for topic in (LEAK, "homeassistant/device/home-1/config"):
                bridge.client.publish(topic, config(), qos=1, retain=True).wait_for_publish(10)

    await asyncio.to_thread(announce)
    arrivals = Arrivals(SystemClock())
    link = Link(nats.address, topic_filters(families()), arrivals, client_id="gateway", spare=FILTERS)
    heard: set[str] = set()
    with thread_of(link):
        while len(heard) < 2:
            packets = (await asyncio.to_thread(arrivals.take, 10, 20)).packets
            assert packets, heard
            assert all(packet.retain for packet in packets)
            heard |= {packet.topic for packet in packets}
            link.settle(packets)
    assert heard == {LEAK, "homeassistant/device/home-1/config"}


@pytest.mark.broker
async def test_a_broker_that_refuses_discovery_is_used_all_the_same(nats: EmbeddedBroker) -> None:
    """Its access rules may be older than this version of Hemvakt."""
    link = Link(
        nats.address, ["hemvakt/v1/+/up/+"], Arrivals(SystemClock()), client_id="gateway", spare=["forbidden/+"]
    )
    with thread_of(link):
        assert await asyncio.to_thread(link.up.wait, 20), link.last_error
