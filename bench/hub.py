"""One home hub and many Bluetooth devices: whether every reading arrives exactly once, and what that costs.

``python -m bench hub``, or ``python -m bench.hub --devices 200 --readings 5``. The devices (cuffs, scales, thermometers
and oximeters with whole Bluetooth stacks, all calling at once, all to be bonded with) and their air are a process of
their own; the hub is this one, and reaches the air by HCI over TCP. Its figures hold what the simulated host stack
costs, which on a real machine the kernel and BlueZ carry.
"""

import argparse
import asyncio
import contextlib
import json
import logging
import sys
import tempfile
import time
from asyncio.subprocess import PIPE
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog

from bench.engine import resident_kb
from devices.hub import program
from devices.hub.config import HubConfig
from devices.hub.uplink import OnChange, OnDown
from hemvakt_sim.ble.air import Air
from hemvakt_sim.ble.backend import Central
from hemvakt_sim.ble.cuff import Cuff
from hemvakt_sim.ble.oximeter import Oximeter
from hemvakt_sim.ble.peripheral import Peripheral
from hemvakt_sim.ble.scale import Scale
from hemvakt_sim.ble.tcp import linked, listening
from hemvakt_sim.ble.thermometer import Thermometer

_KINDS = ("blood_pressure", "scale", "thermometer", "oximeter")
#: Two hundred that call ten times a second each are more than an air in Python carries.
_ADVERTISING_MS = 1000.0
#: A run that takes longer than this for each reading hangs.
_PATIENCE_S = 30.0


class Gateway:
    """Acknowledges everything at once, and counts what it heard by device and value."""

    def __init__(self) -> None:
        self.heard: Counter[tuple[str, float]] = Counter()
        self.last_at = 0.0
        self._seen: set[tuple[str, int]] = set()

    def uplink(self, _config: HubConfig, on_down: OnDown, on_change: OnChange) -> "Gateway":
        self._on_down, self._on_change = on_down, on_change
        return self

    async def run(self) -> None:
        self._on_change(True)
        await asyncio.Event().wait()

    async def farewell(self) -> None:
        """Nothing to say."""

    async def ready(self) -> int:
        return 1

    async def publish(self, topic: str, payload: bytes) -> None:
        device, channel = topic.split("/")[2], topic.split("/")[4]
        said = json.loads(payload)
        if channel == "measurement" and (device, said["seq"]) not in self._seen:
            self._seen.add((device, said["seq"]))
            self.heard[device, said["values"][0]["value"]] += 1
            self.last_at = time.perf_counter()
        ack = json.dumps({"boot": said["boot"], "seq": [said["seq"]]}).encode()
        self._on_down(f"hemvakt/v1/{device}/down/ack", ack)


def address(number: int) -> str:
    return f"C0:00:00:00:{number // 256:02X}:{number % 256:02X}"


def measure(devices: int = 200, readings: int = 5) -> list[dict[str, Any]]:
    """Return the figures of one run. Raises TimeoutError when readings do not arrive."""
    return [asyncio.run(_measure(devices, readings))]


async def _measure(devices: int, readings: int) -> dict[str, Any]:
    gateway, expected = Gateway(), devices * readings
    begun, cpu = time.perf_counter(), time.process_time()
    async with _air(devices, readings) as link, linked(link) as there, Central(there).powered() as central:
        with tempfile.TemporaryDirectory() as folder:
            world = program.World(
                scanner=central.scanner, client=central.connect, uplink=gateway.uplink, is_synchronised=lambda: True
            )
            async with program.running(_config(Path(folder), devices), world), asyncio.timeout(_PATIENCE_S * expected):
                begun, cpu = time.perf_counter(), time.process_time()
                while gateway.heard.total() < expected:  # noqa: ASYNC110 - a figure, not a decision
                    await asyncio.sleep(0.2)
                wall_s, cpu_s = gateway.last_at - begun, time.process_time() - cpu
                memory_kb = resident_kb()
                # What would come twice comes soon.
                await asyncio.sleep(10.0)
    return {
        "devices": devices,
        "readings": expected,
        "arrived": len(gateway.heard),
        "doubled": gateway.heard.total() - len(gateway.heard),
        "wall_s": round(wall_s, 1),
        "readings_per_s": round(expected / wall_s, 1),
        "hub_cpu_s": round(cpu_s, 1),
        "hub_cpu_share": round(cpu_s / wall_s, 2),
        "hub_memory_mb": round(memory_kb / 1000),
    }


def _config(folder: Path, devices: int) -> HubConfig:
    listed = [
        {"name": f"d-{number}", "address": address(number), "kind": _KINDS[number % len(_KINDS)]}
        for number in range(devices)
    ]
    broker = {"url": "mqtt://127.0.0.1:1"}
    said = {"name": "hub", "broker": broker, "folder": folder, "page_port": 0, "devices": listed}
    return HubConfig.model_validate(said)


@asynccontextmanager
async def _air(devices: int, readings: int) -> AsyncIterator[str]:
    """Start the devices as a process of their own; yield where their air is."""
    command = [sys.executable, "-m", "bench.hub", "--air", "--devices", str(devices), "--readings", str(readings)]
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, cwd=Path(__file__).parents[1])
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield (await process.stdout.readline()).decode().strip()
    finally:
        # It ends when nobody holds its input any more.
        process.stdin.close()
        await process.wait()


async def _be_the_air(devices: int, readings: int) -> None:
    air = Air()
    ended = asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    async with listening(air) as port, AsyncExitStack() as powered:
        living = [await powered.enter_async_context(_device(air, number).powered()) for number in range(devices)]
        for device in living:
            device.advertising_ms = _ADVERTISING_MS
            _measure_on(device, readings)
        print(f"tcp:127.0.0.1:{port}", flush=True)
        calling = [asyncio.create_task(_call(device)) for device in living]
        await ended
        for task in calling:
            task.cancel()
        await asyncio.gather(*calling, return_exceptions=True)


async def _call(device: Peripheral) -> None:
    while device.unsent:
        await device.call()


def _device(air: Air, number: int) -> Peripheral:
    where, name = address(number), f"device {number}"
    kinds: tuple[type[Peripheral], ...] = (Cuff, Scale, Thermometer, Oximeter)
    return kinds[number % len(kinds)](air, where, name, clock=_clock)


def _clock() -> datetime | None:
    return datetime.now().astimezone().replace(tzinfo=None) - timedelta(minutes=5)


def _measure_on(device: Peripheral, readings: int) -> None:
    """Measure ``readings`` different values."""
    for number in range(readings):
        match device:
            case Cuff():
                device.measure(100 + number, 70, 60)
            case Scale():
                device.weigh(60.0 + number)
            case Thermometer():
                device.measure(f"{36 + number / 10:.1f}")
            case Oximeter():
                device.measure(99 - number, 60)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=200)
    parser.add_argument("--readings", type=int, default=5, help="of each device, at most 40")
    parser.add_argument("--air", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    logging.getLogger().setLevel(logging.CRITICAL)
    if chosen.air:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(_be_the_air(chosen.devices, chosen.readings))
        return
    for row in measure(chosen.devices, chosen.readings):
        for name, value in row.items():
            print(f"{name:>16}  {value}")


if __name__ == "__main__":
    main()
