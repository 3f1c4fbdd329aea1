"""Glucose Service 0x1808: measurement 0x2A18 and its context 0x2A34.

Source: Bluetooth SIG, Glucose Service 1.0.1, and GATT Specification Supplement, "Glucose Measurement" and
"Glucose Measurement Context". Concentrations come in kg/L or mol/L.
"""

from datetime import datetime, timedelta
from decimal import Decimal

import msgspec

from devices.ble.frame import Frame, RejectedFrameError
from devices.ble.measurement import Measurement, Note, Quantity, Value, notes, value
from devices.ble.number import Absent

_OFFSET, _CONCENTRATION, _MOLAR, _STATUS, _CONTEXT = (1 << bit for bit in range(5))
_CARBOHYDRATE, _MEAL, _HEALTH, _EXERCISE, _MEDICATION, _LITRES, _HBA1C, _EXTENDED = (1 << bit for bit in range(8))

_CONTROL_SAMPLE, _CONTROL_SITE = 10, 4
_SAMPLES = range(1, 11)
_SITES = {1: "finger", 2: "alternate site", 3: "earlobe", _CONTROL_SITE: "control solution", 15: ""}
_STATUS_BITS = {
    0: Note.BATTERY_LOW,
    1: Note.SENSOR_FAULT,
    2: Note.SAMPLE_INSUFFICIENT,
    3: Note.STRIP_FAULT,
    4: Note.STRIP_FAULT,
    5: Note.TOO_HIGH_FOR_DEVICE,
    6: Note.TOO_LOW_FOR_DEVICE,
    7: Note.DEVICE_TOO_WARM,
    8: Note.DEVICE_TOO_COLD,
    9: Note.INTERRUPTED,
    10: Note.SENSOR_FAULT,
    11: Note.TIME_FAULT,
}
_MEALS = {1: "before meal", 2: "after meal", 3: "fasting", 4: "casual", 5: "bedtime"}
# Extremes of sint16 say that the offset ran over or under what the field can hold.
_NO_OFFSET = (0x7FFF, -0x8000)


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """Circumstances of the glucose measurement with the same sequence number. Amounts in g (or mL), HbA1c in %."""

    sequence: int
    meal: str = ""
    carbohydrate: Decimal | None = None
    exercise_s: int | None = None
    medication: Decimal | None = None
    medication_unit: str = ""
    hba1c: Decimal | None = None


def measurement(data: bytes) -> Measurement:
    """Read 0x2A18: glucose in mg/dL (from kg/L) or mmol/L (from mol/L). Raises RejectedFrameError."""
    frame = Frame(data)
    flags = frame.flags(1, known=0x1F)
    sequence = frame.uint(2)
    time = frame.date_time()
    said: tuple[Note, ...] = ()
    if flags & _OFFSET:
        minutes = frame.int16()
        if minutes in _NO_OFFSET:
            time, said = None, (Note.TIME_FAULT,)
        elif time is not None:
            time = _moved(time, minutes)
    values: tuple[Value, ...] = ()
    site = ""
    if flags & _CONCENTRATION:
        unit, shift = ("mmol/L", 3) if flags & _MOLAR else ("mg/dL", 5)
        values = (value(Quantity.GLUCOSE, frame.sfloat(), unit, shift=shift),)
        site, control = _sample(frame.uint(1))
        said += (Note.CONTROL_SOLUTION,) if control else ()
    if flags & _STATUS:
        said += notes(frame.flags(2, known=0x0FFF), _STATUS_BITS)
    frame.end()
    said += (Note.CONTEXT_FOLLOWS,) if flags & _CONTEXT else ()
    return Measurement(values=values, time=time, sequence=sequence, site=site, notes=tuple(dict.fromkeys(said)))


def context(data: bytes) -> Context:
    """Read 0x2A34. Raises RejectedFrameError."""
    frame = Frame(data)
    flags = frame.uint(1)
    sequence = frame.uint(2)
    if flags & _EXTENDED:
        frame.take(1)
    carbohydrate = None
    if flags & _CARBOHYDRATE:
        frame.take(1)
        carbohydrate = _amount(frame)
    meal = _meal(frame.uint(1)) if flags & _MEAL else ""
    if flags & _HEALTH:
        frame.take(1)
    exercise = None
    if flags & _EXERCISE:
        exercise = frame.uint(2)
        frame.take(1)
    medication = None
    if flags & _MEDICATION:
        frame.take(1)
        medication = _amount(frame)
    hba1c = frame.sfloat() if flags & _HBA1C else None
    frame.end()
    return Context(
        sequence=sequence,
        meal=meal,
        carbohydrate=carbohydrate,
        exercise_s=exercise,
        medication=medication,
        medication_unit="" if medication is None else ("mL" if flags & _LITRES else "g"),
        hba1c=hba1c if isinstance(hba1c, Decimal) else None,
    )


def _moved(time: datetime, minutes: int) -> datetime:
    try:
        return time + timedelta(minutes=minutes)
    except OverflowError as error:
        raise RejectedFrameError("Its time offset leads out of the calendar.") from error


def _sample(byte: int) -> tuple[str, bool]:
    """Return the place on the body, and whether it was control solution instead of blood."""
    kind, site = byte & 0x0F, byte >> 4
    if kind not in _SAMPLES or site not in _SITES:
        raise RejectedFrameError("Its sample type or location does not exist.")
    return _SITES[site], kind == _CONTROL_SAMPLE or site == _CONTROL_SITE


def _meal(byte: int) -> str:
    if byte not in _MEALS:
        raise RejectedFrameError("Its meal does not exist.")
    return _MEALS[byte]


def _amount(frame: Frame) -> Decimal | None:
    """Read kilograms or litres as grams or millilitres."""
    amount = frame.sfloat()
    return None if isinstance(amount, Absent) else amount.scaleb(3)
