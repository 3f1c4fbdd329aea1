"""A press is taken when encrypted with the button's key under a rising counter; then it is heard, whatever comes."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from devices.hub import page, program
from devices.hub.config import HubConfig
from devices.hub.config_file import BadConfigError
from devices.hub.desk import Desk
from devices.hub.storage import Storage, StorageFailedError
from hemvakt_sim.ble.button import Button
from tests.ble.home import BUTTON, KEY, Home, config, device, home

pytestmark = pytest.mark.looptime


def settings(folder: Path, key: bytes = KEY) -> HubConfig:
    path = folder / "button.key"
    path.touch(mode=0o600)
    path.write_text(key.hex())
    return config(folder, device("button-1", BUTTON, "button", key_file=path))


@asynccontextmanager
async def pressed(folder: Path, **more: Any) -> AsyncIterator[tuple[Home, Button, Desk]]:
    async with home() as at, Button(at.air, BUTTON, KEY).powered() as button, at.hub(settings(folder, **more)) as desk:
        await asyncio.sleep(1)
        yield at, button, desk


def presses(at: Home) -> list[dict[str, Any]]:
    return at.gateway.said("button-1 press")


async def test_a_press_arrives_once_however_often_it_is_shouted(tmp_path: Path) -> None:
    async with pressed(tmp_path) as (at, button, desk):
        await button.press(seconds=3.0)
        await asyncio.sleep(1)
        (press,) = presses(at)
        assert press["button"] == "button press"
        assert desk.health.devices["button-1"].battery == 90


async def test_two_presses_are_two(tmp_path: Path) -> None:
    async with pressed(tmp_path) as (at, button, _):
        await button.press()
        await button.press()
        await asyncio.sleep(1)
        assert len(presses(at)) == 2


async def test_one_press_under_several_counters_is_one(tmp_path: Path) -> None:
    async with pressed(tmp_path) as (at, button, _):
        for counter in (1, 2, 3):
            await button.shout(button.encoded(counter, packet=7))
        await asyncio.sleep(60)
        await button.shout(button.encoded(4, packet=7))
        await asyncio.sleep(1)
        assert len(presses(at)) == 2


async def test_what_anybody_could_send_is_no_press(tmp_path: Path) -> None:
    async with pressed(tmp_path) as (at, button, desk):
        for forged in (
            Button(at.air, "C0:00:00:00:00:77", None).encoded(1, 1),
            Button(at.air, BUTTON, bytes(16)).encoded(9, 1),
            b"\x41",
            b"",
        ):
            await button.shout(forged)
        await asyncio.sleep(1)
        assert presses(at) == []
        assert desk.memory.rejected("button-1") == 4
        await button.press()
        assert len(presses(at)) == 1


async def test_a_press_that_is_played_back_is_no_press_and_is_reported(tmp_path: Path) -> None:
    async with pressed(tmp_path) as (at, button, desk):
        old = await button.press()
        await button.press()
        await asyncio.sleep(3600)
        await button.shout(old)
        await asyncio.sleep(600)
        assert len(presses(at)) == 2
        assert at.gateway.said("button-1 heartbeat")[-1]["tamper"] is True
        assert "--forget button-1" in desk.health.devices["button-1"].problem


async def test_a_restart_does_not_let_an_old_press_in(tmp_path: Path) -> None:
    async with home() as at, Button(at.air, BUTTON, KEY).powered() as button:
        old = b""
        for _ in range(2):
            async with at.hub(settings(tmp_path)):
                await asyncio.sleep(1)
                old = old or await button.press()
                await button.shout(old)
                await asyncio.sleep(1)
        assert len(presses(at)) == 1


async def test_a_restart_does_not_let_a_repeat_of_an_old_press_in(tmp_path: Path) -> None:
    async with home() as at, Button(at.air, BUTTON, KEY).powered() as button:
        async with at.hub(settings(tmp_path)):
            await asyncio.sleep(1)
            for counter in (1, 2, 3):
                await button.shout(button.encoded(counter, packet=7))
            await asyncio.sleep(60)
        async with at.hub(settings(tmp_path)):
            await asyncio.sleep(1)
            await button.shout(button.encoded(3, packet=7))
            await asyncio.sleep(1)
        assert len(presses(at)) == 1


async def test_a_restart_does_not_let_the_very_first_press_in_again(tmp_path: Path) -> None:
    async with home() as at, Button(at.air, BUTTON, KEY).powered() as button:
        for _ in range(2):
            async with at.hub(settings(tmp_path)):
                await asyncio.sleep(1)
                await button.shout(button.encoded(0, packet=1))
                await asyncio.sleep(60)
        assert len(presses(at)) == 1


async def test_after_a_new_battery_a_technician_lets_the_counter_begin_anew(tmp_path: Path) -> None:
    async with home() as at, Button(at.air, BUTTON, KEY).powered() as button:
        button.counter = 500
        async with at.hub(settings(tmp_path)):
            await asyncio.sleep(1)
            await button.press()
        button.counter = 0
        program.forget(settings(tmp_path), "button-1")
        async with at.hub(settings(tmp_path)):
            await asyncio.sleep(1)
            await button.press()
            await asyncio.sleep(1)
        assert len(presses(at)) == 2
        with pytest.raises(program.NoSuchDeviceError):
            program.forget(settings(tmp_path), "button-9")


async def test_a_press_is_sent_although_nothing_can_be_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with pressed(tmp_path) as (at, button, desk):
        run = Storage.run

        def full(storage: Storage, statement: str, *values: Any) -> Any:
            if not statement.startswith("SELECT"):
                raise StorageFailedError("database or disk is full.")
            return run(storage, statement, *values)

        monkeypatch.setattr(Storage, "run", full)
        await button.press()
        await asyncio.sleep(1)
        monkeypatch.setattr(Storage, "run", run)
        assert len(presses(at)) == 1
        assert "stored" in desk.health.storage_problem
        assert desk.queue.unsaved == 0
        await asyncio.sleep(600)
        assert desk.health.storage_problem == ""


async def test_a_press_is_sent_although_nothing_can_be_read_from_the_disk_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A card that has come loose, or is worn out, fails at every word."""
    async with pressed(tmp_path) as (at, button, desk):
        await button.press()
        await asyncio.sleep(1)

        def gone(_storage: Storage, _statement: str, *_: Any) -> Any:
            raise StorageFailedError("disk I/O error.")

        with monkeypatch.context() as broken:
            broken.setattr(Storage, "run", gone)
            await button.press()
            await asyncio.sleep(60)
            assert len(presses(at)) == 2
            assert [one["trouble"] for one in at.gateway.said("hub-1 trouble")[-1]["troubles"]] == ["disk"]
            assert "Nothing can be stored" in page.text(desk)
        assert len(presses(at)) == 2


async def test_a_press_is_repeated_until_the_gateway_has_it(tmp_path: Path) -> None:
    async with pressed(tmp_path) as (at, button, desk):
        at.gateway.willing = False
        await button.press()
        await asyncio.sleep(300)
        attempts = [message for about, message in at.gateway.heard if about == "button-1 press"]
        assert len(attempts) > 10
        assert len({json.dumps(one) for one in attempts}) == 1
        at.gateway.willing = True
        await asyncio.sleep(31)
        assert len(desk.queue) == 0


async def test_a_button_without_a_key_is_refused_in_the_file(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="key_file"):
        config(tmp_path, device("button-1", BUTTON, "button"))
    open_to_all = settings(tmp_path)
    (tmp_path / "button.key").chmod(0o644)
    async with home() as at:
        with pytest.raises(BadConfigError, match="others may read"):
            await at.hub(open_to_all).__aenter__()
