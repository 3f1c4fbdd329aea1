"""Decides on every measurement: whether it is the resident's, when it was, whether it is known already."""

from datetime import datetime, timedelta
from typing import Any

import structlog

from devices.ble import gatt
from devices.ble.frame import RejectedFrameError
from devices.ble.glucose import Context
from devices.ble.measurement import Measurement, Note, Quantity
from devices.hub.config import Device
from devices.hub.desk import Desk
from devices.hub.memory import Fact
from devices.hub.timing import ClockReading

log = structlog.get_logger(__name__)

#: What the wire has a kind for.
_ON_THE_WIRE = (
    Quantity.SYSTOLIC, Quantity.DIASTOLIC, Quantity.PULSE, Quantity.SPO2, Quantity.TEMPERATURE, Quantity.GLUCOSE,
    Quantity.WEIGHT,
)  # fmt: skip
#: A worn sensor speaks every second; one value a minute is what a rule can use.
_STREAM_INTERVAL = timedelta(minutes=1)


class Reception:
    """From frames of a connection to messages on disk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._streamed_at: dict[tuple[str, int], datetime] = {}

    def take(
        self,
        device: Device,
        characteristic: int,
        frame: bytes,
        *,
        heard: datetime | None,
        clock: ClockReading | None = None,
        context: Context | None = None,
        stored: bool = False,
    ) -> bool:
        """Take over a frame; return whether it became a message.

        ``heard`` is the hub's time when the frame came, None when the hub's clock is not set. ``stored`` records come
        again at every visit, so one without number and time is left: it could not be told from one taken before.
        Raises StorageFailedError; then nothing of it was taken.
        """
        source = f"{characteristic:#06x}"
        try:
            measured = gatt.decode(characteristic, frame)
        except RejectedFrameError as error:
            self._desk.reject(device.name, source, frame, error.detail)
            return False
        if not self._is_wanted(device, characteristic, measured) or (stored and not _has_identity(measured)):
            self._remember_number(device, measured)
            return False
        fields = self._desk.times(measured.time, heard, clock) | {"values": _values(measured)}
        fields |= _details(measured, context)
        with self._desk.storage.transaction():
            if _has_identity(measured) and not self._desk.memory.is_new(device.name, source, frame):
                return False
            self._desk.queue.put(device.name, "measurement", fields, self._desk.now())
            self._remember_number(device, measured)
        self._desk.taken(device.name, fields["values"])
        return True

    def _remember_number(self, device: Device, measured: Measurement) -> None:
        last = self._desk.memory.number(device.name, Fact.LAST_RECORD)
        if measured.sequence is not None and (last is None or measured.sequence > last):
            self._desk.memory.remember(device.name, Fact.LAST_RECORD, measured.sequence)

    def _is_wanted(self, device: Device, characteristic: int, measured: Measurement) -> bool:
        if not measured.is_of_the_resident:
            said = ", ".join(measured.notes)
            self._desk.health.devices[device.name].say(f"A measurement was left; the device says: {said}.")
            return False
        if not _values(measured):
            self._desk.health.devices[device.name].say("The device measured and got no result.")
            return False
        if device.user is not None and measured.user not in {None, device.user}:
            log.info("a measurement of another user of the device was left", device=device.name)
            return False
        if Note.EARLY_ESTIMATE in measured.notes:
            return False
        return characteristic not in gatt.STREAMS or self._is_due(device, characteristic)

    def _is_due(self, device: Device, characteristic: int) -> bool:
        now, last = self._desk.now(), self._streamed_at.get((device.name, characteristic))
        # A clock that was set back must not silence the device until it has caught up.
        if last is not None and timedelta(0) <= now - last < _STREAM_INTERVAL:
            return False
        self._streamed_at[device.name, characteristic] = now
        return True


def _has_identity(measured: Measurement) -> bool:
    """Tell whether two equal frames are the same record; without number and time they may be two measurements."""
    return measured.sequence is not None or measured.time is not None


def _values(measured: Measurement) -> list[dict[str, Any]]:
    return [
        {"kind": one.quantity.value, "value": one.value, "unit": one.unit}
        for one in measured.values
        if one.value is not None and one.quantity in _ON_THE_WIRE
    ]


def _details(measured: Measurement, context: Context | None) -> dict[str, Any]:
    said: dict[str, Any] = {}
    if circumstances := [note.value for note in measured.notes if note is not Note.CONTEXT_FOLLOWS]:
        said["notes"] = circumstances
    if measured.site:
        said["site"] = measured.site
    if context is not None and context.meal:
        said["meal"] = context.meal
    return said
