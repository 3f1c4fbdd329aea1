"""Presses of buttons that shout: taken once each, and only from the button itself."""

from datetime import datetime, timedelta

import structlog

from devices.ble.advertisement import Said
from devices.hub.config import Device
from devices.hub.desk import Desk
from devices.hub.memory import Fact
from devices.hub.storage import StorageFailedError
from devices.hub.trouble import Trouble

log = structlog.get_logger(__name__)

#: For how long a button repeats one press under new counters and the same packet number. Shelly BLU buttons do so for
#: some seconds; later, the same number is another press after 256 others that were not heard.
_REPEATS = timedelta(seconds=10)
_REPLAYED = (
    "An old press was sent again: somebody plays back what they recorded, or the battery was changed. Presses of this "
    "button are NOT taken until a technician has run: hemvakt hub --forget {name}"
)


class Presses:
    """Counters of encrypted buttons, and presses into the urgent lane."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        # In memory, so that a press needs no disk that can be read.
        self._counters = {name: desk.memory.number(name, Fact.COUNTER) or -1 for name in desk.health.devices}
        self._last: dict[str, tuple[int, datetime]] = {}

    def take(self, device: Device, said: Said) -> bool:
        """Take over what an authentic advertisement says of a button; return whether it was a press that is new.

        A press that cannot be written is sent from memory. One with an old counter is no press, and the device is
        reported as tampered with.
        """
        if said.counter is None or not self._is_rising(device, said):
            return False
        pressed = next((event for event in said.events if event.source.startswith("button")), None)
        if pressed is None or self._is_repeat(device, said):
            return False
        fields = self._desk.times(None, self._desk.trusted_now()) | {"button": f"{pressed.source} {pressed.what}"[:32]}
        try:
            self._desk.queue.put(device.name, "press", fields, self._desk.now(), urgent=True)
            self._desk.memory.remember(device.name, Fact.COUNTER, said.counter)
        except StorageFailedError:
            self._desk.health.storage_failed()
        log.info("pressed", device=device.name)
        self._desk.taken(device.name)
        return True

    def _is_rising(self, device: Device, said: Said) -> bool:
        counter, highest = said.counter or 0, self._counters[device.name]
        if counter < highest:
            health = self._desk.health.devices[device.name]
            health.suspected = health.fresh = True
            health.troubles[Trouble.REPLAYED] = self._desk.now()
            health.say(_REPLAYED.format(name=device.name))
        self._counters[device.name] = max(counter, highest)
        return counter > highest

    def _is_repeat(self, device: Device, said: Said) -> bool:
        if said.packet is None:
            return False
        now, before = self._desk.now(), self._last.get(device.name)
        self._last[device.name] = (said.packet, now)
        return before is not None and before[0] == said.packet and abs(now - before[1]) < _REPEATS
