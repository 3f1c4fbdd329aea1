"""A heart rate strap streams every second: one value a minute is taken, and none while it touches nobody."""

import asyncio
from pathlib import Path

import pytest

from hemvakt_sim.ble.strap import Strap
from tests.ble.home import config, device, home

pytestmark = pytest.mark.looptime

STRAP = "C0:00:00:00:00:08"


async def test_one_value_a_minute_is_taken(tmp_path: Path) -> None:
    settings = config(tmp_path, device("strap-1", STRAP, "heart_rate"))
    async with home() as at, Strap(at.air, STRAP, "strap", seconds=170, pulse=72).powered() as strap, at.hub(settings):
        assert await strap.call(seconds=600)
        await asyncio.sleep(1)
        assert at.gateway.values("strap-1 measurement") == [{"pulse": 72}] * 3
        assert {one["time_basis"] for one in at.gateway.said("strap-1 measurement")} == {"hub"}


async def test_a_strap_that_touches_nobody_gives_no_value(tmp_path: Path) -> None:
    settings = config(tmp_path, device("strap-1", STRAP, "heart_rate"))
    async with home() as at, Strap(at.air, STRAP, "strap", seconds=170).powered() as strap, at.hub(settings) as desk:
        strap.contact = False
        assert await strap.call(seconds=600)
        await asyncio.sleep(1)
        assert at.gateway.said("strap-1 measurement") == []
        assert "no skin contact" in desk.health.devices["strap-1"].problem


@pytest.mark.parametrize("pulse", [1, 255, 256, 400])
async def test_narrow_and_wide_values_are_read(tmp_path: Path, pulse: int) -> None:
    settings = config(tmp_path, device("strap-1", STRAP, "heart_rate"))
    async with home() as at, Strap(at.air, STRAP, "s", seconds=3, pulse=pulse).powered() as strap, at.hub(settings):
        assert await strap.call()
        await asyncio.sleep(1)
        assert at.gateway.values("strap-1 measurement") == [{"pulse": pulse}]


async def test_a_strap_out_of_range_is_read_again_when_it_is_back(tmp_path: Path) -> None:
    settings = config(tmp_path, device("strap-1", STRAP, "heart_rate"))
    async with home() as at, Strap(at.air, STRAP, "strap", seconds=600).powered() as strap, at.hub(settings):
        calling = asyncio.create_task(strap.call(seconds=900))
        await asyncio.sleep(30)
        at.air.take_away(STRAP)
        assert await calling
        before = len(at.gateway.said("strap-1 measurement"))
        await asyncio.sleep(300)
        at.air.bring_back(STRAP)
        again = asyncio.create_task(strap.call(seconds=900))
        await asyncio.sleep(100)
        assert len(at.gateway.said("strap-1 measurement")) > before
        at.air.take_away(STRAP)
        await again
