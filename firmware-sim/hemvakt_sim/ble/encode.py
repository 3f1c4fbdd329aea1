"""Bytes as health devices write them. Written from the specifications, and sharing nothing with what reads them."""

from datetime import datetime
from decimal import Decimal

_MANTISSA_MAX = 0x07FD
_FLOAT_MANTISSA_MAX = 0x7FFFFD


def sfloat(number: str | int | Decimal | None) -> bytes:
    """IEEE 11073 16-bit float with as many decimals as ``number`` is written with; None is "not a number".

    Raises ValueError for a number that does not fit.
    """
    if number is None:
        return b"\xff\x07"
    mantissa, exponent = _parts(number)
    if abs(mantissa) > _MANTISSA_MAX or not -8 <= exponent <= 7:
        raise ValueError(f"{number} does not fit into an SFLOAT")
    return (((exponent & 0xF) << 12) | (mantissa & 0xFFF)).to_bytes(2, "little")


def float32(number: str | int | Decimal) -> bytes:
    """IEEE 11073 32-bit float. Raises ValueError for a number that does not fit."""
    mantissa, exponent = _parts(number)
    if abs(mantissa) > _FLOAT_MANTISSA_MAX or not -128 <= exponent <= 127:
        raise ValueError(f"{number} does not fit into a FLOAT")
    return (((exponent & 0xFF) << 24) | (mantissa & 0xFFFFFF)).to_bytes(4, "little")


def date_time(moment: datetime | None) -> bytes:
    """Seven bytes of local time; None is an unset clock."""
    if moment is None:
        return bytes(7)
    rest = bytes((moment.month, moment.day, moment.hour, moment.minute, moment.second))
    return moment.year.to_bytes(2, "little") + rest


def current_time(moment: datetime | None) -> bytes:
    """Ten bytes: local time, day of the week, 256th parts of a second, no reason of adjustment."""
    if moment is None:
        return bytes(10)
    return date_time(moment) + bytes((moment.isoweekday(), moment.microsecond * 256 // 1_000_000, 0))


def uint16(number: int) -> bytes:
    return number.to_bytes(2, "little")


def _parts(number: str | int | Decimal) -> tuple[int, int]:
    sign, digits, exponent = Decimal(number).as_tuple()
    if not isinstance(exponent, int):
        raise ValueError(f"{number} is not a number")  # noqa: TRY004 - a value, not a type, is wrong
    mantissa = int("".join(str(digit) for digit in digits))
    return (-mantissa if sign else mantissa), exponent
