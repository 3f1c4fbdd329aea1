"""Who a device is and how it is: Device Information 0x180A, Battery 0x180F, Current Time 0x1805.

Source: Bluetooth SIG, GATT Specification Supplement, "System ID", "Battery Level", "Current Time", "Date Time".
"""

from datetime import datetime, timedelta

from devices.ble.frame import Frame, RejectedFrameError

_LONGEST_TEXT = 64
_SYSTEM_ID_BYTES = 8
_FRACTIONS = 256
_DAYS_OF_WEEK = range(8)
_ADJUST_REASONS = 0x0F


def battery_level(data: bytes) -> int:
    """Read 0x2A19: percent left. Raises RejectedFrameError."""
    if len(data) != 1 or data[0] > 100:
        raise RejectedFrameError("It is no battery level.")
    return data[0]


def text(data: bytes) -> str:
    """Read a name of 0x180A (manufacturer, model, serial number, versions). Raises RejectedFrameError."""
    # Some firmware pads with NUL to the length of its buffer.
    try:
        said = bytes(data).rstrip(b"\0 ").decode("utf-8")
    except UnicodeDecodeError as error:
        raise RejectedFrameError("It is not text.") from error
    if not said.isprintable():
        raise RejectedFrameError("It has characters that cannot be shown.")
    return said[:_LONGEST_TEXT]


def system_id(data: bytes) -> str:
    """Read 0x2A23 as an EUI-64 such as ``FE-ED-AB-EE-DE-AD-77-C3``. Raises RejectedFrameError."""
    if len(data) != _SYSTEM_ID_BYTES:
        raise RejectedFrameError("It is no system identifier.")
    return bytes(data)[::-1].hex("-").upper()


def current_time(data: bytes) -> datetime | None:
    """Read 0x2A2B: the device's local time without a zone, None where it is unknown. Raises RejectedFrameError."""
    frame = Frame(data)
    time = frame.date_time()
    if frame.uint(1) not in _DAYS_OF_WEEK:
        raise RejectedFrameError("Its day of the week does not exist.")
    fraction = timedelta(seconds=frame.uint(1) / _FRACTIONS)
    frame.flags(1, known=_ADJUST_REASONS)
    frame.end()
    return None if time is None else time + fraction


def date_time(data: bytes) -> datetime | None:
    """Read 0x2A08, which devices without a Current Time Service have instead. Raises RejectedFrameError."""
    frame = Frame(data)
    time = frame.date_time()
    frame.end()
    return time
