"""Smoke tests of bleak's own BlueZ backend and of the retrying connector, without a radio."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from devices.hub import program, radio
from devices.hub.desk import Desk
from tests.ble.fake_bluez import Cuff, bluez
from tests.ble.home import Gateway, LoopClock, config, device

pytestmark = [pytest.mark.bluez, pytest.mark.filterwarnings("ignore:.*bluetoothctl.*")]

ADDRESS = "C0:00:00:00:00:01"
FRAME = bytes.fromhex("048e005b006c004700")


async def eventually(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not is_so():  # noqa: ASYNC110 - the bus is another process and has no event
            await asyncio.sleep(0.02)


@asynccontextmanager
async def hub(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Cuff, Gateway, Desk]]:
    cuff, gateway = Cuff(ADDRESS), Gateway()
    async with bluez(folder, cuff) as address:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
        calling = asyncio.create_task(cuff.call())
        world = program.World(
            scanner=radio.scanner,
            client=radio.client,
            uplink=gateway.uplink,
            clock=LoopClock(),
            is_synchronised=lambda: True,
        )
        try:
            async with program.running(config(folder, device("cuff-1", ADDRESS, "blood_pressure")), world) as desk:
                yield cuff, gateway, desk
        finally:
            calling.cancel()
            with suppress(asyncio.CancelledError):
                await calling


async def test_an_indication_arrives_through_bluez(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with hub(tmp_path, monkeypatch) as (cuff, gateway, desk):
        await asyncio.wait_for(cuff.measurement.notifying.wait(), 30)
        cuff.measurement.indicate(FRAME)
        await eventually(lambda: bool(gateway.said("cuff-1 measurement")))
        assert gateway.values("cuff-1 measurement") == [{"systolic": 142, "diastolic": 91, "pulse": 71}]
        assert desk.health.devices["cuff-1"].battery == 66
        assert cuff.device.pairings == 1


async def test_a_cuff_that_drops_out_is_visited_again_and_bonds_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with hub(tmp_path, monkeypatch) as (cuff, gateway, _):
        for reading in range(2):
            await asyncio.wait_for(cuff.measurement.notifying.wait(), 30)
            cuff.measurement.indicate(FRAME)
            await eventually(lambda: len(gateway.said("cuff-1 measurement")) > reading)  # noqa: B023 - awaited here
            cuff.measurement.notifying.clear()
            cuff.device.drop()
        assert len(gateway.said("cuff-1 measurement")) == 2
        assert cuff.device.pairings == 1
