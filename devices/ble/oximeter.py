"""Pulse Oximeter Service 0x1822: spot-check 0x2A5E and continuous measurement 0x2A5F.

Source: Bluetooth SIG, Pulse Oximeter Service 1.0.1, and GATT Specification Supplement, "PLX Spot-Check Measurement" and
"PLX Continuous Measurement".
"""

from devices.ble.frame import Frame
from devices.ble.measurement import Measurement, Note, Quantity, Value, notes, value

_SPOT_TIME, _SPOT_STATUS, _SPOT_SENSOR, _SPOT_AMPLITUDE, _SPOT_CLOCK_NOT_SET = (1 << bit for bit in range(5))
_FAST, _SLOW, _STATUS, _SENSOR, _AMPLITUDE = (1 << bit for bit in range(5))

# Bits 0 to 4 are reserved, as are bits 16 to 23 of the sensor's status.
_STATUS_BITS = {
    5: Note.ONGOING,
    6: Note.EARLY_ESTIMATE,
    9: Note.FROM_STORAGE,
    10: Note.DEMONSTRATION,
    11: Note.TESTING,
    12: Note.CALIBRATING,
    13: Note.UNAVAILABLE,
    14: Note.QUESTIONABLE,
    15: Note.INVALID,
}
_STATUS_KNOWN = 0xFFE0
_SENSOR_BITS = {
    1: Note.SENSOR_FAULT,
    3: Note.POOR_SIGNAL,
    4: Note.POOR_SIGNAL,
    5: Note.LOW_PERFUSION,
    6: Note.POOR_SIGNAL,
    7: Note.POOR_SIGNAL,
    8: Note.QUESTIONABLE,
    10: Note.POOR_SIGNAL,
    11: Note.SENSOR_OFF,
    12: Note.SENSOR_FAULT,
    13: Note.SENSOR_OFF,
    14: Note.SENSOR_FAULT,
    15: Note.SENSOR_OFF,
}
_SENSOR_KNOWN = 0xFFFF


def spot_check(data: bytes) -> Measurement:
    """Read 0x2A5E: SpO2 in %, pulse in /min. Raises RejectedFrameError."""
    frame = Frame(data)
    flags = frame.flags(1, known=0x1F)
    values = _pair(frame)
    time = frame.date_time() if flags & _SPOT_TIME else None
    said = _notes(frame, status=bool(flags & _SPOT_STATUS), sensor=bool(flags & _SPOT_SENSOR))
    if flags & _SPOT_AMPLITUDE:
        values.append(value(Quantity.PULSE_AMPLITUDE, frame.sfloat(), "%"))
    frame.end()
    if flags & _SPOT_CLOCK_NOT_SET:
        time, said = None, (*said, Note.CLOCK_NOT_SET)
    return Measurement(values=tuple(values), time=time, notes=said)


def continuous(data: bytes) -> Measurement:
    """Read 0x2A5F. The fast and slow averages are checked and left: the normal one is what a limit is made for."""
    frame = Frame(data)
    flags = frame.flags(1, known=0x1F)
    values = _pair(frame)
    for present in (_FAST, _SLOW):
        if flags & present:
            _pair(frame)
    said = _notes(frame, status=bool(flags & _STATUS), sensor=bool(flags & _SENSOR))
    if flags & _AMPLITUDE:
        values.append(value(Quantity.PULSE_AMPLITUDE, frame.sfloat(), "%"))
    frame.end()
    return Measurement(values=tuple(values), notes=said)


def _pair(frame: Frame) -> list[Value]:
    return [value(Quantity.SPO2, frame.sfloat(), "%"), value(Quantity.PULSE, frame.sfloat(), "/min")]


def _notes(frame: Frame, *, status: bool, sensor: bool) -> tuple[Note, ...]:
    said = notes(frame.flags(2, known=_STATUS_KNOWN), _STATUS_BITS) if status else ()
    more = notes(frame.flags(3, known=_SENSOR_KNOWN), _SENSOR_BITS) if sensor else ()
    return tuple(dict.fromkeys(said + more))
