"""BTHome motion, door, smoke, gas and water sensors through the hub: encrypted or said to be not, each change once."""

import asyncio
import json
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from devices.ble.advertisement import Said
from devices.families.hemvakt import FAMILY
from devices.hub.counters import Counters
from devices.hub.sensors import Sensors
from devices.hub.storage import Storage, StorageFailedError
from devices.observation import Kind
from hemvakt_sim.ble.sensor import Says, Sensor
from tests.ble.home import KEY, Home, config, device, home

pytestmark = pytest.mark.looptime

ADDRESS = "C0:00:00:00:00:09"


@asynccontextmanager
async def sensor(at: Home, folder: Path, kind: str, *, key: bytes | None = KEY, known: bytes | None = KEY) -> Any:
    """A hub with one sensor that encrypts with ``key``; the hub's file has ``known``."""
    more: dict[str, Any] = {}
    if known is not None:
        path = folder / "sensor.key"
        path.touch(mode=0o600)
        path.write_text(known.hex())
        more = {"key_file": path}
    settings = config(folder, device("s-1", ADDRESS, kind, **more))
    async with Sensor(at.air, ADDRESS, key).powered() as made, at.hub(settings) as desk:
        yield made, desk


def told(at: Home) -> list[tuple[str, int, bool]]:
    return [(one["kind"], one["value"], one["authenticated"]) for one in at.gateway.said("s-1 sensor")]


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("motion", Says.MOTION),
        ("door", Says.DOOR),
        ("smoke", Says.SMOKE),
        ("gas", Says.GAS),
        ("carbon_monoxide", Says.CARBON_MONOXIDE),
        ("leak", Says.MOISTURE),
    ],
)
async def test_each_kind_is_heard_when_it_changes(tmp_path: Path, kind: str, says: Says) -> None:
    async with home() as at, sensor(at, tmp_path, kind) as (one, desk):
        for value in (0, 1, 0):
            await one.tell(says, value, 2.0)
            await asyncio.sleep(5)
        assert told(at) == [(kind, 0, True), (kind, 1, True), (kind, 0, True)]
        assert desk.health.devices["s-1"].battery == 90
        message = at.gateway.said("s-1 sensor")[1]
        read = FAMILY.decode("hemvakt/v1/s-1/up/sensor", json.dumps(message).encode())
        assert [(reading.kind, reading.value, reading.text) for reading in read.readings] == [(Kind(kind), 1.0, "")]


async def test_a_sensor_says_only_what_its_kind_says(tmp_path: Path) -> None:
    async with home() as at, sensor(at, tmp_path, "door") as (one, _):
        await one.tell(Says.SMOKE, 1)
        await one.tell(Says.MOTION, 1)
        assert told(at) == []


async def test_an_old_shout_that_is_played_back_opens_no_door(tmp_path: Path) -> None:
    async with home() as at, sensor(at, tmp_path, "door") as (one, desk):
        recorded = await one.tell(Says.DOOR, 1)
        await one.tell(Says.DOOR, 0)
        await asyncio.sleep(60)
        await one.shout(recorded)
        await asyncio.sleep(20)
        assert told(at) == [("door", 1, True), ("door", 0, True)]
        assert "--forget s-1" in desk.health.devices["s-1"].problem
        assert at.gateway.said("hub-1 trouble")[-1]["troubles"][0]["trouble"] == "replayed"


async def test_a_counter_is_kept_over_a_restart(tmp_path: Path) -> None:
    async with home() as at:
        async with sensor(at, tmp_path, "door") as (one, _):
            recorded = await one.tell(Says.DOOR, 1)
            await one.tell(Says.DOOR, 0)
        async with sensor(at, tmp_path, "door") as (one, _):
            await one.shout(recorded)
        assert told(at) == [("door", 1, True), ("door", 0, True)]


async def test_with_a_key_only_what_opens_with_it_counts(tmp_path: Path) -> None:
    async with home() as at:
        async with sensor(at, tmp_path, "smoke", key=None) as (one, _):
            await one.tell(Says.SMOKE, 1)
        async with sensor(at, tmp_path, "smoke", key=bytes(16)) as (one, _):
            await one.tell(Says.SMOKE, 1)
        assert told(at) == []


