"""Weight Scale Service 0x181D (0x2A9D) and Body Composition Service 0x181B (0x2A9C).

Source: Bluetooth SIG, Weight Scale Service 1.0.1, Body Composition Service 1.0, and GATT Specification Supplement,
"Weight Measurement" and "Body Composition Measurement".
"""

from decimal import Decimal

from devices.ble.frame import Frame
from devices.ble.measurement import Measurement, Note, Quantity, Value, value
from devices.ble.number import Absent

_IMPERIAL, _TIME, _USER = (1 << bit for bit in range(3))
_BMI_AND_HEIGHT = 1 << 3
_MORE_FOLLOWS = 1 << 12
_UNKNOWN_USER = 255
_UNSUCCESSFUL = 0xFFFF

_MASS = ("kg", Decimal("0.005")), ("[lb_av]", Decimal("0.01"))
_LENGTH = ("m", Decimal("0.001")), ("[in_i]", Decimal("0.1"))
_PERCENT = (("%", Decimal("0.1")),) * 2

# Flag bit, what it adds, and its unit and resolution in SI and in imperial units; in the order on the wire.
_COMPOSITION = (
    (3, Quantity.BASAL_METABOLISM, (("kJ", Decimal(1)),) * 2),
    (4, Quantity.MUSCLE, _PERCENT),
    (5, Quantity.MUSCLE_MASS, _MASS),
    (6, Quantity.FAT_FREE_MASS, _MASS),
    (7, Quantity.SOFT_LEAN_MASS, _MASS),
    (8, Quantity.BODY_WATER_MASS, _MASS),
    (9, Quantity.IMPEDANCE, (("Ohm", Decimal("0.1")),) * 2),
    (10, Quantity.WEIGHT, _MASS),
    (11, Quantity.HEIGHT, _LENGTH),
)


def weight(data: bytes) -> Measurement:
    """Read 0x2A9D, in kg or [lb_av] as the device chose. Raises RejectedFrameError."""
    frame = Frame(data)
    flags = frame.flags(1, known=_IMPERIAL | _TIME | _USER | _BMI_AND_HEIGHT)
    imperial = bool(flags & _IMPERIAL)
    raw = frame.uint(2)
    values = [value(Quantity.WEIGHT, Absent.UNSUCCESSFUL, _MASS[imperial][0])]
    if raw != _UNSUCCESSFUL:
        values = [_scaled(Quantity.WEIGHT, raw, _MASS[imperial])]
    time = frame.date_time() if flags & _TIME else None
    user = frame.uint(1) if flags & _USER else _UNKNOWN_USER
    if flags & _BMI_AND_HEIGHT:
        values.append(_scaled(Quantity.BMI, frame.uint(2), ("kg/m2", Decimal("0.1"))))
        values.append(_scaled(Quantity.HEIGHT, frame.uint(2), _LENGTH[imperial]))
    frame.end()
    return Measurement(values=tuple(values), time=time, user=None if user == _UNKNOWN_USER else user)


def body_composition(data: bytes) -> Measurement:
    """Read 0x2A9C. A composition that spans two packets comes as two measurements. Raises RejectedFrameError."""
    frame = Frame(data)
    flags = frame.flags(2, known=0x1FFF)
    imperial = bool(flags & _IMPERIAL)
    fat = frame.uint(2)
    values = [value(Quantity.BODY_FAT, Absent.UNSUCCESSFUL, "%")]
    if fat != _UNSUCCESSFUL:
        values = [_scaled(Quantity.BODY_FAT, fat, _PERCENT[0])]
    time = frame.date_time() if flags & _TIME else None
    user = frame.uint(1) if flags & _USER else _UNKNOWN_USER
    for bit, quantity, units in _COMPOSITION:
        if flags >> bit & 1:
            values.append(_scaled(quantity, frame.uint(2), units[imperial]))
    frame.end()
    said = (Note.MORE_FOLLOWS,) if flags & _MORE_FOLLOWS else ()
    return Measurement(values=tuple(values), time=time, user=None if user == _UNKNOWN_USER else user, notes=said)


def _scaled(quantity: Quantity, raw: int, unit: tuple[str, Decimal]) -> Value:
    return value(quantity, raw * unit[1], unit[0])
