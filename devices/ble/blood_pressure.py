"""Blood Pressure Service 0x1810: measurement 0x2A35 and intermediate cuff pressure 0x2A36.

Source: Bluetooth SIG, Blood Pressure Service 1.1, and GATT Specification Supplement, "Blood Pressure Measurement".
"""

from devices.ble.frame import Frame, RejectedFrameError
from devices.ble.measurement import Measurement, Note, Quantity, notes, value

_KPA, _TIME, _PULSE, _USER, _STATUS = (1 << bit for bit in range(5))
_UNKNOWN_USER = 255
_STATUS_BITS = {0: Note.BODY_MOVED, 1: Note.CUFF_LOOSE, 2: Note.IRREGULAR_PULSE, 5: Note.WRONG_POSITION}
_PULSE_RANGE = {0: (), 1: (Note.PULSE_ABOVE_RANGE,), 2: (Note.PULSE_BELOW_RANGE,)}


def measurement(data: bytes) -> Measurement:
    """Read 0x2A35. Values are in the unit that the device chose, mm[Hg] or kPa. Raises RejectedFrameError."""
    frame = Frame(data)
    flags = frame.flags(1, known=_KPA | _TIME | _PULSE | _USER | _STATUS)
    unit = "kPa" if flags & _KPA else "mm[Hg]"
    values = [
        value(quantity, frame.sfloat(), unit)
        for quantity in (Quantity.SYSTOLIC, Quantity.DIASTOLIC, Quantity.MEAN_ARTERIAL)
    ]
    time = frame.date_time() if flags & _TIME else None
    if flags & _PULSE:
        values.append(value(Quantity.PULSE, frame.sfloat(), "/min"))
    user = frame.uint(1) if flags & _USER else _UNKNOWN_USER
    said = _status(frame.flags(2, known=0x3F)) if flags & _STATUS else ()
    frame.end()
    return Measurement(values=tuple(values), time=time, user=None if user == _UNKNOWN_USER else user, notes=said)


def _status(bits: int) -> tuple[Note, ...]:
    pulse = bits >> 3 & 3
    if pulse not in _PULSE_RANGE:
        raise RejectedFrameError("Its status has a pulse range that does not exist.")
    return notes(bits, _STATUS_BITS) + _PULSE_RANGE[pulse]
