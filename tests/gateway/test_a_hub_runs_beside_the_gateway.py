"""``hemvakt up --hub FILE``: a cuff on the fake BlueZ of a private bus reaches the database; a dead hub comes again."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection, insert, select

from devices.hub.config_file import BadConfigError
from devices.observation import Kind
from gateway.hub_child import HubChild
from gateway.ports import free_port
from gateway.settings import MqttSettings, Settings
from gateway.up import Running, up
from store import tables
from store.clock import SystemClock
from store.roster_version import count_up
from tests.ble.fake_bluez import Cuff, bluez
from tests.gateway.world import build_town

CUFF = "C0:00:00:00:00:01"
FRAME = bytes.fromhex("048e005b006c004700")


def write_file(folder: Path, port: int, page_port: int) -> Path:
    path = folder / "hub.yaml"
    path.write_text(
        f"""\
name: hub-1
broker: {{ url: "mqtt://127.0.0.1:{port}", user: devices, password_file: data/broker/devices.password }}
folder: hub-state
page_port: {page_port}
clock_is_set: true
devices:
  - {{ name: cuff-1, address: "{CUFF}", kind: blood_pressure }}
"""
    )
    return path


async def eventually(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(90):
        while not is_so():  # noqa: ASYNC110 - what is waited for is another process and has no event
            await asyncio.sleep(0.05)


@asynccontextmanager
async def everything(folder: Path, page_port: int) -> AsyncIterator[Running]:
    """The whole of ``up`` with a hub, in this process, on an empty folder."""
    port = free_port()
    file = write_file(folder, port, page_port)
    settings = Settings(data_folder=folder / "data", port=0, mqtt=MqttSettings(port=port), hub_file=file)
    running: asyncio.Future[Running] = asyncio.get_running_loop().create_future()
    stopping = asyncio.Event()
    task = asyncio.create_task(up(settings, started=running.set_result, stopping=stopping, deadly=False))
    either: list[asyncio.Future[Any]] = [task, running]
    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        await task
    made = await running
    build_town(made.database, SystemClock())
    made.database.write_now(_add_cuff)
    try:
        yield made
    finally:
        stopping.set()
        await task


def _add_cuff(connection: Connection) -> None:
    now = SystemClock().now()
    device = {"id": "cuff-1", "family": "hemvakt", "address": "cuff-1", "kind": "hub", "added_at": now}
    connection.execute(insert(tables.device), device)
    stay = {"device_id": "cuff-1", "home_id": "home-1", "resident_id": "resident-1", "from_at": now}
    connection.execute(insert(tables.assignment), stay)
    count_up(connection)


def values(running: Running, kind: Kind) -> list[float]:
    query = select(tables.observation.c.value).where(tables.observation.c.kind == kind.value)
    return list(running.database.read_now(lambda c: c.scalars(query).all()))


async def page(port: int) -> str:
    async with httpx.AsyncClient(trust_env=False) as client:
        with contextlib.suppress(httpx.HTTPError):
            return (await client.get(f"http://127.0.0.1:{port}/")).text
    return ""


@pytest.mark.broker
@pytest.mark.bluez
@pytest.mark.filterwarnings("ignore:.*bluetoothctl.*")
async def test_a_reading_goes_from_the_bus_into_the_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cuff, page_port = Cuff(CUFF), free_port()
    async with bluez(tmp_path, cuff) as bus:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", bus)
        calling = asyncio.create_task(cuff.call())
        async with everything(tmp_path, page_port) as running:
            async with asyncio.timeout(90):
                await cuff.measurement.notifying.wait()
            cuff.measurement.indicate(FRAME)
            await eventually(lambda: values(running, Kind.SYSTOLIC) == [142])
            told = await page(page_port)
            assert "Hub hub-1: well" in told
            assert "cuff-1 (blood pressure): heard" in told
        calling.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await calling


@pytest.mark.broker
async def test_a_hub_that_dies_is_started_again_and_ends_with_the_gateway(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path / 'nothing'}")
    page_port = free_port()
    async with everything(tmp_path, page_port) as running:
        hub = running.hub
        assert hub is not None
        await _answers(page_port)
        first = hub.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        await eventually(lambda: hub.starts == 2)
        # The gateway did not notice; the new hub listens again, and says that there is no radio.
        assert "radio does not work" in await _answers(page_port)
        second = hub.pid
        assert second not in {None, first}
        await eventually(lambda: Kind.HEARTBEAT in _kinds(running))
    assert await page(page_port) == ""
    with pytest.raises(ProcessLookupError):
        os.kill(second or 0, 0)


async def _answers(port: int) -> str:
    async with asyncio.timeout(90):
        while "radio does not work" not in (told := await page(port)):  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.05)
    return told


def _kinds(running: Running) -> set[Kind]:
    query = select(tables.observation.c.kind).where(tables.observation.c.device_id == "hub-1")
    return {Kind(kind) for kind in running.database.read_now(lambda c: c.scalars(query).all())}


async def test_a_wrong_file_is_told_by_its_line_before_anything_starts(tmp_path: Path) -> None:
    file = write_file(tmp_path, 1883, 0)
    file.write_text(file.read_text().replace("blood_pressure", "toaster"))
    settings = Settings(data_folder=tmp_path / "data", port=0, hub_file=file)
    with pytest.raises(BadConfigError, match=r"hub\.yaml:7: devices\[0\]\.kind"):
        await up(settings, started=lambda _: None, deadly=False)
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("content", [None, "", "- 1", "\x00\xff", "a: [" * 10_000, "x: " + "y" * 1_100_000])
def test_a_file_that_is_no_hub_file_is_an_error_of_ours(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "hub.yaml"
    if content is not None:
        file.write_text(content)
    with pytest.raises(BadConfigError):
        HubChild(file)
