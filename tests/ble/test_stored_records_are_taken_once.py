"""A meter keeps its records and hands them out again and again; each arrives once, and none is missed."""

import asyncio
from pathlib import Path

import pytest

from hemvakt_sim.ble.cuff import Cuff
from hemvakt_sim.ble.glucose_meter import GlucoseMeter
from tests.ble.home import CUFF, METER, Home, config, device, home

pytestmark = pytest.mark.looptime


def glucose(at: Home) -> list[float]:
    return [one["glucose"] for one in at.gateway.values("meter-1 measurement")]


async def test_records_are_asked_for_by_number_and_stay_in_the_meter(tmp_path: Path) -> None:
    async with (
        home() as at,
        GlucoseMeter(at.air, METER, "meter", clock=at.clock.local).powered() as meter,
        at.hub(config(tmp_path, device("meter-1", METER, "glucose"))),
    ):
        for value in (90, 110, 95):
            meter.measure(value)
            await asyncio.sleep(3600)
        assert await meter.call()
        meter.measure(250)
        assert await meter.call()
        assert await meter.call()
        await asyncio.sleep(1)
        assert glucose(at) == [90, 110, 95, 250]
        assert meter.requests[:2] == [b"\x01\x01", b"\x01\x03\x01\x04\x00"]
        assert len(meter.records) == 4


async def test_after_a_restart_of_the_hub_nothing_comes_twice(tmp_path: Path) -> None:
    async with home() as at, GlucoseMeter(at.air, METER, "meter", clock=at.clock.local).powered() as meter:
        for value in (90, 110):
            async with at.hub(config(tmp_path, device("meter-1", METER, "glucose"))):
                meter.measure(value)
                assert await meter.call()
                await asyncio.sleep(60)
        assert glucose(at) == [90, 110]


async def test_a_meter_that_numbers_anew_is_noticed(tmp_path: Path) -> None:
    async with (
        home() as at,
        GlucoseMeter(at.air, METER, "meter", clock=at.clock.local).powered() as meter,
        at.hub(config(tmp_path, device("meter-1", METER, "glucose"))),
    ):
        for value in (90, 110, 95):
            meter.measure(value)
        assert await meter.call()
        meter.reset()
        meter.measure(180)
        await asyncio.sleep(60)
        assert await meter.call()
        await asyncio.sleep(1)
        assert glucose(at) == [90, 110, 95, 180]


async def test_a_meal_goes_with_its_measurement(tmp_path: Path) -> None:
    async with (
        home() as at,
        GlucoseMeter(at.air, METER, "meter", clock=at.clock.local).powered() as meter,
        at.hub(config(tmp_path, device("meter-1", METER, "glucose"))),
    ):
        meter.measure(90, meal=1)
        meter.measure(140, meal=2)
        meter.measure(100)
        assert await meter.call()
        await asyncio.sleep(1)
        meals = [one.get("meal") for one in at.gateway.said("meter-1 measurement")]
        assert meals == ["before meal", "after meal", None]


async def test_control_solution_is_left_and_not_asked_for_again(tmp_path: Path) -> None:
    async with (
        home() as at,
        GlucoseMeter(at.air, METER, "meter", clock=at.clock.local).powered() as meter,
        at.hub(config(tmp_path, device("meter-1", METER, "glucose"))),
    ):
        meter.measure(120, control=True)
        assert await meter.call()
        await asyncio.sleep(60)
        assert await meter.call()
        assert glucose(at) == []
        assert meter.requests[1] == b"\x01\x03\x01\x02\x00"


async def test_a_meter_that_goes_out_of_range_in_the_middle_is_asked_for_the_rest(tmp_path: Path) -> None:
    async with (
        home() as at,
        GlucoseMeter(at.air, METER, "meter", clock=at.clock.local).powered() as meter,
        at.hub(config(tmp_path, device("meter-1", METER, "glucose"))),
    ):
        values = list(range(80, 140))
        for value in values:
            meter.measure(value)
        meter.leaves_after = 25
        assert await meter.call(seconds=90)
        assert glucose(at) == values[:25]
        at.air.bring_back(METER)
        assert await meter.call(seconds=90)
        await asyncio.sleep(1)
        assert glucose(at) == values


async def test_a_cuff_that_goes_out_of_range_sends_the_rest_later_and_nothing_twice(tmp_path: Path) -> None:
    async with (
        home() as at,
        Cuff(at.air, CUFF, "cuff", clock=at.clock.local).powered() as cuff,
        at.hub(config(tmp_path, device("cuff-1", CUFF, "blood_pressure"))),
    ):
        values = list(range(110, 150))
        for value in values:
            cuff.measure(value, 80, 60)
            await asyncio.sleep(60)
        cuff.leaves_after = 15
        assert await cuff.call(seconds=90)
        assert len(at.gateway.said("cuff-1 measurement")) == 15
        at.air.bring_back(CUFF)
        assert await cuff.call(seconds=90)
        await asyncio.sleep(1)
        assert [one["systolic"] for one in at.gateway.values("cuff-1 measurement")] == values


async def test_a_record_sent_again_because_its_confirmation_was_lost_arrives_once(tmp_path: Path) -> None:
    async with (
        home() as at,
        Cuff(at.air, CUFF, "cuff", clock=at.clock.local).powered() as cuff,
        at.hub(config(tmp_path, device("cuff-1", CUFF, "blood_pressure"))),
    ):
        frame = cuff.measure(142, 91, 71)
        assert await cuff.call()
        await asyncio.sleep(60)
        cuff.unsent.append(frame)
        assert await cuff.call()
        await asyncio.sleep(1)
        assert len(at.gateway.said("cuff-1 measurement")) == 1
