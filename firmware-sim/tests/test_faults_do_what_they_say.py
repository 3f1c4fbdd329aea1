"""Promise: each fault of a scenario does on the wire what it says, for as long as it says, and can be repeated."""

import asyncio
import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hemvakt_sim import reading
from hemvakt_sim.broker import Broker
from hemvakt_sim.testing import StandInGateway
from hemvakt_sim.world import Run, Summary, World

pytestmark = pytest.mark.broker

NOW = datetime(2026, 3, 1, 10, 0)  # noqa: DTZ001 - local time of day


class Tried:
    """What a scenario did, as somebody heard it who listened to the broker."""

    def __init__(self, summary: Summary, heard: list[tuple[str, bytes]], said: list[str]) -> None:
        self.summary, self.heard, self.said = summary, heard, said

    def on(self, topic: str) -> list[bytes]:
        return [payload for heard, payload in self.heard if heard == topic]

    def numbered(self, topic: str) -> list[dict[str, Any]]:
        return [json.loads(payload) for payload in self.on(topic)]


async def tried(broker: Broker, name: str, steps: str, *, seed: int = 1, devices: str = "", more: str = "") -> Tried:
    """Run ``steps`` in a home called ``name`` whose pendant is ``name-p``; heartbeats only where a step makes them."""
    text = f"{more}heartbeat 1h\ncheck_in 1h\nhome {name}: pendant {name}-p{devices}\n{steps}\n"
    scenario = reading.plain_text(text, "s.steps")
    said: list[str] = []
    async with StandInGateway(broker, client_id=f"ear-{name}") as gateway:
        world = World(scenario, broker, Run(local_now=NOW, seed=seed), lambda _device, line: said.append(line))
        async with asyncio.timeout(120):
            summary = await world.run(asyncio.Event())
        own = [(topic, payload) for topic, payload in gateway.heard if name in topic]
    return Tried(summary, own, said)


async def test_duplicates_arrive_twice_and_only_while_they_last(broker: Broker) -> None:
    steps = "wait 1 s\nduplicates dup-p share 1 lasts 2s\npress dup-p\nwait 3 s\npress dup-p\nwait 1 s"
    found = await tried(broker, "dup", steps)
    counts = Counter(press["seq"] for press in found.numbered("hemvakt/v1/dup-p/up/press"))
    assert sorted(counts.values()) == [1, 2]
    assert found.summary.ok


async def test_what_is_lost_is_repeated_until_it_is_heard(broker: Broker) -> None:
    steps = "wait 1 s\nloss los-p share 1 lasts 3s\npress los-p\nexpect no lamp los-p within 2 s\n"
    steps += "expect lamp los-p within 20 s"
    found = await tried(broker, "los", steps)
    assert found.summary.ok, found.said
    assert found.summary.repeats >= 1
    assert len(found.on("hemvakt/v1/los-p/up/press")) == 1


async def test_lost_acks_make_repeats_of_one_number(broker: Broker) -> None:
    steps = "wait 1 s\nloss ack-p share 0.01 acks true lasts 1s\nloss ack-p share 1 acks true lasts 3s\npress ack-p"
    found = await tried(broker, "ack", steps + "\nexpect lamp ack-p within 30 s")
    assert found.summary.ok, found.said
    assert len({press["seq"] for press in found.numbered("hemvakt/v1/ack-p/up/press")}) == 1


async def test_a_sensors_message_that_is_lost_is_lost(broker: Broker) -> None:
    steps = "wait 1 s\nloss gone share 1\nopen gone/front-door\nwait 1 s"
    found = await tried(broker, "gone", steps, devices=", doors front-door")
    assert not [one for one in found.on("zigbee2mqtt/gone/front-door") if b'"contact":false' in one]


async def test_reordered_messages_are_overtaken_and_none_is_lost(broker: Broker) -> None:
    presses = "\n".join(["press ord-p"] * 8)
    found = await tried(broker, "ord", f"wait 1 s\nreorder ord-p share 0.5 by 1s\n{presses}\nwait 2 s", seed=4)
    first = list(dict.fromkeys(press["seq"] for press in found.numbered("hemvakt/v1/ord-p/up/press")))
    assert sorted(first) == list(range(2, 10))
    assert first != sorted(first)


async def test_corrupt_payloads_reach_the_gateway_changed_while_it_lasts(broker: Broker) -> None:
    steps = (
        "wait 1 s\ncorrupt cor-p share 1 lasts 2s\npress cor-p\nwait 6 s\npress cor-p\nexpect lamp cor-p within 30 s"
    )
    found = await tried(broker, "cor", steps)
    assert found.summary.ok, found.said
    whole = re.compile(rb'\{"boot":"[0-9a-f]{8}","seq":\d,"time":"[-0-9T:.+]{29}","button":"main"\}')
    fine = [whole.fullmatch(payload) is not None for payload in found.on("hemvakt/v1/cor-p/up/press")]
    assert (fine[0], fine[-1]) == (False, True)


