"""Which characteristic is read by which decoder. Nothing else lists them."""

from collections.abc import Callable

from devices.ble import blood_pressure, glucose, heart_rate, oximeter, scale, thermometer
from devices.ble.frame import RejectedFrameError
from devices.ble.measurement import Measurement

#: Characteristics that carry measurements, by their 16-bit numbers.
MEASUREMENTS: dict[int, Callable[[bytes], Measurement]] = {
    0x2A35: blood_pressure.measurement,
    0x2A1C: thermometer.measurement,
    0x2A18: glucose.measurement,
    0x2A5E: oximeter.spot_check,
    0x2A5F: oximeter.continuous,
    0x2A9D: scale.weight,
    0x2A9C: scale.body_composition,
    0x2A37: heart_rate.measurement,
}
#: Those that go on for as long as the device is worn, about once a second.
STREAMS = frozenset({0x2A5F, 0x2A37})

GLUCOSE_CONTEXT = 0x2A34
RECORD_ACCESS = 0x2A52
BATTERY_LEVEL = 0x2A19
CURRENT_TIME = 0x2A2B
DATE_TIME = 0x2A08
MANUFACTURER, MODEL, SERIAL, FIRMWARE, SYSTEM_ID = 0x2A29, 0x2A24, 0x2A25, 0x2A26, 0x2A23

_BASE = "0000{:04x}-0000-1000-8000-00805f9b34fb"


def uuid(number: int) -> str:
    """Return the 128-bit form of a 16-bit number of the Bluetooth SIG."""
    return _BASE.format(number)


def number(uuid_text: str) -> int | None:
    """Return the 16-bit number of a UUID, or None when it is a vendor's own."""
    short = uuid_text[4:8]
    try:
        return int(short, 16) if uuid_text.lower() == _BASE.format(int(short, 16)) else None
    except ValueError:
        return None


def decode(characteristic: int, data: bytes) -> Measurement:
    """Read what a characteristic sent. Raises RejectedFrameError, also for a characteristic that is not known."""
    if characteristic not in MEASUREMENTS:
        raise RejectedFrameError(f"Nothing is known of characteristic {characteristic:#06x}.")
    return MEASUREMENTS[characteristic](data)
