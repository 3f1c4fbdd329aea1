"""Promise: "help is told" lights after the application ack of that very press, never after a PUBACK or a noise."""

import asyncio
from collections.abc import Callable

import pytest

from hemvakt_sim.broker import Broker
from hemvakt_sim.pendant import Lamp, Pendant
from hemvakt_sim.testing import StandInGateway
from hemvakt_sim.wire import Key

pytestmark = pytest.mark.broker

HOSTILE: dict[str, Callable[[Key], bytes]] = {
    "nothing": lambda _key: b"",
    "malformed JSON": lambda _key: b'{"boot": ',
    "not UTF-8": lambda _key: b"\xff\xfe\x00",
    "not an object": lambda _key: b"[1, 2, 3]",
    "no seq": lambda key: f'{{"boot": "{key.boot}"}}'.encode(),
    "no numbers": lambda key: f'{{"boot": "{key.boot}", "seq": []}}'.encode(),
    "seq as text": lambda key: f'{{"boot": "{key.boot}", "seq": ["{key.seq}"]}}'.encode(),
    "seq as one number": lambda key: f'{{"boot": "{key.boot}", "seq": {key.seq}}}'.encode(),
    "wrong boot": lambda key: f'{{"boot": "0000", "seq": [{key.seq}]}}'.encode(),
    "another seq": lambda key: f'{{"boot": "{key.boot}", "seq": [{key.seq + 1000}]}}'.encode(),
    "a giant number": lambda key: f'{{"boot": "{key.boot}", "seq": [1{"0" * 5000}]}}'.encode(),
    "deep nesting": lambda _key: b"[" * 10_000,
    "huge": lambda key: f'{{"boot": "{key.boot}", "seq": [{",".join(["9"] * 200_000)}, {key.seq}]}}'.encode(),
}


async def test_a_puback_does_not_light_it(broker: Broker) -> None:
    async with StandInGateway(broker, answering=False) as gateway, Pendant("puback", broker) as pendant:
        pendant.press()
        async with asyncio.timeout(20):
            await gateway.until(lambda: bool(gateway.on("hemvakt/v1/puback/up/press")))
        await asyncio.sleep(0.3)
        assert pendant.lamp is Lamp.BLINKING


async def test_the_gateways_ack_lights_it(broker: Broker) -> None:
    async with StandInGateway(broker), Pendant("lit", broker) as pendant:
        assert pendant.lamp is Lamp.OFF
        async with asyncio.timeout(20):
            await pendant.acked(pendant.press())
        assert pendant.lamp is Lamp.LIT


async def test_it_stays_dark_under_every_hostile_ack_and_lights_after_the_true_one(broker: Broker) -> None:
    async with StandInGateway(broker, answering=False) as gateway, Pendant("hostile", broker) as pendant:
        key = pendant.press()
        await pendant.link.wait_up()
        for name, make in HOSTILE.items():
            await gateway.say("hostile", make(key))
            assert pendant.lamp is Lamp.BLINKING, name
        await gateway.acknowledge("someone-else", key.boot, [key.seq])
        # Acks of one topic arrive in order, so when this heartbeat is acknowledged all the noise was heard.
        beat = pendant.heartbeat()
        await gateway.acknowledge("hostile", beat.boot, [beat.seq])
        async with asyncio.timeout(20):
            await pendant.acked(beat)
        assert pendant.lamp is Lamp.BLINKING
        assert pendant.bad_acks == len(HOSTILE) - len({"wrong boot", "another seq"})
        await gateway.acknowledge("hostile", key.boot, [-1, 0, key.seq, key.seq])
        async with asyncio.timeout(20):
            await pendant.acked(key)
        assert pendant.lamp is Lamp.LIT


async def test_the_ack_of_the_first_press_does_not_light_it_for_the_second(broker: Broker) -> None:
    async with StandInGateway(broker, answering=False) as gateway, Pendant("second", broker) as pendant:
        first, second = pendant.press(), pendant.press()
        await pendant.link.wait_up()
        await gateway.acknowledge("second", first.boot, [first.seq])
        async with asyncio.timeout(20):
            await pendant.acked(first)
        assert pendant.lamp is Lamp.BLINKING
        await gateway.acknowledge("second", second.boot, [second.seq])
        async with asyncio.timeout(20):
            await pendant.acked(second)
        assert pendant.lamp is Lamp.LIT
