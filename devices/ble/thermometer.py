"""Health Thermometer Service 0x1809: temperature measurement 0x2A1C and intermediate temperature 0x2A1E.

Source: Bluetooth SIG, Health Thermometer Service 1.0, and GATT Specification Supplement, "Temperature Measurement" and
"Temperature Type".
"""

from devices.ble.frame import Frame, RejectedFrameError
from devices.ble.measurement import Measurement, Quantity, value

_FAHRENHEIT, _TIME, _TYPE = (1 << bit for bit in range(3))
_SITES = {
    1: "armpit",
    2: "body",
    3: "ear",
    4: "finger",
    5: "gastrointestinal tract",
    6: "mouth",
    7: "rectum",
    8: "toe",
    9: "eardrum",
}


def measurement(data: bytes) -> Measurement:
    """Read 0x2A1C, in Cel or [degF] as the device chose. Raises RejectedFrameError."""
    frame = Frame(data)
    flags = frame.flags(1, known=_FAHRENHEIT | _TIME | _TYPE)
    temperature = value(Quantity.TEMPERATURE, frame.float32(), "[degF]" if flags & _FAHRENHEIT else "Cel")
    time = frame.date_time() if flags & _TIME else None
    site = temperature_type(frame.take(1)) if flags & _TYPE else ""
    frame.end()
    return Measurement(values=(temperature,), time=time, site=site)


def temperature_type(data: bytes) -> str:
    """Read 0x2A1D: where on the body. Raises RejectedFrameError."""
    if len(data) != 1 or data[0] not in _SITES:
        raise RejectedFrameError("Its place on the body does not exist.")
    return _SITES[data[0]]
