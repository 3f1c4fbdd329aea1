"""The hub says of itself how it is, and in words what is wrong, also while nothing can be stored; never a value."""

import asyncio
import json
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from bleak.exc import BleakError

from devices.families.hemvakt import FAMILY
from devices.hub.queue import Queue
from devices.hub.storage import Storage, StorageFailedError
from hemvakt_sim.ble.button import Button
from hemvakt_sim.ble.cuff import Cuff
from hemvakt_sim.ble.sensor import Says, Sensor
from tests.ble.home import BUTTON, CUFF, KEY, SCALE, Home, config, device, home

pytestmark = pytest.mark.looptime

_WRITES = ("INSERT", "DELETE", "BEGIN")


def troubles(at: Home) -> list[list[str]]:
    """Return each list of troubles that was told, as trouble and device."""
    return [
        [f"{one['trouble']} {one.get('device', '')}".strip() for one in message["troubles"]]
        for message in at.gateway.said("hub-1 trouble")
    ]


def fill_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Storage.run

    def full(storage: Storage, statement: str, *values: Any) -> sqlite3.Cursor:
        if statement.startswith(_WRITES):
            raise StorageFailedError("database or disk is full.")
        return run(storage, statement, *values)

    monkeypatch.setattr(Storage, "run", full)


async def test_the_state_holds_what_a_technician_asks_for(tmp_path: Path) -> None:
    devices = (device("cuff-1", CUFF, "blood_pressure"), device("scale-1", SCALE, "scale"))
    async with (
        home() as at,
        Cuff(at.air, CUFF, "cuff", clock=at.clock.local).powered() as cuff,
        at.hub(config(tmp_path, *devices, heartbeat_s=300.0)),
    ):
        at.gateway.willing = False
        cuff.measure(173, 119, 137)
        assert await cuff.call()
        await asyncio.sleep(900)
        told = at.gateway.said("hub-1 state")[-1]
    assert told["waiting"] == 5  # heartbeats of both, the measurement, the state before this one, and the troubles
    assert 870 < told["oldest_s"] <= 900
    assert (told["disk_full"], told["clock_set"], told["radio"]) == (False, True, True)
    heard, never = told["devices"]
    assert (heard["name"], heard["rssi"], heard["battery"]) == ("cuff-1", -50, 80)
    assert 860 < heard["heard_s"] <= 900
    assert never == {"name": "scale-1", "heard_s": None, "rssi": None, "battery": None}
    assert not {173, 119, 137} & set(_numbers(told))


async def test_a_battery_and_a_signal_that_nobody_knows_are_left_out_and_the_gateway_reads_the_rest(
    tmp_path: Path,
) -> None:
    """255 is a battery, and 127 a signal, of which the device or the radio knows nothing."""
    where = config(tmp_path, device("door-1", SCALE, "door"), heartbeat_s=60.0)
    async with home() as at, at.hub(where):
        at.air.rssi[SCALE] = 127
        sensor = Sensor(at.air, SCALE, None, battery=255)
        async with sensor.powered():
            await sensor.tell(Says.DOOR, 1)
        await asyncio.sleep(100)
        assert at.gateway.said("door-1 heartbeat")
        assert at.gateway.said("hub-1 state")[-1]["devices"][0]["heard_s"] is not None
        for about, message in at.gateway.heard:
            name, channel = about.split()
            assert FAMILY.decode(f"hemvakt/v1/{name}/up/{channel}", json.dumps(message).encode()).readings


async def test_a_battery_that_is_said_to_be_good_is_not_one_of_0_per_cent(tmp_path: Path) -> None:
    """BTHome has a state "battery low" beside the level in per cent."""
    where = config(tmp_path, device("door-1", SCALE, "door"))
    async with home() as at, Sensor(at.air, SCALE, None).powered() as sensor, at.hub(where) as desk:
        await sensor.shout(bytes((0x40, 0x15, 0x00, 0x1A, 0x01)))
        await asyncio.sleep(1)
        assert at.gateway.said("door-1 sensor")[0]["value"] == 1
        assert desk.health.devices["door-1"].battery is None


def _numbers(said: Any) -> list[float]:
    inner = said.values() if isinstance(said, dict) else said if isinstance(said, list) else ()
    return [said] if isinstance(said, int | float) else [found for one in inner for found in _numbers(one)]


async def test_a_radio_that_is_lost_is_told_once_and_when_it_works_again(tmp_path: Path) -> None:
    async with home() as at:
        works = True

        class Radio:
            def __init__(self, detected: Any) -> None:
                self._scanner = at.central.scanner(detected)

            async def start(self) -> None:
                if not works:
                    raise BleakError("no adapter")
                await self._scanner.start()

            async def stop(self) -> None:
                await self._scanner.stop()

        async with at.hub(config(tmp_path, device("cuff-1", CUFF, "blood_pressure")), scanner=Radio):
            await asyncio.sleep(60)
            works = False
            await asyncio.sleep(3600)
            works = True
            await asyncio.sleep(60)
        assert troubles(at) == [[], ["radio"], []]
        (told,) = at.gateway.said("hub-1 trouble")[1]["troubles"]
        assert "Bluetooth" in told["sv"]
        assert "radio does not work" in told["en"]


