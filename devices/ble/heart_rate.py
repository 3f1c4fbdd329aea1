"""Heart Rate Service 0x180D: measurement 0x2A37.

Source: Bluetooth SIG, Heart Rate Service 1.0, and GATT Specification Supplement, "Heart Rate Measurement".
"""

from decimal import Decimal

from devices.ble.frame import Frame, RejectedFrameError
from devices.ble.measurement import Measurement, Note, Quantity, value

_WIDE, _CONTACT, _CONTACT_SUPPORTED, _ENERGY, _INTERVALS = (1 << bit for bit in range(5))
_BEAT_INTERVALS_PER_SECOND = 1024


def measurement(data: bytes) -> Measurement:
    """Read 0x2A37: pulse in /min, energy in kJ. Raises RejectedFrameError."""
    return _read(data)[0]


def beat_intervals(data: bytes) -> tuple[Decimal, ...]:
    """Return the times between beats of 0x2A37, in seconds, oldest first. Raises RejectedFrameError."""
    return _read(data)[1]


def _read(data: bytes) -> tuple[Measurement, tuple[Decimal, ...]]:
    frame = Frame(data)
    flags = frame.flags(1, known=0x1F)
    values = [value(Quantity.PULSE, Decimal(frame.uint(2 if flags & _WIDE else 1)), "/min")]
    if flags & _ENERGY:
        values.append(value(Quantity.ENERGY, Decimal(frame.uint(2)), "kJ"))
    intervals: list[Decimal] = []
    if flags & _INTERVALS:
        if not frame.left:
            raise RejectedFrameError("It announces beat intervals and has none.")
        while frame.left:
            intervals.append(Decimal(frame.uint(2)) / _BEAT_INTERVALS_PER_SECOND)
    frame.end()
    off = flags & _CONTACT_SUPPORTED and not flags & _CONTACT
    said = (Note.NO_SKIN_CONTACT,) if off else ()
    return Measurement(values=tuple(values), notes=said), tuple(intervals)
