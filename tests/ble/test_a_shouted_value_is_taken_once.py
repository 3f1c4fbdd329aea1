"""Scales and thermometers that shout: a weighing once however long it is shouted, and no room for a resident."""

from pathlib import Path

import pytest

from devices.ble import bthome, xiaomi
from devices.ble.advertisement import Advertisement
from devices.hub.shouts import Shouts
from tests.ble.home import SCALE, THERMOMETER, config, device, home

pytestmark = pytest.mark.looptime

(SCALE_1,) = (uuid for uuid in xiaomi.SCALES if "181d" in uuid)
WEIGHED, STILL_MOVING, LATER, SAME_NEXT_DAY = (
    "20b036ea070301080112", "00b036ea070301080112", "20b136ea070301090112", "20b036ea070302080112",
)  # fmt: skip


def shout(uuid: str, data: str) -> Advertisement:
    return Advertisement(address=SCALE, service_data={uuid: bytes.fromhex(data)})


async def test_a_weighing_is_taken_when_it_has_settled_and_once(tmp_path: Path) -> None:
    settings = config(tmp_path, device("scale-1", SCALE, "scale"))
    async with home() as at:
        at.gateway.go_away()
        for _ in range(2):
            async with at.hub(settings) as desk:
                shouts = Shouts(desk, {})
                for data in (STILL_MOVING, WEIGHED, WEIGHED, LATER, WEIGHED, SAME_NEXT_DAY):
                    assert shouts.take(settings.devices[0], shout(SCALE_1, data))
                waiting = [one.payload for one in desk.queue.ordinary(10) if one.channel == "measurement"]
                assert [b'"value":70.0,' in one for one in waiting] == [True, False, True]


async def test_the_temperature_of_a_room_is_not_that_of_a_resident(tmp_path: Path) -> None:
    settings = config(tmp_path, device("thermometer-1", THERMOMETER, "thermometer"))
    async with home() as at, at.hub(settings) as desk:
        shouts = Shouts(desk, {})
        for uuid, data in ((bthome.V2, "4002740e"), (xiaomi.MIBEACON, "5020aa01a3bf2e3b342d580d1004b4009502")):
            assert shouts.take(settings.devices[0], shout(uuid, data))
        assert [one.channel for one in desk.queue.ordinary(10)] == ["heartbeat"] * len(desk.queue.ordinary(10))


async def test_a_device_that_only_says_that_it_is_there_is_left_to_a_visit(tmp_path: Path) -> None:
    settings = config(tmp_path, device("scale-1", SCALE, "scale"))
    async with home() as at, at.hub(settings) as desk:
        assert not Shouts(desk, {}).take(settings.devices[0], Advertisement(address=SCALE, service_data={}))
