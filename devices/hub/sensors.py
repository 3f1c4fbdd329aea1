"""Motion, door, smoke, gas and water sensors that shout their state: taken when it changes, and now and then."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from devices.ble.advertisement import Said
from devices.hub.config import Device, DeviceKind
from devices.hub.counters import Counters
from devices.hub.desk import Desk
from devices.hub.storage import StorageFailedError

log = structlog.get_logger(__name__)

#: Kind of device -> the names of what it says, in BTHome and MiBeacon. Source: bthome.io/format, "Binary sensor data".
_SAYS: dict[DeviceKind, tuple[str, ...]] = {
    DeviceKind.MOTION: ("motion", "occupancy", "presence", "moving", "vibration"),
    DeviceKind.DOOR: ("door", "opening", "window", "garage_door"),
    DeviceKind.SMOKE: ("smoke",),
    DeviceKind.GAS: ("gas",),
    DeviceKind.CARBON_MONOXIDE: ("carbon_monoxide",),
    DeviceKind.LEAK: ("moisture", "water_leak"),
}
_GRAVE = frozenset({DeviceKind.SMOKE, DeviceKind.GAS, DeviceKind.CARBON_MONOXIDE})
#: A state that stays is said again: a mover moves still, and a detector proves that it lives.
_AGAIN, _MOVES_AGAIN = timedelta(minutes=10), timedelta(minutes=1)
#: Of what anybody can send, no more changes a minute are taken: a flood must not fill the disk. A danger is, always.
_MOST_CHANGES, _SPAN = 20, timedelta(minutes=1)
_TOO_MUCH = "The device changes its state more often than a sensor does; somebody may imitate it."
#: The encryption of keys of 12 bytes (MiBeacon 2 and 3) does not tell whether the key was right.
_PROVING_KEY_BYTES = 16


@dataclass
class _Told:
    """What was told last, when, and how many changes there were since ``span_from``."""

    value: bool
    at: datetime
    span_from: datetime
    changes: int = 0


class Sensors:
    """From states that are shouted to messages on disk."""

    def __init__(self, desk: Desk, counters: Counters) -> None:
        self._desk, self._counters = desk, counters
        self._told: dict[str, _Told] = {}

    def take(self, device: Device, said: Said, key: bytes | None) -> bool:
        """Take over what a sensor says of its own kind; return whether it became a message.

        What is encrypted counts with a rising counter only, and with a key nothing else counts. Without a key anybody
        may have said it: it is passed on, and says that it was not authenticated. A danger that cannot be written is
        sent from memory.
        """
        if said.counter is not None:
            if not self._counters.is_rising(device, said):
                return False
        elif key is not None and len(key) >= _PROVING_KEY_BYTES:
            return False
        found = (said.values.get(name) for name in _SAYS[device.kind])
        value = next((one for one in found if isinstance(one, bool)), None)
        if value is None or not self._is_news(device, value=value, authenticated=said.is_authentic):
            return False
        state = {"kind": device.kind.value, "value": int(value), "authenticated": said.is_authentic}
        fields = self._desk.times(None, self._desk.trusted_now()) | state
        urgent = value and device.kind in _GRAVE
        try:
            self._desk.queue.put(device.name, "sensor", fields, self._desk.now(), urgent=urgent)
            self._counters.keep(device, said)
        except StorageFailedError:
            self._desk.health.storage_failed()
        self._desk.taken(device.name)
        return True

    def _is_news(self, device: Device, *, value: bool, authenticated: bool) -> bool:
        now, told = self._desk.now(), self._told.get(device.name)
        if told is None:
            self._told[device.name] = _Told(value, now, now)
            return True
        if value == told.value:
            again = _MOVES_AGAIN if device.kind is DeviceKind.MOTION else _AGAIN
            # A clock that was set back must not silence the sensor until it has caught up.
            if timedelta(0) <= now - told.at < again:
                return False
        elif not authenticated and not self._may_change(device, told, now, danger=value and device.kind in _GRAVE):
            return False
        told.value, told.at = value, now
        return True

    def _may_change(self, device: Device, told: _Told, now: datetime, *, danger: bool) -> bool:
        if not timedelta(0) <= now - told.span_from < _SPAN:
            told.span_from, told.changes = now, 0
        told.changes += 1
        if danger or told.changes <= _MOST_CHANGES:
            return True
        self._desk.health.devices[device.name].say(_TOO_MUCH)
        return False
