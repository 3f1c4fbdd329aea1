"""A home with simulated devices, a hub in it, and a gateway that acknowledges or does not."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from devices.hub import program
from devices.hub.config import HubConfig
from devices.hub.courier import LinkDownError
from devices.hub.desk import Desk
from devices.hub.uplink import OnChange, OnDown
from hemvakt_sim.ble.air import Air
from hemvakt_sim.ble.backend import Central

START = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)
STOCKHOLM = ZoneInfo("Europe/Stockholm")
KEY = bytes(range(16))

CUFF, SCALE, METER, OXIMETER, THERMOMETER, BUTTON = (f"C0:00:00:00:00:{number:02X}" for number in range(1, 7))


class LoopClock:
    """The time of the event loop, so that virtual time moves it too."""

    def __init__(self) -> None:
        self._begun = asyncio.get_running_loop().time()
        self.jump = timedelta(0)

    def now(self) -> datetime:
        return START + timedelta(seconds=asyncio.get_running_loop().time() - self._begun) + self.jump

    def local(self, *, wrong: timedelta = timedelta(0)) -> datetime:
        """The home's local time without zone, as a device has it."""
        return (self.now() + wrong).astimezone(STOCKHOLM).replace(tzinfo=None)


class Gateway:
    """Stands for broker and gateway: hears what is published, and acknowledges while it is ``willing``."""

    def __init__(self) -> None:
        self.willing = True
        self.heard: list[tuple[str, dict[str, Any]]] = []
        self._on_down: OnDown | None = None
        self._session = 0
        self._up, self._down = asyncio.Event(), asyncio.Event()
        self._up.set()

    @property
    def reachable(self) -> bool:
        return self._up.is_set()

    def go_away(self) -> None:
        self._up.clear()
        self._down.set()

    def come_back(self) -> None:
        self._down.clear()
        self._up.set()

    def uplink(self, _config: HubConfig, on_down: OnDown, on_change: OnChange) -> "Gateway":
        self._on_down, self._on_change = on_down, on_change
        return self

    async def run(self) -> None:
        while True:
            await self._up.wait()
            self._session += 1
            self._on_change(True)
            await self._down.wait()
            self._on_change(False)

    async def farewell(self) -> None:
        """Nothing to say."""

    async def ready(self) -> int:
        await self._up.wait()
        return self._session

    async def publish(self, topic: str, payload: bytes) -> None:
        if not self.reachable:
            raise LinkDownError
        _, _, device, _, channel = topic.split("/")
        message = json.loads(payload)
        self.heard.append((f"{device} {channel}", message))
        if self.willing:
            self.say(device, "ack", {"boot": message["boot"], "seq": [message["seq"]]})

    def say(self, device: str, channel: str, payload: Any) -> None:
        """Say something down to a device; bytes go as they are."""
        if self._on_down is not None:
            raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
            self._on_down(f"hemvakt/v1/{device}/down/{channel}", raw)

    def said(self, what: str) -> list[dict[str, Any]]:
        """Return the messages of ``device channel``, each number once, in order of arrival."""
        found = {(message["boot"], message["seq"]): message for about, message in self.heard if about == what}
        return list(found.values())

    def values(self, what: str) -> list[dict[str, float]]:
        return [{one["kind"]: one["value"] for one in message["values"]} for message in self.said(what)]


def config(folder: Path, *devices: dict[str, Any], **more: Any) -> HubConfig:
    settings = {"name": "hub-1", "broker": {"url": "mqtt://127.0.0.1:1"}, "folder": folder / "hub", "page_port": 0}
    return HubConfig.model_validate(settings | {"devices": devices} | more)


def device(name: str, address: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "address": address, "kind": kind} | more


@dataclass
class Home:
    """All parts of a home under test."""

    air: Air
    central: Central
    clock: LoopClock
    gateway: Gateway = field(default_factory=Gateway)
    synchronised: bool = True

    @asynccontextmanager
    async def hub(self, settings: HubConfig, **world: Any) -> AsyncIterator[Desk]:
        """Run a hub in this home."""
        base = program.World(
            scanner=self.central.scanner,
            client=self.central.connect,
            uplink=self.gateway.uplink,
            clock=self.clock,
            is_synchronised=lambda: self.synchronised,
        )
        async with program.running(settings, replace(base, **world)) as desk:
            yield desk


@asynccontextmanager
async def home() -> AsyncIterator[Home]:
    air = Air()
    async with Central(air).powered() as central:
        yield Home(air, central, LoopClock())
