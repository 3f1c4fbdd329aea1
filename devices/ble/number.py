"""Numbers of medical devices: SFLOAT (16 bit) and FLOAT (32 bit) of IEEE 11073-20601.

The exponent (top 4 or 8 bits) and the mantissa (low 12 or 24 bits) are both two's complement, to base 10. Precision has
meaning: 2, 2.0 and 2.00 are three statements, so values are Decimal and never pass through a binary float.
Source: IEEE 11073-20601 annex F; test vectors of the HL7 Personal Health Device implementation guide,
"MderFLOATs and SFLOATs".
"""

from decimal import Decimal
from enum import StrEnum


class Absent(StrEnum):
    """Why there is no value where one could be."""

    NOT_A_NUMBER = "not-a-number"
    POSITIVE_INFINITY = "positive-infinity"
    NEGATIVE_INFINITY = "negative-infinity"
    #: The value cannot be said with the digits that the format has.
    NOT_AT_THIS_RESOLUTION = "not-at-this-resolution"
    RESERVED = "reserved"
    #: A scale says so with 0xFFFF.
    UNSUCCESSFUL = "measurement-unsuccessful"


# Special values have the exponent 0; the same mantissa with another exponent is an ordinary number.
_SFLOAT_SPECIAL = {
    0x07FF: Absent.NOT_A_NUMBER,
    0x07FE: Absent.POSITIVE_INFINITY,
    0x0802: Absent.NEGATIVE_INFINITY,
    0x0800: Absent.NOT_AT_THIS_RESOLUTION,
    0x0801: Absent.RESERVED,
}
_FLOAT_SPECIAL = {
    0x007FFFFF: Absent.NOT_A_NUMBER,
    0x007FFFFE: Absent.POSITIVE_INFINITY,
    0x00800002: Absent.NEGATIVE_INFINITY,
    0x00800000: Absent.NOT_AT_THIS_RESOLUTION,
    0x00800001: Absent.RESERVED,
}


def sfloat(raw: int) -> Decimal | Absent:
    """Read a 16-bit SFLOAT, given as an unsigned integer."""
    return _SFLOAT_SPECIAL.get(raw) or _number(_signed(raw & 0x0FFF, 12), _signed(raw >> 12, 4))


def float32(raw: int) -> Decimal | Absent:
    """Read a 32-bit FLOAT, given as an unsigned integer. It is not an IEEE 754 float."""
    return _FLOAT_SPECIAL.get(raw) or _number(_signed(raw & 0x00FF_FFFF, 24), _signed(raw >> 24, 8))


def _number(mantissa: int, exponent: int) -> Decimal:
    return Decimal(mantissa).scaleb(exponent)


def _signed(raw: int, bits: int) -> int:
    return raw - (1 << bits) if raw >> (bits - 1) else raw
