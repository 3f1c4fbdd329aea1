"""Counters of encrypted shouts, which never go back: an old shout that is played back is known by its counter."""

from devices.ble.advertisement import Said
from devices.hub.config import Device
from devices.hub.desk import Desk
from devices.hub.memory import Fact
from devices.hub.trouble import Trouble

_REPLAYED = (
    "An old message came again: somebody plays back what they recorded, or the battery was changed. NOTHING of this "
    "device is taken until a technician has run: hemvakt hub --forget {name}"
)


class Counters:
    """The highest counter heard of each device."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        # In memory, so that a press needs no disk that can be read.
        kept = {name: desk.memory.number(name, Fact.COUNTER) for name in desk.health.devices}
        self._highest = {name: -1 if highest is None else highest for name, highest in kept.items()}

    def is_rising(self, device: Device, said: Said) -> bool:
        """Tell whether a shout is newer than all before. One that is older makes the device tampered with."""
        counter, highest = said.counter or 0, self._highest[device.name]
        if counter < highest:
            health = self._desk.health.devices[device.name]
            health.suspected = health.fresh = True
            health.troubles[Trouble.REPLAYED] = self._desk.now()
            health.say(_REPLAYED.format(name=device.name))
        self._highest[device.name] = max(counter, highest)
        return counter > highest

    def keep(self, device: Device, said: Said) -> None:
        """Remember it over a restart. Raises StorageFailedError."""
        if said.counter is not None:
            self._desk.memory.remember(device.name, Fact.COUNTER, said.counter)
