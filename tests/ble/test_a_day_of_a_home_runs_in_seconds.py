"""A whole day over whole Bluetooth stacks: measurements, an outage of the network, a gateway that is slow to answer."""

import asyncio
from pathlib import Path

import pytest

from hemvakt_sim.ble.cuff import Cuff
from hemvakt_sim.ble.glucose_meter import GlucoseMeter
from hemvakt_sim.ble.scale import Scale
from tests.ble.home import CUFF, METER, SCALE, config, device, home

pytestmark = pytest.mark.looptime

HOUR = 3600


async def living(cuff: Cuff, meter: GlucoseMeter, scale: Scale) -> None:
    """Live a day: pressure every quarter of an hour, glucose before meals, weight in the morning."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    for quarter in range(96):
        cuff.measure(110 + quarter % 40, 70 + quarter % 20, 60 + quarter % 9)
        await cuff.call()
        if quarter % 16 == 4:
            meter.measure(90 + quarter, meal=1)
            await meter.call()
        if quarter == 4:
            scale.weigh(70.0)
            await scale.call()
        await asyncio.sleep(begun + (quarter + 1) * 900 - loop.time())


async def test_a_day_arrives_whole_in_order_and_once(tmp_path: Path) -> None:
    async with home() as at:
        cuff = Cuff(at.air, CUFF, "cuff", clock=at.clock.local)
        meter = GlucoseMeter(at.air, METER, "meter", clock=at.clock.local)
        scale = Scale(at.air, SCALE, "scale", clock=at.clock.local)
        settings = config(
            tmp_path,
            device("cuff-1", CUFF, "blood_pressure"),
            device("meter-1", METER, "glucose"),
            device("scale-1", SCALE, "scale"),
        )
        async with cuff.powered(), meter.powered(), scale.powered(), at.hub(settings) as desk:
            loop = asyncio.get_running_loop()
            loop.call_later(8 * HOUR, at.gateway.go_away)
            loop.call_later(13 * HOUR, at.gateway.come_back)
            loop.call_later(18 * HOUR, setattr, at.gateway, "willing", False)
            loop.call_later(19 * HOUR, setattr, at.gateway, "willing", True)
            start = loop.time()
            await living(cuff, meter, scale)
            assert loop.time() - start >= 24 * HOUR
            await asyncio.sleep(60)
            assert len(desk.queue) == 0
        pressures = [one["systolic"] for one in at.gateway.values("cuff-1 measurement")]
        assert pressures == [110 + quarter % 40 for quarter in range(96)]
        assert [one["glucose"] for one in at.gateway.values("meter-1 measurement")] == [94, 110, 126, 142, 158, 174]
        assert at.gateway.values("scale-1 measurement") == [{"weight": 70.0}]
        assert len(at.gateway.said("hub-1 heartbeat")) > 200
