"""Promise: every message of the own devices is valid by docs/asyncapi.yaml, from which this package is written."""

import asyncio
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from hemvakt_sim import motion, wire
from hemvakt_sim.broker import Broker
from hemvakt_sim.hub import VitalsHub
from hemvakt_sim.packet import Packet
from hemvakt_sim.pendant import Pendant

PAGE = Path(__file__).parent.parent.parent / "docs" / "asyncapi.yaml"
NOWHERE = Broker("127.0.0.1", 9)


@pytest.fixture(scope="module")
def page() -> dict[str, Any]:
    if not PAGE.exists():
        pytest.skip("docs/asyncapi.yaml is not beside this package")
    loaded: dict[str, Any] = yaml.safe_load(PAGE.read_text(encoding="utf-8"))
    return loaded


def kept(device: Pendant | VitalsHub) -> Iterator[Packet]:
    for pending in device.outbox.due(asyncio.get_running_loop().time()):
        yield pending.packet


def validate(packet: Packet, page: dict[str, Any]) -> None:
    addresses = {channel["address"]: name for name, channel in page["channels"].items()}
    parts = packet.topic.split("/")
    name = addresses["/".join([*parts[:2], "{device}", *parts[3:]])]
    schema = {**page["components"]["schemas"][name.capitalize()], "components": page["components"]}
    jsonschema.validate(json.loads(packet.payload), schema)


async def test_every_message_of_a_pendant_is_valid(page: dict[str, Any]) -> None:
    pendant = Pendant("pendant-1", NOWHERE)
    pendant.press()
    pendant.heartbeat()
    pendant.wear(on=False)
    pendant.fall()
    pendant.feel(motion.quiet(1))
    pendant.set_clock(ahead=None)
    pendant.press()
    pendant.feel(motion.lying(1))
    pendant.set_clock(ahead=timedelta(days=-4000))
    pendant.press()
    asking = Pendant("pendant-2", NOWHERE)
    asking.prompts = True
    asking.heartbeat()
    asking.answer("fall:pendant-2:1:fall_asked", "fine")
    packets = [*kept(pendant), *kept(asking)]
    assert len(packets) == 10
    for packet in packets:
        validate(packet, page)


async def test_every_measurement_is_valid(page: dict[str, Any]) -> None:
    hub = VitalsHub("hub-1", NOWHERE)
    for kind in wire.UNITS:
        hub.measure({kind: 1.5})
    hub.measure(dict.fromkeys(list(wire.UNITS)[:8], 1.5))
    hub.fill_in("breathing", {"cough": 3, "total": 14})
    hub.heartbeat()
    for packet in kept(hub):
        validate(packet, page)


