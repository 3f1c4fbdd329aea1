"""Presses of buttons that shout: taken once each, and only from the button itself."""

from contextlib import suppress
from datetime import datetime, timedelta

import structlog

from devices.ble.advertisement import Said
from devices.hub.config import Device
from devices.hub.counters import Counters
from devices.hub.desk import Desk
from devices.hub.storage import StorageFailedError

log = structlog.get_logger(__name__)

#: For how long a button repeats one press under new counters and the same packet number. Shelly BLU buttons do so for
#: some seconds; later, the same number is another press after 256 others that were not heard.
_REPEATS = timedelta(seconds=10)


class Presses:
    """Presses of encrypted buttons into the urgent lane."""

    def __init__(self, desk: Desk, counters: Counters) -> None:
        self._desk, self._counters = desk, counters
        self._last: dict[str, tuple[int, datetime]] = {}

    def take(self, device: Device, said: Said) -> bool:
        """Take over what an authentic advertisement says of a button; return whether it was a press that is new.

        A press that cannot be written is sent from memory. One with an old counter is no press, and the device is
        reported as tampered with.
        """
        if said.counter is None or not self._counters.is_rising(device, said):
            return False
        pressed = next((event for event in said.events if event.source.startswith("button")), None)
        if pressed is None:
            return False
        if self._is_repeat(device, said):
            # Whoever has recorded it must not be able to use it after a restart, when nobody knows what it repeats.
            with suppress(StorageFailedError):
                self._counters.keep(device, said)
            return False
        fields = self._desk.times(None, self._desk.trusted_now()) | {"button": f"{pressed.source} {pressed.what}"[:32]}
        try:
            self._desk.queue.put(device.name, "press", fields, self._desk.now(), urgent=True)
            self._counters.keep(device, said)
        except StorageFailedError:
            self._desk.health.storage_failed()
        log.info("pressed", device=device.name)
        self._desk.taken(device.name)
        return True

    def _is_repeat(self, device: Device, said: Said) -> bool:
        if said.packet is None:
            return False
        now, before = self._desk.now(), self._last.get(device.name)
        self._last[device.name] = (said.packet, now)
        return before is not None and before[0] == said.packet and abs(now - before[1]) < _REPEATS
