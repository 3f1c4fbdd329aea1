"""The hub bonds with a device once; a device that asks for it again is for a person to look at."""

import asyncio
from pathlib import Path

import pytest

from devices.hub import program
from hemvakt_sim.ble.cuff import Cuff
from tests.ble.home import CUFF, config, device, home

pytestmark = pytest.mark.looptime


async def test_a_bonded_cuff_is_read_again_without_pairing_also_after_a_restart(tmp_path: Path) -> None:
    async with home() as at, Cuff(at.air, CUFF, "cuff", clock=at.clock.local).powered() as cuff:
        settings = config(tmp_path, device("cuff-1", CUFF, "blood_pressure"))
        pairings: list[object] = []
        at.central.device.on("connection", lambda made: made.on("pairing", pairings.append))
        for systolic in (120, 130, 140):
            async with at.hub(settings):
                cuff.measure(systolic, 80, 60)
                assert await cuff.call()
                await asyncio.sleep(60)
        assert [one["systolic"] for one in at.gateway.values("cuff-1 measurement")] == [120, 130, 140]
        assert len(pairings) == 1


async def test_a_cuff_that_has_forgotten_the_hub_is_not_bonded_with_again_by_itself(tmp_path: Path) -> None:
    async with home() as at, Cuff(at.air, CUFF, "cuff", clock=at.clock.local).powered() as cuff:
        settings = config(tmp_path, device("cuff-1", CUFF, "blood_pressure"))
        async with at.hub(settings) as desk:
            cuff.measure(120, 80, 60)
            assert await cuff.call()
            await cuff.forget_bonds()
            await asyncio.sleep(60)
            cuff.measure(130, 80, 60)
            await cuff.call()
            await asyncio.sleep(1)
            assert len(at.gateway.said("cuff-1 measurement")) == 1
            assert "--forget cuff-1" in desk.health.devices["cuff-1"].problem
            assert len(cuff.unsent) == 1
        program.forget(settings, "cuff-1")
        assert at.central.device.keystore is not None
        await at.central.device.keystore.delete_all()
        async with at.hub(settings) as desk:
            await asyncio.sleep(60)
            assert await cuff.call()
            await asyncio.sleep(1)
            assert len(at.gateway.said("cuff-1 measurement")) == 2
            assert desk.health.devices["cuff-1"].problem == ""


async def test_a_device_that_needs_a_bond_and_is_not_given_one_says_so(tmp_path: Path) -> None:
    async with (
        home() as at,
        Cuff(at.air, CUFF, "cuff", clock=at.clock.local).powered() as cuff,
        at.hub(config(tmp_path, device("cuff-1", CUFF, "blood_pressure", bond=False))) as desk,
    ):
        cuff.measure(120, 80, 60)
        await cuff.call()
        assert at.gateway.said("cuff-1 measurement") == []
        assert "does not know this hub" in desk.health.devices["cuff-1"].problem
