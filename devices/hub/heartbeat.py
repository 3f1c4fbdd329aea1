"""Tells the gateway at intervals that the hub is alive, and which devices it heard since it told last."""

import asyncio
from collections.abc import Collection
from contextlib import suppress
from importlib.metadata import version
from typing import Any

from devices.hub.desk import Desk
from devices.hub.health import DeviceHealth
from devices.hub.said import Said
from devices.hub.storage import StorageFailedError
from devices.hub.telling import tell_state

_LONGEST_VERSION = 32


class Heartbeats:
    """One heartbeat after the other for the hub and each of its devices, each at the interval set for it."""

    def __init__(self, desk: Desk, *, can_ask: bool) -> None:
        """``can_ask``: the hub can put a question to the resident, so it is told of the help for the home too."""
        self._desk, self._can_ask = desk, can_ask
        self._told_at: dict[str, float] = {}
        self._asked: set[str] = set()

    def answer(self, device: str, _said: Said) -> bool:
        """Handle ``down/firmware``: a heartbeat at once, which names the program.

        A device that was not heard since its last heartbeat makes none: that would hide its silence.
        """
        self._asked.add(device)
        self._desk.settings.changed.set()
        return True

    async def beat(self) -> None:
        """Beat for ever, for the first time now."""
        loop, settings = asyncio.get_running_loop(), self._desk.settings
        names = (self._desk.health.name, *self._desk.health.devices)
        while True:
            settings.changed.clear()
            due = {name for name in names if self._due_at(name) <= loop.time()}
            if due or self._asked:
                self.tell(due | self._asked)
            self._told_at |= dict.fromkeys(due, loop.time())
            self._asked.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout_at(min(self._due_at(name) for name in names)):
                    await settings.changed.wait()

    def tell(self, names: Collection[str]) -> None:
        """Put heartbeats in the queue. A device that was not heard makes none: its silence is for the gateway to find.

        Only the newest of each waits; an old heartbeat says nothing. What the hub says of itself goes with its own.
        """
        desk = self._desk
        try:
            if desk.health.name in names:
                fields = desk.times(None, desk.trusted_now())
                desk.queue.put_newest(desk.health.name, "heartbeat", fields | self._self(), desk.now())
            for device in desk.health.devices.values():
                if device.fresh and device.name in names:
                    said = desk.times(None, device.heard_at if desk.is_synchronised() else None)
                    desk.queue.put_newest(device.name, "heartbeat", said | _state(device), desk.now())
                    device.fresh = False
        except StorageFailedError:
            desk.health.storage_failed()
        else:
            desk.health.storage_problem = ""
        if desk.health.name in names:
            with suppress(StorageFailedError):
                tell_state(desk)
        desk.wake()

    def _due_at(self, name: str) -> float:
        told_at = self._told_at.get(name)
        return 0.0 if told_at is None else told_at + self._desk.settings.heartbeat_s(name)

    def _self(self) -> dict[str, Any]:
        return {"firmware": version("hemvakt")[:_LONGEST_VERSION], "prompt": self._can_ask}


def _state(device: DeviceHealth) -> dict[str, Any]:
    said: dict[str, Any] = {"tamper": device.suspected}
    known = {"battery": device.battery, "rssi": device.rssi, "firmware": device.firmware or None}
    return said | {name: value for name, value in known.items() if value is not None}
