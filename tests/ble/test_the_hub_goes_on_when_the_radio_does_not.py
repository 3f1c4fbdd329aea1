"""A radio that is missing, a connection that fails, a device that makes the hub stumble: told, and tried again."""

import asyncio
from contextlib import AsyncExitStack
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from bleak.exc import BleakBluetoothNotAvailableError, BleakBluetoothNotAvailableReason, BleakError

from devices.hub import page
from devices.hub.reception import Reception
from hemvakt_sim.ble.button import Button
from hemvakt_sim.ble.cuff import Cuff
from tests.ble.home import BUTTON, CUFF, KEY, config, device, home

pytestmark = pytest.mark.looptime


async def test_a_radio_that_comes_later_is_used(tmp_path: Path) -> None:
    async with home() as at, Cuff(at.air, CUFF, "cuff", clock=at.clock.local).powered() as cuff:
        plugged_in = False

        class Missing:
            async def start(self) -> None:
                raise BleakBluetoothNotAvailableError("no adapter", BleakBluetoothNotAvailableReason.NO_BLUETOOTH)

            async def stop(self) -> None:
                """Nothing to stop."""

        def scanner(detected: Any) -> Any:
            return at.central.scanner(detected) if plugged_in else Missing()

        async with at.hub(config(tmp_path, device("cuff-1", CUFF, "blood_pressure")), scanner=scanner) as desk:
            await asyncio.sleep(60)
            assert "radio does not work" in page.text(desk)
            assert not desk.health.is_well
            plugged_in = True
            await asyncio.sleep(20)
            cuff.measure(120, 80, 60)
            assert await cuff.call()
            await asyncio.sleep(1)
            assert len(at.gateway.said("cuff-1 measurement")) == 1
            assert desk.health.is_well


async def test_a_device_that_cannot_be_connected_is_tried_ever_more_slowly(tmp_path: Path) -> None:
    async with home() as at, Cuff(at.air, CUFF, "cuff", clock=at.clock.local).powered() as cuff:
        attempts: list[float] = []

        async def refuse(*_: Any) -> Any:
            attempts.append(asyncio.get_running_loop().time())
            raise BleakError("le-connection-abort-by-local")

        async with at.hub(config(tmp_path, device("cuff-1", CUFF, "blood_pressure")), client=refuse) as desk:
            assert not await cuff.call(seconds=600)
            pauses = [after - before for before, after in pairwise(attempts)]
            assert pauses[:4] == pytest.approx([5, 10, 30, 60], abs=0.5)
            assert len(attempts) < 15
            assert "tries again" in desk.health.devices["cuff-1"].problem


async def test_a_device_that_makes_the_hub_stumble_does_not_take_the_button_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(*_: Any, **__: Any) -> bool:
        raise ZeroDivisionError

    monkeypatch.setattr(Reception, "take", stumble)
    key = tmp_path / "button.key"
    key.touch(mode=0o600)
    key.write_text(KEY.hex())
    settings = config(
        tmp_path, device("cuff-1", CUFF, "blood_pressure"), device("button-1", BUTTON, "button", key_file=key)
    )
    async with (
        home() as at,
        Cuff(at.air, CUFF, "cuff", clock=at.clock.local).powered() as cuff,
        Button(at.air, BUTTON, KEY).powered() as button,
        at.hub(settings) as desk,
    ):
        cuff.measure(120, 80, 60)
        await cuff.call()
        assert "stumbled" in desk.health.devices["cuff-1"].problem
        await button.press()
        await asyncio.sleep(1)
        assert len(at.gateway.said("button-1 press")) == 1


async def test_many_devices_that_call_at_once_are_all_visited(tmp_path: Path) -> None:
    addresses = [f"C0:00:00:00:01:{number:02X}" for number in range(20)]
    async with home() as at:
        cuffs = [Cuff(at.air, address, f"cuff {address}", clock=at.clock.local) for address in addresses]
        settings = config(
            tmp_path, *(device(f"cuff-{at_}", address, "blood_pressure") for at_, address in enumerate(addresses))
        )
        async with AsyncExitStack() as powered, at.hub(settings):
            for cuff in cuffs:
                await powered.enter_async_context(cuff.powered())
                cuff.measure(120, 80, 60)
            assert all(await asyncio.gather(*(cuff.call(seconds=300) for cuff in cuffs)))
            await asyncio.sleep(1)
            assert all(len(at.gateway.said(f"cuff-{number} measurement")) == 1 for number in range(20))


async def test_a_scan_that_has_died_without_a_word_is_started_anew(tmp_path: Path) -> None:
    async with home() as at, Cuff(at.air, CUFF, "cuff", clock=at.clock.local).powered() as cuff:
        scans: list[Any] = []

        def scanner(detected: Any) -> Any:
            scans.append(at.central.scanner(detected if scans else lambda _device, _data: None))
            return scans[-1]

        async with at.hub(config(tmp_path, device("cuff-1", CUFF, "blood_pressure")), scanner=scanner):
            await asyncio.sleep(290)
            assert len(scans) == 1
            await asyncio.sleep(20)
            cuff.measure(120, 80, 60)
            assert await cuff.call()
            await asyncio.sleep(1)
            assert len(at.gateway.said("cuff-1 measurement")) == 1


async def test_an_error_that_a_backend_lets_through_stops_no_press_that_waits(tmp_path: Path) -> None:
    def broken(_: Any) -> Any:
        raise KeyError("Roles")

    async with home() as at, at.hub(config(tmp_path, device("cuff-1", CUFF, "blood_pressure")), scanner=broken) as desk:
        desk.queue.put("cuff-1", "press", {}, desk.now(), urgent=True)
        desk.wake()
        await asyncio.sleep(60)
        assert len(at.gateway.said("cuff-1 press")) == 1
        assert "radio does not work" in desk.health.radio_problem