async def test_with_a_key_what_is_not_encrypted_counts_in_no_format(tmp_path: Path) -> None:
    """BTHome in clear is refused when it is read; MiBeacon in clear is not, and must not pass here."""
    async with home() as at, at.hub(config(tmp_path, device("s-1", ADDRESS, "smoke"))) as desk:
        (one,) = config(tmp_path, device("s-1", ADDRESS, "smoke")).devices
        sensors, said = Sensors(desk, Counters(desk)), Said(values={"smoke": True})
        assert not sensors.take(one, said, KEY)
        # A key of 12 bytes proves nothing either way.
        assert sensors.take(one, said, KEY[:12])
        await asyncio.sleep(1)
        assert told(at) == [("smoke", 1, False)]


async def test_without_a_key_it_is_passed_on_and_said_that_anybody_may_have_sent_it(tmp_path: Path) -> None:
    async with home() as at, sensor(at, tmp_path, "smoke", key=None, known=None) as (one, _):
        await one.tell(Says.SMOKE, 1)
        assert told(at) == [("smoke", 1, False)]


async def test_a_state_that_stays_is_said_again_now_and_then(tmp_path: Path) -> None:
    async with home() as at, sensor(at, tmp_path, "motion") as (one, _):
        for _ in range(30):
            await one.tell(Says.MOTION, 1)
            await asyncio.sleep(9.5)
        assert 5 <= len(told(at)) <= 6  # of five minutes
    async with home() as at, sensor(at, tmp_path, "leak", key=None, known=None) as (one, _):
        for _ in range(30):
            await one.tell(Says.MOISTURE, 0)
            await asyncio.sleep(59.5)
        assert 3 <= len(told(at)) <= 4  # of half an hour


async def test_a_flood_of_states_that_anybody_can_send_is_bounded_and_no_danger_is_left_out(tmp_path: Path) -> None:
    async with home() as at, sensor(at, tmp_path, "smoke", key=None, known=None) as (one, desk):
        for number in range(200):
            await one.tell(Says.SMOKE, 1 - number % 2, 0.11)
        assert len(told(at)) <= 23
        assert told(at)[-1] == ("smoke", 1, False)
        assert "imitate" in desk.health.devices["s-1"].problem
        await asyncio.sleep(120)
        await one.tell(Says.SMOKE, 0)
        assert told(at)[-1] == ("smoke", 0, False)


async def test_smoke_goes_before_a_backlog_and_is_sent_from_memory_when_the_disk_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with home() as at, sensor(at, tmp_path, "smoke") as (one, desk):
        at.gateway.go_away()
        for number in range(100):
            desk.queue.put("s-1", "measurement", {"n": number}, desk.now())
        await one.tell(Says.SMOKE, 1)
        before = len(at.gateway.heard)
        at.gateway.come_back()
        await asyncio.sleep(5)
        after = [about for about, _ in at.gateway.heard[before:]]
        assert after.index("s-1 sensor") < 5
        run = Storage.run

        def full(storage: Storage, statement: str, *values: Any) -> Any:
            if statement.startswith(("INSERT", "DELETE", "BEGIN")):
                raise StorageFailedError("database or disk is full.")
            return run(storage, statement, *values)

        await one.tell(Says.SMOKE, 0)
        monkeypatch.setattr(Storage, "run", full)
        await one.tell(Says.SMOKE, 1)
        await asyncio.sleep(5)
        assert told(at)[-1] == ("smoke", 1, True)


async def test_a_value_that_is_no_state_is_left(tmp_path: Path) -> None:
    """BTHome has a moisture in per cent, of soil, beside the one that is water on a floor."""
    async with home() as at, sensor(at, tmp_path, "leak", key=None, known=None) as (one, _):
        await one.shout(bytes((0x40, 0x14, 0x02, 0x0C)))
        assert told(at) == []
