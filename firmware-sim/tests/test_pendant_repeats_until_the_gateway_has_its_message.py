"""Promise: a pendant repeats a press, as the same message, until the gateway acknowledges it; then it stops."""

import asyncio

import msgspec
import pytest

from hemvakt_sim.broker import Broker
from hemvakt_sim.pendant import Lamp, Pendant
from hemvakt_sim.testing import StandInGateway

pytestmark = pytest.mark.broker
UP = "hemvakt/v1/{}/up/press"


async def test_a_press_that_nobody_answers_is_sent_again_with_the_same_boot_and_seq(broker: Broker) -> None:
    async with StandInGateway(broker, answering=False) as gateway, Pendant("repeats", broker) as pendant:
        key = pendant.press()
        topic = UP.format("repeats")
        async with asyncio.timeout(20):
            await gateway.until(lambda: len(gateway.on(topic)) >= 3)
        assert len(set(gateway.on(topic))) == 1
        assert msgspec.json.decode(gateway.on(topic)[0])["seq"] == key.seq
        assert pendant.lamp is Lamp.BLINKING


async def test_it_stops_when_the_gateway_answers(broker: Broker) -> None:
    async with StandInGateway(broker) as gateway, Pendant("stops", broker) as pendant:
        async with asyncio.timeout(20):
            await pendant.acked(pendant.press())
        # A repeat would be due 2 s after the press; another press proves that the link still carries messages.
        await asyncio.sleep(2.5)
        async with asyncio.timeout(20):
            await pendant.acked(pendant.press())
        assert len(gateway.on(UP.format("stops"))) == 2
        assert pendant.repeats == 0


async def test_two_presses_are_two_numbers(broker: Broker) -> None:
    async with StandInGateway(broker) as gateway, Pendant("twice", broker) as pendant:
        first, second = pendant.press(), pendant.press()
        async with asyncio.timeout(20):
            await pendant.acked(second)
            await pendant.acked(first)
        numbers = {msgspec.json.decode(payload)["seq"] for payload in gateway.on(UP.format("twice"))}
        assert numbers == {first.seq, second.seq}


async def test_after_a_reboot_old_presses_keep_their_number_and_new_ones_have_a_new_boot(broker: Broker) -> None:
    async with StandInGateway(broker, answering=False) as gateway, Pendant("reboots", broker) as pendant:
        before = pendant.press()
        pendant.reboot()
        after = pendant.press()
        gateway.answering = True
        async with asyncio.timeout(30):
            await pendant.acked(before)
            await pendant.acked(after)
        heard = [msgspec.json.decode(payload) for payload in gateway.on(UP.format("reboots"))]
        assert before.boot != after.boot
        assert {(said["boot"], said["seq"]) for said in heard} == {before[1:], after[1:]}
