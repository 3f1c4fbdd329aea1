"""A device that shows six digits pairs with whom they were typed at; the hub then uses that bond and makes none."""

import asyncio
from pathlib import Path

import pytest
from bleak.exc import BleakError

from hemvakt_sim.ble.cuff import Cuff
from tests.ble.home import CUFF, Home, config, device, home

pytestmark = pytest.mark.looptime


async def typed(at: Home, cuff: Cuff, passkey: int) -> None:
    calling = asyncio.create_task(cuff.call())
    await asyncio.sleep(0.5)
    try:
        await at.central.pair_by_hand(CUFF, passkey)
    finally:
        await calling


async def test_a_hub_alone_cannot_pair_and_says_what_to_do(tmp_path: Path) -> None:
    async with (
        home() as at,
        Cuff(at.air, CUFF, "cuff", clock=at.clock.local, passkey=123_456).powered() as cuff,
        at.hub(config(tmp_path, device("cuff-1", CUFF, "blood_pressure"))) as desk,
    ):
        cuff.measure(120, 80, 60)
        await cuff.call()
        await asyncio.sleep(20)
        assert at.gateway.said("cuff-1 measurement") == []
        assert "does not pair" in desk.health.devices["cuff-1"].problem
        assert [one["trouble"] for one in at.gateway.said("hub-1 trouble")[-1]["troubles"]] == ["pairing"]
        assert cuff.unsent


async def test_a_bond_that_was_made_by_hand_is_used(tmp_path: Path) -> None:
    async with home() as at, Cuff(at.air, CUFF, "cuff", clock=at.clock.local, passkey=98_765).powered() as cuff:
        await typed(at, cuff, 98_765)
        async with at.hub(config(tmp_path, device("cuff-1", CUFF, "blood_pressure"))):
            for systolic in (120, 130):
                cuff.measure(systolic, 80, 60)
                assert await cuff.call()
                await asyncio.sleep(60)
        assert [one["systolic"] for one in at.gateway.values("cuff-1 measurement")] == [120, 130]


@pytest.mark.parametrize("wrong", [1, 123_457, 999_999])
async def test_wrong_digits_make_no_bond(tmp_path: Path, wrong: int) -> None:
    async with home() as at, Cuff(at.air, CUFF, "cuff", clock=at.clock.local, passkey=123_456).powered() as cuff:
        with pytest.raises(BleakError):
            await typed(at, cuff, wrong)
        async with at.hub(config(tmp_path, device("cuff-1", CUFF, "blood_pressure"))):
            cuff.measure(120, 80, 60)
            await cuff.call()
            assert at.gateway.said("cuff-1 measurement") == []
