"""Tells the gateway at an interval that the hub is alive, and which devices it heard since it told last."""

import asyncio
from contextlib import suppress
from typing import Any

from devices.hub.desk import Desk
from devices.hub.health import DeviceHealth
from devices.hub.storage import StorageFailedError
from devices.hub.telling import tell_state


async def beat(desk: Desk, every_s: float) -> None:
    """Beat now and every ``every_s`` seconds, for ever."""
    while True:
        tell(desk)
        await asyncio.sleep(every_s)


def tell(desk: Desk) -> None:
    """Put heartbeats in the queue. A device that was not heard makes none: its silence is for the gateway to find.

    Only the newest of each waits; an old heartbeat says nothing. What the hub says of itself goes with them.
    """
    fields = desk.times(None, desk.trusted_now())
    try:
        desk.queue.put_newest(desk.health.name, "heartbeat", fields, desk.now())
        for device in desk.health.devices.values():
            if device.fresh:
                said = desk.times(None, device.heard_at if desk.is_synchronised() else None)
                desk.queue.put_newest(device.name, "heartbeat", said | _state(device), desk.now())
                device.fresh = False
    except StorageFailedError:
        desk.health.storage_failed()
    else:
        desk.health.storage_problem = ""
    with suppress(StorageFailedError):
        tell_state(desk)
    desk.wake()


def _state(device: DeviceHealth) -> dict[str, Any]:
    said: dict[str, Any] = {"tamper": device.suspected}
    known = {"battery": device.battery, "rssi": device.rssi, "firmware": device.firmware or None}
    return said | {name: value for name, value in known.items() if value is not None}
