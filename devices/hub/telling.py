"""Tells the gateway how the hub is: its state with each heartbeat, and its troubles when they change."""

import asyncio
from datetime import datetime
from typing import Any

import structlog

from devices.hub.desk import Desk
from devices.hub.health import DeviceHealth
from devices.hub.storage import StorageFailedError
from devices.hub.trouble import Standing, words

log = structlog.get_logger(__name__)

#: How often the troubles are looked at: one that comes and goes is told of this often at most.
_LOOK_S = 10.0
#: The wire takes no more; a home with more troubles is visited anyway.
_MOST = 50


def tell_state(desk: Desk) -> None:
    """Put the state into the queue, where it replaces an older one. Raises StorageFailedError; it is still sent."""
    desk.queue.put_newest(desk.health.name, "state", state(desk), desk.now(), from_memory=True)


def state(desk: Desk) -> dict[str, Any]:
    """Return the fields of ``up/state``. There is no measured value in it."""
    health, now, oldest = desk.health, desk.now(), desk.queue.oldest_since()
    return desk.times(None, desk.trusted_now()) | {
        "waiting": len(desk.queue),
        "oldest_s": None if oldest is None else _seconds(oldest, now),
        "disk_full": bool(health.storage_problem),
        "clock_set": desk.is_synchronised(),
        "radio": not health.radio_problem,
        "devices": [_device(one, now) for one in health.devices.values()],
    }


class Troubles:
    """The troubles of a hub as one list that is always told whole: one that is not in it any more is over.

    So nothing depends on the order in which messages arrive, and only the newest list has to wait while the network
    is away.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._since: dict[Standing, datetime] | None = None

    async def watch(self) -> None:
        """Look for ever. The first list is told also when it is empty: troubles of an earlier life are over."""
        while True:
            self.look()
            await asyncio.sleep(_LOOK_S)

    def look(self) -> None:
        """Tell the list if it is another than the one told last."""
        now, before = self._desk.now(), self._since or {}
        since = {one: before.get(one, now) for one in self._desk.health.troubles(now)}
        if self._since is not None and since.keys() == self._since.keys():
            return
        self._since = since
        log.info("troubles", now=[f"{one.trouble} {one.device}".strip() for one in since])
        try:
            desk = self._desk
            desk.queue.put_newest(desk.health.name, "trouble", self._fields(since), now, from_memory=True)
        except StorageFailedError:
            self._desk.health.storage_failed()
        self._desk.wake()

    def _fields(self, since: dict[Standing, datetime]) -> dict[str, Any]:
        clock_set = self._desk.is_synchronised()
        told = []
        for standing, begun in list(since.items())[:_MOST]:
            swedish, english = words(standing)
            said = {"trouble": standing.trouble.value, "sv": swedish, "en": english}
            said |= {"device": standing.device} if standing.device else {}
            told.append(said | ({"since": begun.isoformat(timespec="seconds")} if clock_set else {}))
        return self._desk.times(None, self._desk.trusted_now()) | {"troubles": told}


def _device(device: DeviceHealth, now: datetime) -> dict[str, Any]:
    heard_s = None if device.heard_at is None else _seconds(device.heard_at, now)
    return {"name": device.name, "heard_s": heard_s, "rssi": device.rssi, "battery": device.battery}


def _seconds(moment: datetime, now: datetime) -> int:
    # A clock that was set back makes no negative age.
    return max(0, int((now - moment).total_seconds()))
