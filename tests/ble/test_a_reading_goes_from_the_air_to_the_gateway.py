"""Simulated devices speak over whole Bluetooth stacks; what they measured arrives, and only that."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from hemvakt_sim.ble.cuff import Cuff
from hemvakt_sim.ble.oximeter import Oximeter, WornOximeter
from hemvakt_sim.ble.scale import Scale
from hemvakt_sim.ble.thermometer import Thermometer
from tests.ble.home import CUFF, OXIMETER, SCALE, THERMOMETER, config, device, home

pytestmark = pytest.mark.looptime


async def test_a_cuff_measures_and_its_values_arrive_with_their_time(tmp_path: Path) -> None:
    async with (
        home() as at,
        Cuff(at.air, CUFF, "UA-651", clock=at.clock.local).powered() as cuff,
        at.hub(config(tmp_path, device("cuff-1", CUFF, "blood_pressure"))) as desk,
    ):
        await asyncio.sleep(600)
        cuff.measure(142, 91, 71)
        assert await cuff.call()
        await asyncio.sleep(1)
        (message,) = at.gateway.said("cuff-1 measurement")
        assert message["time"] == "2026-03-01T06:10:00+00:00"
        assert [(one["kind"], one["value"], one["unit"]) for one in message["values"]] == [
            ("systolic", 142, "mm[Hg]"),
            ("diastolic", 91, "mm[Hg]"),
            ("pulse", 71, "/min"),
        ]
        assert len(desk.queue) == 0
        assert desk.health.devices["cuff-1"].battery == 80


async def test_every_kind_of_device_is_understood(tmp_path: Path) -> None:
    async with home() as at:
        cuff = Cuff(at.air, CUFF, "cuff", clock=at.clock.local)
        scale = Scale(at.air, SCALE, "scale", clock=at.clock.local)
        oximeter = Oximeter(at.air, OXIMETER, "oximeter", clock=at.clock.local)
        thermometer = Thermometer(at.air, THERMOMETER, "thermometer", clock=at.clock.local, bonding=False)
        settings = config(
            tmp_path,
            device("cuff-1", CUFF, "blood_pressure"),
            device("scale-1", SCALE, "scale"),
            device("oximeter-1", OXIMETER, "oximeter"),
            device("thermometer-1", THERMOMETER, "thermometer", bond=False),
        )
        async with cuff.powered(), scale.powered(), oximeter.powered(), thermometer.powered(), at.hub(settings):
            cuff.measure(120, 80, 60)
            scale.weigh(71.45)
            oximeter.measure(97, 64)
            thermometer.measure("37.20")
            assert all(await asyncio.gather(*(one.call() for one in (cuff, scale, oximeter, thermometer))))
            await asyncio.sleep(1)
            assert at.gateway.values("scale-1 measurement") == [{"weight": 71.45}]
            assert at.gateway.values("oximeter-1 measurement") == [{"spo2": 97, "pulse": 64}]
            assert at.gateway.values("thermometer-1 measurement") == [{"temperature": 37.2}]
            assert at.gateway.said("thermometer-1 measurement")[0]["site"] == "ear"
            assert len(at.gateway.said("cuff-1 measurement")) == 1


async def test_a_device_that_is_not_in_the_file_is_not_looked_at(tmp_path: Path) -> None:
    async with (
        home() as at,
        Cuff(at.air, CUFF, "the neighbour's", clock=at.clock.local).powered() as cuff,
        at.hub(config(tmp_path, device("scale-1", SCALE, "scale"))),
    ):
        cuff.measure(142, 91, 71)
        assert not await cuff.call()
        assert cuff.unsent
        assert {about for about, _ in at.gateway.heard} == {"hub-1 heartbeat", "hub-1 state", "hub-1 trouble"}


async def test_a_guest_on_the_cuff_is_not_taken_for_the_resident(tmp_path: Path) -> None:
    async with (
        home() as at,
        Cuff(at.air, CUFF, "cuff", clock=at.clock.local).powered() as cuff,
        at.hub(config(tmp_path, device("cuff-1", CUFF, "blood_pressure", user=1))),
    ):
        cuff.measure(150, 95, 80, user=2)
        cuff.measure(120, 80, 60, user=1)
        assert await cuff.call()
        await asyncio.sleep(1)
        assert [one["systolic"] for one in at.gateway.values("cuff-1 measurement")] == [120]


async def test_a_measurement_without_result_is_a_hint_and_no_value(tmp_path: Path) -> None:
    async with (
        home() as at,
        Cuff(at.air, CUFF, "cuff", clock=at.clock.local).powered() as cuff,
        at.hub(config(tmp_path, device("cuff-1", CUFF, "blood_pressure"))) as desk,
    ):
        cuff.fail()
        assert await cuff.call()
        await asyncio.sleep(1)
        assert at.gateway.said("cuff-1 measurement") == []
        assert "no result" in desk.health.devices["cuff-1"].problem


async def test_a_frame_that_cannot_be_read_is_kept_and_stops_nothing(tmp_path: Path) -> None:
    async with (
        home() as at,
        Cuff(at.air, CUFF, "cuff", clock=at.clock.local).powered() as cuff,
        at.hub(config(tmp_path, device("cuff-1", CUFF, "blood_pressure"))) as desk,
    ):
        cuff.unsent.append(bytes.fromhex("fe20270075005f"))
        cuff.measure(120, 80, 60)
        assert await cuff.call()
        await asyncio.sleep(1)
        assert at.gateway.values("cuff-1 measurement") == [{"systolic": 120, "diastolic": 80, "pulse": 60}]
        assert desk.memory.rejected("cuff-1") == 1


async def test_a_worn_sensor_gives_one_value_a_minute(tmp_path: Path) -> None:
    async with home() as at:
        worn = WornOximeter(at.air, OXIMETER, "oximeter", clock=at.clock.local, seconds=290)
        async with worn.powered(), at.hub(config(tmp_path, device("oximeter-1", OXIMETER, "oximeter"))):
            assert await worn.call(seconds=600)
            await asyncio.sleep(1)
            assert len(at.gateway.said("oximeter-1 measurement")) == 5


async def test_two_equal_readings_without_a_clock_are_two_readings(tmp_path: Path) -> None:
    async with (
        home() as at,
        Scale(at.air, SCALE, "scale", clock=lambda: None).powered() as scale,
        at.hub(config(tmp_path, device("scale-1", SCALE, "scale"))),
    ):
        for _ in range(2):
            scale.weigh(70.0)
            assert await scale.call()
            await asyncio.sleep(3600)
        assert at.gateway.values("scale-1 measurement") == [{"weight": 70.0}, {"weight": 70.0}]


async def test_a_heartbeat_tells_battery_and_signal_of_what_was_heard(tmp_path: Path) -> None:
    async with home() as at, Cuff(at.air, CUFF, "cuff", clock=at.clock.local, battery=34).powered() as cuff:
        settings = config(
            tmp_path, device("cuff-1", CUFF, "blood_pressure"), device("scale-1", SCALE, "scale"), heartbeat_s=300
        )
        async with at.hub(settings):
            at.air.rssi[CUFF] = -81
            cuff.measure(120, 80, 60)
            assert await cuff.call()
            await asyncio.sleep(3600)
            (beat,) = at.gateway.said("cuff-1 heartbeat")
            assert (beat["battery"], beat["rssi"], beat["tamper"], beat["firmware"]) == (34, -81, False, "1.0")
            assert at.gateway.said("scale-1 heartbeat") == []
            assert len(at.gateway.said("hub-1 heartbeat")) == 13


async def test_a_hub_that_was_away_for_a_week_does_not_send_a_week_of_heartbeats(tmp_path: Path) -> None:
    async with home() as at, at.hub(config(tmp_path, device("cuff-1", CUFF, "blood_pressure"))) as desk:
        at.gateway.go_away()
        await asyncio.sleep(7 * 86_400)
        assert len(desk.queue) == 3  # the newest heartbeat, state and list of troubles
        at.gateway.come_back()
        await asyncio.sleep(1)
        assert at.gateway.said("hub-1 heartbeat")[-1]["time"] == "2026-03-08T06:00:00+00:00"


async def test_worn_sensors_do_not_keep_a_cuff_waiting(tmp_path: Path) -> None:
    addresses = [f"C0:00:00:00:02:{number:02X}" for number in range(4)]
    async with home() as at, AsyncExitStack() as powered:
        worn = [WornOximeter(at.air, one, f"worn {one}", clock=at.clock.local, seconds=7200) for one in addresses]
        cuff = Cuff(at.air, CUFF, "cuff", clock=at.clock.local)
        oximeters = [device(f"worn-{number}", one, "oximeter") for number, one in enumerate(addresses)]
        for one in (*worn, cuff):
            await powered.enter_async_context(one.powered())
        async with at.hub(config(tmp_path, device("cuff-1", CUFF, "blood_pressure"), *oximeters)):
            calling = [asyncio.create_task(one.call(seconds=8000)) for one in worn]
            await asyncio.sleep(600)
            cuff.measure(120, 80, 60)
            assert await cuff.call()
            await asyncio.sleep(1)
            assert len(at.gateway.said("cuff-1 measurement")) == 1
            assert all(9 <= len(at.gateway.said(f"worn-{number} measurement")) <= 11 for number in range(4))
            for call in calling:
                call.cancel()
            await asyncio.gather(*calling, return_exceptions=True)