async def test_a_radio_that_comes_a_moment_after_the_hub_is_no_trouble(tmp_path: Path) -> None:
    async with home() as at:
        begun = asyncio.get_running_loop().time()

        class Late:
            async def start(self) -> None:
                if asyncio.get_running_loop().time() < begun + 20:
                    raise BleakError("no adapter yet")

            async def stop(self) -> None:
                """Nothing to stop."""

        settings = config(tmp_path, device("cuff-1", CUFF, "blood_pressure"))
        async with at.hub(settings, scanner=lambda _: Late()):
            await asyncio.sleep(120)
        assert troubles(at) == [[]]


async def test_a_full_disk_is_told_although_nothing_can_be_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with home() as at, at.hub(config(tmp_path, device("cuff-1", CUFF, "blood_pressure"))) as desk:
        await asyncio.sleep(1)
        with monkeypatch.context() as patch:
            fill_the_disk(patch)
            await asyncio.sleep(700)
            assert troubles(at) == [[], ["disk"]]
            assert at.gateway.said("hub-1 state")[-1]["disk_full"] is True
        await asyncio.sleep(700)
        assert troubles(at) == [[], ["disk"], []]
        assert at.gateway.said("hub-1 state")[-1]["disk_full"] is False
        assert len(desk.queue) == 0


async def test_a_device_that_must_be_paired_again_is_told_until_it_was_read(tmp_path: Path) -> None:
    async with home() as at, Cuff(at.air, CUFF, "cuff", clock=at.clock.local).powered() as cuff:
        async with at.hub(config(tmp_path, device("cuff-1", CUFF, "blood_pressure"))) as desk:
            cuff.measure(120, 80, 60)
            assert await cuff.call()
            await cuff.forget_bonds()
            await asyncio.sleep(60)
            cuff.measure(130, 80, 60)
            await cuff.call()
            await asyncio.sleep(20)
            assert troubles(at) == [[], ["pairing cuff-1"]]
            desk.health.devices["cuff-1"].took_over(at.clock.now())
            await asyncio.sleep(20)
        assert troubles(at)[-1] == []


async def test_what_cannot_be_read_is_told_and_is_not_over_with_the_next_good_frame(tmp_path: Path) -> None:
    async with home() as at, Cuff(at.air, CUFF, "cuff", clock=at.clock.local).powered() as cuff:
        async with at.hub(config(tmp_path, device("cuff-1", CUFF, "blood_pressure"))):
            cuff.unsent.append(bytes.fromhex("fead00770089007700"))
            cuff.measure(120, 80, 60)
            assert await cuff.call()
            await asyncio.sleep(600)
            assert troubles(at) == [[], ["unreadable cuff-1"]]
            await asyncio.sleep(4000)
            cuff.measure(121, 80, 60)
            assert await cuff.call()
            await asyncio.sleep(20)
        assert troubles(at) == [[], ["unreadable cuff-1"], []]
        assert "fead" not in json.dumps(at.gateway.heard)


async def test_a_press_that_is_played_back_is_told(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.touch(mode=0o600)
    key.write_text(KEY.hex())
    settings = config(tmp_path, device("button-1", BUTTON, "button", key_file=key))
    async with home() as at, Button(at.air, BUTTON, KEY).powered() as button, at.hub(settings):
        recorded = await button.press()
        await button.press()
        await button.shout(recorded)
        await asyncio.sleep(20)
        assert troubles(at) == [[], ["replayed button-1"]]


async def test_troubles_that_come_and_go_are_told_ten_seconds_apart_and_wait_as_one(tmp_path: Path) -> None:
    async with home() as at, at.hub(config(tmp_path, device("cuff-1", CUFF, "blood_pressure"))) as desk:
        await asyncio.sleep(45)
        at.gateway.go_away()
        before = len(desk.queue)
        for number in range(1000):
            desk.health.radio_problem = "It flaps." if number % 2 else ""
            await asyncio.sleep(1.7)
        assert len(desk.queue) <= before + 3  # a heartbeat, a state, and the newest troubles
        at.gateway.come_back()
        await asyncio.sleep(20)
        assert len(troubles(at)) <= 4


async def test_more_troubles_than_the_wire_takes_are_cut(tmp_path: Path) -> None:
    many = [device(f"d-{n}", f"C0:00:00:00:{n // 256:02X}:{n % 256:02X}", "scale") for n in range(200)]
    async with home() as at, at.hub(config(tmp_path, *many)) as desk:
        for one in desk.health.devices:
            desk.reject(one, "0x2a9d", b"\xff", "It cannot be read.")
        await asyncio.sleep(20)
        assert len(troubles(at)[-1]) == 50
        assert len(at.gateway.said("hub-1 state")[-1]["devices"]) == 200


def test_a_disk_that_cannot_forget_does_not_send_an_old_list_after_a_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    storage = Storage(tmp_path)
    queue = Queue(storage)
    queue.put_newest("hub-1", "trouble", {"troubles": ["old"]}, now)
    queue.put("cuff-1", "measurement", {}, now)
    with monkeypatch.context() as patch:
        fill_the_disk(patch)
        for word in ("newer", "newest"):
            with pytest.raises(StorageFailedError):
                queue.put_newest("hub-1", "trouble", {"troubles": [word]}, now, from_memory=True)
        told, measured = queue.ordinary(16)
        assert json.loads(told.payload)["troubles"] == ["newest"]
        assert measured.channel == "measurement"
        assert queue.unsaved == 0
    assert queue.acknowledge("hub-1", told.boot, [told.seq]) == 1
    queue.put_newest("hub-1", "trouble", {"troubles": []}, now + timedelta(minutes=1))
    assert [json.loads(one.payload).get("troubles") for one in queue.ordinary(16)] == [None, []]
    storage.close()
