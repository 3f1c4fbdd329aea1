"""Devices that need no connection: buttons, sensors of the home, scales and thermometers that shout their value."""

from datetime import datetime, timedelta
from typing import Any

from devices.ble import bthome, xiaomi
from devices.ble.advertisement import Advertisement, Said
from devices.ble.frame import RejectedFrameError
from devices.ble.measurement import Quantity
from devices.hub.config import SHOUTING, Device, DeviceKind
from devices.hub.counters import Counters
from devices.hub.desk import Desk
from devices.hub.presses import Presses
from devices.hub.sensors import Sensors
from devices.hub.storage import StorageFailedError

#: Thermometers for people; what all others call temperature is that of a room. Source: xiaomi-ble, devices.py.
_FOR_PEOPLE = frozenset({"MMC-T201-1", "MMC-W505"})
#: A worn thermometer shouts every few seconds; one value a minute is what a rule can use.
_INTERVAL = timedelta(minutes=1)
_FULL = 100


class Shouts:
    """From advertisements to messages on disk."""

    def __init__(self, desk: Desk, keys: dict[str, bytes | None]) -> None:
        """``keys`` are the bind keys by device name."""
        self._desk, self._keys = desk, keys
        counters = Counters(desk)
        self._presses, self._sensors = Presses(desk, counters), Sensors(desk, counters)
        self._shouted_at: dict[str, datetime] = {}

    def take(self, device: Device, advertisement: Advertisement) -> bool:
        """Take over an advertisement; return False when it is of a format that says nothing without a connection."""
        services = set(advertisement.service_data)
        family: Any = bthome if services & bthome.UUIDS else xiaomi if services & xiaomi.UUIDS else None
        if family is None:
            return False
        try:
            said: Said = family.read(advertisement, self._keys.get(device.name))
        except RejectedFrameError as error:
            self._desk.reject(device.name, "advertisement", b"".join(advertisement.service_data.values()), error.detail)
            return True
        battery = said.values.get("battery")
        # True and False are "low" and "not low"; above 100, as 255, the device does not know it.
        if isinstance(battery, int | float) and not isinstance(battery, bool) and 0 <= battery <= _FULL:
            self._desk.health.devices[device.name].battery = int(battery)
        if device.kind is DeviceKind.BUTTON:
            self._presses.take(device, said)
        elif device.kind in SHOUTING:
            self._sensors.take(device, said, self._keys.get(device.name))
        elif family is xiaomi and (value := _value(device, said)) is not None:
            self._measured(device, value, b"".join(advertisement.service_data.values()))
        return True

    def _measured(self, device: Device, value: dict[str, Any], frame: bytes) -> None:
        if device.kind is DeviceKind.THERMOMETER and not self._is_due(device):
            return
        try:
            with self._desk.storage.transaction():
                # A scale shouts its last weighing, which has a date or a number in it, for hours.
                if device.kind is DeviceKind.SCALE and not self._desk.memory.is_new(device.name, "shout", frame):
                    return
                fields = self._desk.times(None, self._desk.trusted_now()) | {"values": [value]}
                self._desk.queue.put(device.name, "measurement", fields, self._desk.now())
        except StorageFailedError:
            self._desk.health.storage_failed()
            return
        self._desk.taken(device.name, [value])

    def _is_due(self, device: Device) -> bool:
        now, last = self._desk.now(), self._shouted_at.get(device.name)
        if last is not None and timedelta(0) <= now - last < _INTERVAL:
            return False
        self._shouted_at[device.name] = now
        return True


def _value(device: Device, said: Said) -> dict[str, Any] | None:
    """Return what belongs to a device of this kind. A scale says "mass" only when it has settled."""
    if device.kind is DeviceKind.SCALE and isinstance(mass := said.values.get("mass"), int | float):
        return {"kind": Quantity.WEIGHT.value, "value": mass, "unit": "kg"}
    celsius = said.values.get("temperature")
    if device.kind is DeviceKind.THERMOMETER and said.model in _FOR_PEOPLE and isinstance(celsius, int | float):
        return {"kind": Quantity.TEMPERATURE.value, "value": celsius, "unit": "Cel"}
    return None