async def test_the_validation_itself_can_fail(page: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        validate(Packet("hemvakt/v1/pendant-1/up/press", b'{"boot": "a", "seq": 0}'), page)


def test_kinds_and_units_are_those_of_the_page(page: dict[str, Any]) -> None:
    value = page["components"]["schemas"]["Measurement"]["allOf"][1]["properties"]["values"]["items"]["properties"]
    assert set(wire.UNITS) == set(value["kind"]["enum"])
    assert all(unit in value["unit"]["description"] for unit in wire.UNITS.values())


def test_topics_and_status_are_those_of_the_page(page: dict[str, Any]) -> None:
    addresses = {name: channel["address"].format(device="d") for name, channel in page["channels"].items()}
    assert wire.ack_topic("d") == addresses["ack"]
    assert wire.prompt_topic("d") == addresses["prompt"]
    assert wire.status("d", online=True).topic == addresses["status"]
    words = page["components"]["messages"]["status"]["payload"]["enum"]
    assert [wire.status("d", online=online).payload.decode() for online in (True, False)] == words
    # What only a home hub says is the real hub's to say: tests/ble holds it against the page.
    of_hubs = {addresses[name] for name in ("sensor", "state", "trouble")}
    assert {f"hemvakt/v1/d/up/{channel}" for channel in wire.Channel} == {
        address for address in addresses.values() if "/up/" in address
    } - of_hubs


async def test_a_pendant_understands_the_prompt_of_the_page_and_answers_it(page: dict[str, Any]) -> None:
    said = page["components"]["messages"]["prompt"]["examples"][0]["payload"]
    pendant = Pendant("pendant-1", NOWHERE)
    for reply in ("", "fine"):
        pendant.reply = reply
        pendant._heard(wire.prompt_topic("pendant-1"), json.dumps(said).encode())
    (answer,) = kept(pendant)
    validate(answer, page)
    assert {**said, **json.loads(answer.payload)}["prompt"] == said["prompt"]


async def test_a_prompt_that_is_none_is_not_answered() -> None:
    pendant = Pendant("pendant-1", NOWHERE)
    pendant.reply = "fine"
    for payload in (b"", b"[", b"{}", b'{"prompt": 7}', b"[" * 5000, b"x" * 20_000):
        pendant._heard(wire.prompt_topic("pendant-1"), payload)
    assert list(kept(pendant)) == []


@pytest.mark.parametrize("kind", list(wire.Down))
async def test_what_the_page_says_to_a_device_is_understood_and_confirmed(
    page: dict[str, Any], kind: wire.Down
) -> None:
    said = page["components"]["messages"][kind]["examples"][0]["payload"]
    pendant = Pendant("pendant-1", NOWHERE)
    for number in (said["number"], said["number"] - 1, said["number"]):
        pendant._heard(wire.down_topic("pendant-1", kind), json.dumps({**said, "number": number}).encode())
    confirmed = [json.loads(packet.payload) for packet in kept(pendant) if packet.topic.endswith("/up/heard")]
    # Both of the newest, and not the older one that came late.
    assert [(one["message"], one["number"]) for one in confirmed] == [(said["message"], said["number"])] * 2
    for packet in kept(pendant):
        validate(packet, page)


async def test_what_is_said_shows_at_the_pendant(page: dict[str, Any]) -> None:
    pendant = Pendant("pendant-1", NOWHERE)
    examples = {kind: page["components"]["messages"][kind]["examples"][0]["payload"] for kind in wire.Down}
    lamps = []
    for number, state in enumerate(("accepted", "on_its_way", "told", "closed"), 10):
        said = examples[wire.Down.HELP] | {"number": number, "state": state}
        pendant._heard(wire.down_topic("pendant-1", wire.Down.HELP), json.dumps(said).encode())
        lamps.append(pendant.lamp)
    assert lamps == ["lit", "coming", "lit", "off"]
    pendant._heard(wire.down_topic("pendant-1", wire.Down.SETTINGS), json.dumps(examples[wire.Down.SETTINGS]).encode())
    assert (pendant.heartbeat_s, pendant.volume, pendant.language) == (300, 80, "sv")
    pendant.press()
    said = examples[wire.Down.HELP] | {"number": 20}
    pendant._heard(wire.down_topic("pendant-1", wire.Down.HELP), json.dumps(said).encode())
    assert pendant.lamp == "blinking"


async def test_a_lamp_shows_the_best_word_of_all_alarms_and_none_that_came_before_the_press() -> None:
    pendant = Pendant("pendant-1", NOWHERE)

    def hear(alarm: int, number: int, state: str) -> None:
        said = {"message": alarm, "number": number, "alarm": alarm, "state": state, "sv": "", "en": ""}
        pendant._heard(wire.down_topic("pendant-1", wire.Down.HELP), json.dumps(said).encode())

    def press(*heard_before_the_ack: tuple[int, int, str]) -> str:
        key = pendant.press()
        for word in heard_before_the_ack:
            hear(*word)
        pendant._heard(wire.ack_topic("pendant-1"), json.dumps({"boot": key.boot, "seq": [key.seq]}).encode())
        return pendant.lamp

    hear(1, 1, "on_its_way")
    hear(2, 1, "accepted")
    assert pendant.lamp == "coming"
    hear(1, 2, "closed")
    assert (pendant.lamp, pendant.help) == ("lit", "closed")
    hear(2, 2, "on_its_way")
    # Nobody may be coming for this press: it is heard, and no more is known.
    assert press() == "lit"
    # The gateway's word may overtake its ack.
    assert press((2, 3, "on_its_way")) == "coming"
    assert press((2, 4, "closed")) == "lit"
    hear(2, 3, "on_its_way")
    assert pendant.lamp == "lit"


async def test_an_update_is_told_at_once() -> None:
    pendant = Pendant("pendant-1", NOWHERE)
    before = pendant.boot
    pendant.update("2.5.0")
    (packet,) = kept(pendant)
    said = json.loads(packet.payload)
    assert (said["firmware"], said["seq"]) == ("2.5.0", 1)
    assert said["boot"] != before


async def test_what_is_nonsense_is_not_confirmed() -> None:
    pendant = Pendant("pendant-1", NOWHERE)
    for kind in wire.Down:
        for payload in (b"", b"[", b"{}", b'{"message": 0, "number": 1}', b"[" * 5000, b"x" * 20_000):
            pendant._heard(wire.down_topic("pendant-1", kind), payload)
    assert list(kept(pendant)) == []