async def test_a_flapping_link_comes_and_goes_and_what_is_said_arrives(broker: Broker) -> None:
    steps = "wait 1 s\nflapping fla-p up 1s down 1s lasts 5s\npress fla-p\nexpect lamp fla-p within 40 s\nwait 5 s"
    found = await tried(broker, "fla", steps)
    assert found.summary.ok, found.said
    words = found.on("hemvakt/v1/fla-p/status")
    assert words.count(b"offline") >= 2
    assert words.count(b"online") >= 2


async def test_a_mast_takes_the_homes_of_its_area_and_no_others(broker: Broker) -> None:
    more = "home mast-a: pendant mast-a-p, area valley\nhome mast-b: pendant mast-b-p, area valley\n"
    found = await tried(broker, "mast", "wait 1 s\nmast_outage area valley lasts 2s\nwait 6 s", more=more)
    gone = {
        name: b"offline" in found.on(f"hemvakt/v1/{name}/status")[:-1] for name in ("mast-a-p", "mast-b-p", "mast-p")
    }
    assert gone == {"mast-a-p": True, "mast-b-p": True, "mast-p": False}


async def test_a_battery_runs_down_step_by_step(broker: Broker) -> None:
    steps = "wait 500ms\nbattery_decline bat-p begins 50 percent 10 lasts 2s\nwait 4 s"
    found = await tried(broker, "bat", steps)
    told = [beat["battery"] for beat in found.numbered("hemvakt/v1/bat-p/up/heartbeat")]
    assert told[0] == 96
    assert told[1:] == [46, 42, 38, 34, 30, 26, 22, 18, 14, 10]


async def test_a_reset_sequence_begins_at_one_under_the_same_boot(broker: Broker) -> None:
    found = await tried(broker, "seq", "wait 1 s\npress seq-p\nwait 1 s\nsequence_reset seq-p\npress seq-p\nwait 1 s")
    presses = found.numbered("hemvakt/v1/seq-p/up/press")
    assert [press["seq"] for press in presses] == [2, 1]
    assert len({press["boot"] for press in presses}) == 1


@pytest.mark.parametrize(("same", "boots"), [("false", 2), ("true", 1)])
async def test_a_clone_speaks_under_the_same_name(broker: Broker, same: str, boots: int) -> None:
    name = f"clo{boots}"
    steps = f"wait 1 s\nclone {name}-p presses 2 same_numbers {same} lasts 2s\nwait 1 s\npress {name}-p\nwait 3 s"
    found = await tried(broker, name, steps)
    presses = found.numbered(f"hemvakt/v1/{name}-p/up/press")
    assert len(presses) == 3
    assert len({press["boot"] for press in presses}) == boots


async def test_two_of_one_client_id_throw_each_other_out(broker: Broker) -> None:
    steps = "wait 1 s\nclone cid-p presses 1 same_client true lasts 4s\nwait 5 s\npress cid-p\n"
    steps += "expect lamp cid-p within 30 s"
    found = await tried(broker, "cid", steps)
    assert found.summary.ok, found.said
    # Mosquitto publishes the will of who is thrown out, nats-server does not; coming back is said on both.
    assert found.on("hemvakt/v1/cid-p/status").count(b"online") >= 2


async def test_a_storm_comes_at_its_rate_and_every_message_is_heard(broker: Broker) -> None:
    found = await tried(broker, "sto", "wait 500ms\nstorm sto-p rate 40 lasts 2s\nwait 4 s")
    beats = {beat["seq"] for beat in found.numbered("hemvakt/v1/sto-p/up/heartbeat")}
    assert 70 <= len(beats) <= 82
    assert found.summary.unacknowledged == 0


async def test_clocks_drift_and_jump_there_and_back(broker: Broker) -> None:
    steps = "wait 500ms\nwrong_clock clk-p behind 2h lasts 1s\npress clk-p\nwait 2 s\npress clk-p\n"
    steps += "clock_drift clk-p ahead 2h\nwait 2 s\npress clk-p\nwait 1 s"
    found = await tried(broker, "clk", steps)
    now = datetime.now(UTC)
    times = [datetime.fromisoformat(press["time"]) for press in found.numbered("hemvakt/v1/clk-p/up/press")]
    assert timedelta(hours=1, minutes=55) < now - times[0] < timedelta(hours=2, minutes=5)
    assert abs(now - times[1]) < timedelta(minutes=3)
    assert times[2] - times[1] > timedelta(seconds=4)


async def test_the_same_seed_loses_the_same_messages(broker: Broker) -> None:
    doors = "\n".join(["open same/front-door", "close same/front-door"] * 10)

    async def kept(seed: int) -> list[bytes]:
        found = await tried(
            broker, "same", f"wait 1 s\nloss same share 0.5\n{doors}\nwait 1 s", seed=seed, devices=", doors front-door"
        )
        return [b"true" if b'"contact":true' in one else b"false" for one in found.on("zigbee2mqtt/same/front-door")]

    first, again, other = await kept(3), await kept(3), await kept(4)
    assert first == again
    assert first != other
    assert len(first) < 20
