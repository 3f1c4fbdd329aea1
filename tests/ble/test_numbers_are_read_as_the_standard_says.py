"""SFLOAT and FLOAT of IEEE 11073-20601: two's complement twice, precision kept, special values are no numbers."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.ble.number import Absent, float32, sfloat

# HL7 Personal Health Device implementation guide, "MderFLOATs and SFLOATs".
SFLOATS = {
    0x0002: "2", 0xF014: "2.0", 0xE0C8: "2.00", 0x1002: "2E+1", 0x04D2: "1234", 0x0B2E: "-1234",
}  # fmt: skip
FLOATS = {0x00000002: "2", 0xFF000014: "2.0", 0xFE0000C8: "2.00", 0x01000002: "2E+1", 0x00FFFB2E: "-1234"}
SPECIAL = [
    (0x07FF, 0x007FFFFF, Absent.NOT_A_NUMBER),
    (0x07FE, 0x007FFFFE, Absent.POSITIVE_INFINITY),
    (0x0802, 0x00800002, Absent.NEGATIVE_INFINITY),
    (0x0800, 0x00800000, Absent.NOT_AT_THIS_RESOLUTION),
    (0x0801, 0x00800001, Absent.RESERVED),
]


@pytest.mark.parametrize(("raw", "text"), SFLOATS.items())
def test_an_sfloat_of_the_guide_keeps_its_value_and_its_precision(raw: int, text: str) -> None:
    assert str(sfloat(raw)) == text


@pytest.mark.parametrize(("raw", "text"), FLOATS.items())
def test_a_float_of_the_guide_keeps_its_value_and_its_precision(raw: int, text: str) -> None:
    assert str(float32(raw)) == text


@pytest.mark.parametrize(("short", "long", "why"), SPECIAL)
def test_a_special_value_is_absent_with_its_reason(short: int, long: int, why: Absent) -> None:
    assert sfloat(short) is why
    assert float32(long) is why


def test_the_mantissa_of_a_special_value_with_another_exponent_is_a_number() -> None:
    assert sfloat(0xF7FF) == Decimal("204.7")
    assert float32(0xFF7FFFFF) == Decimal("838860.7")


def test_the_exponent_is_not_biased() -> None:
    """The bytes of a widely used library, which takes it for biased, are a millionth of what it believes."""
    assert sfloat(0x8078) == Decimal("0.00000120")


@given(mantissa=st.integers(-2045, 2045), exponent=st.integers(-8, 7))
def test_every_sfloat_is_its_mantissa_times_a_power_of_ten(mantissa: int, exponent: int) -> None:
    read = sfloat((exponent & 0xF) << 12 | mantissa & 0xFFF)
    assert isinstance(read, Decimal)
    assert read == Decimal(mantissa) * Decimal(10) ** exponent
    assert read.as_tuple().exponent == exponent


@given(mantissa=st.integers(-(2**23) + 3, 2**23 - 3), exponent=st.integers(-128, 127))
def test_every_float_is_its_mantissa_times_a_power_of_ten(mantissa: int, exponent: int) -> None:
    read = float32((exponent & 0xFF) << 24 | mantissa & 0xFFFFFF)
    assert isinstance(read, Decimal)
    assert read == Decimal(mantissa).scaleb(exponent)
    assert read.as_tuple().exponent == exponent
