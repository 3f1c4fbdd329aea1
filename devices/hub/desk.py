"""What every part of the hub that takes something over needs."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from devices.hub.health import Health
from devices.hub.help import AwaitedHelp
from devices.hub.memory import Memory
from devices.hub.notices import Notices
from devices.hub.queue import Queue
from devices.hub.settings import Settings
from devices.hub.storage import Storage, StorageFailedError
from devices.hub.timing import ClockReading, IsSynchronised, Stamp, stamp
from devices.hub.trouble import Trouble
from store.clock import Clock


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Storage, time and health of one hub. ``wake`` tells the courier that there is something to send."""

    storage: Storage
    queue: Queue
    memory: Memory
    settings: Settings
    notices: Notices
    help: AwaitedHelp
    health: Health
    clock: Clock
    zone: ZoneInfo
    is_synchronised: IsSynchronised
    wake: Callable[[], None]

    def now(self) -> datetime:
        return self.clock.now()

    def trusted_now(self) -> datetime | None:
        """The hub's time, or None while nobody has set the hub's clock."""
        return self.clock.now() if self.is_synchronised() else None

    def times(
        self, measured: datetime | None, heard: datetime | None, reading: ClockReading | None = None
    ) -> dict[str, Any]:
        """Return the time fields of a message, by the clock rule."""
        return _fields(stamp(measured, heard, reading, self.zone))

    def taken(self, device: str, values: Iterable[Mapping[str, Any]] = ()) -> None:
        """Something of this device is in the queue; ``values`` are those of a measurement, as on the wire."""
        self.notices.measured(one["kind"] for one in values)
        self.health.devices[device].took_over(self.now())
        self.wake()

    def reject(self, device: str, source: str, frame: bytes, reason: str) -> None:
        """Keep a frame that cannot be read, for a technician."""
        self.health.devices[device].troubles[Trouble.UNREADABLE] = self.now()
        try:
            kept = self.memory.reject(device, source, bytes(frame), reason, self.now())
        except StorageFailedError:
            self.health.storage_failed()
            return
        if kept:
            self.health.devices[device].say(f"The device sent something that cannot be read; it is kept. {reason}")


def _fields(when: Stamp) -> dict[str, Any]:
    said: dict[str, Any] = {} if when.time is None else {"time": when.time.isoformat(timespec="seconds")}
    said["time_basis"] = when.basis.value
    if when.original is not None:
        said["device_time"] = when.original.isoformat(timespec="seconds")
    if when.offset_s is not None:
        said["clock_offset_s"] = when.offset_s
    return said
