"""What a frame says, in one form for all services."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import msgspec

from devices.ble.number import Absent


class Quantity(StrEnum):
    """What is measured. Those that are kinds of observations have the same names."""

    SYSTOLIC = "systolic"
    DIASTOLIC = "diastolic"
    MEAN_ARTERIAL = "mean_arterial"
    PULSE = "pulse"
    SPO2 = "spo2"
    TEMPERATURE = "temperature"
    GLUCOSE = "glucose"
    WEIGHT = "weight"
    HEIGHT = "height"
    BMI = "bmi"
    BODY_FAT = "body_fat"
    MUSCLE = "muscle"
    MUSCLE_MASS = "muscle_mass"
    FAT_FREE_MASS = "fat_free_mass"
    SOFT_LEAN_MASS = "soft_lean_mass"
    BODY_WATER_MASS = "body_water_mass"
    BASAL_METABOLISM = "basal_metabolism"
    IMPEDANCE = "impedance"
    PULSE_AMPLITUDE = "pulse_amplitude"
    ENERGY = "energy"


class Note(StrEnum):
    """What the device says of the circumstances."""

    BODY_MOVED = "body moved"
    CUFF_LOOSE = "cuff loose"
    IRREGULAR_PULSE = "irregular pulse"
    PULSE_ABOVE_RANGE = "pulse above range"
    PULSE_BELOW_RANGE = "pulse below range"
    WRONG_POSITION = "wrong position"
    CLOCK_NOT_SET = "clock not set"
    TIME_FAULT = "time fault"
    BATTERY_LOW = "battery low"
    FROM_STORAGE = "from storage"
    ONGOING = "measurement ongoing"
    EARLY_ESTIMATE = "early estimate"
    QUESTIONABLE = "questionable"
    POOR_SIGNAL = "poor signal"
    LOW_PERFUSION = "low perfusion"
    MORE_FOLLOWS = "more packets follow"
    CONTEXT_FOLLOWS = "context follows"
    # From here on: not a measurement of the resident, or not one to act on.
    CONTROL_SOLUTION = "control solution"
    DEMONSTRATION = "demonstration data"
    TESTING = "test data"
    CALIBRATING = "calibrating"
    INVALID = "invalid"
    UNAVAILABLE = "unavailable"
    SENSOR_FAULT = "sensor fault"
    SAMPLE_INSUFFICIENT = "sample insufficient"
    STRIP_FAULT = "strip fault"
    TOO_HIGH_FOR_DEVICE = "too high for the device"
    TOO_LOW_FOR_DEVICE = "too low for the device"
    DEVICE_TOO_WARM = "device too warm"
    DEVICE_TOO_COLD = "device too cold"
    INTERRUPTED = "interrupted"
    NO_SKIN_CONTACT = "no skin contact"
    SENSOR_OFF = "sensor off"


#: With one of these the numbers are not those of the resident: a drop of control solution, a demonstration, a fault.
DISQUALIFYING = frozenset(list(Note)[list(Note).index(Note.CONTROL_SOLUTION) :])


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """One value with its UCUM unit; ``value`` is None with a reason in ``absent``."""

    quantity: Quantity
    unit: str
    value: Decimal | None = None
    absent: Absent | None = None


class Measurement(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured together.

    ``time`` is the device's local time without a zone, None where it says none. ``sequence`` numbers stored records
    where the service has such numbers. ``user`` is the device's own number of a person, None when unknown.
    """

    values: tuple[Value, ...]
    time: datetime | None = None
    sequence: int | None = None
    user: int | None = None
    site: str = ""
    notes: tuple[Note, ...] = ()

    @property
    def is_of_the_resident(self) -> bool:
        """Tell whether nothing said disqualifies the values."""
        return DISQUALIFYING.isdisjoint(self.notes)


def value(quantity: Quantity, number: Decimal | Absent, unit: str, *, shift: int = 0) -> Value:
    """Return a value in ``unit``; ``shift`` moves the decimal point of a number that came in another unit."""
    if isinstance(number, Absent):
        return Value(quantity=quantity, unit=unit, absent=number)
    return Value(quantity=quantity, unit=unit, value=number.scaleb(shift))


def notes(bits: int, meanings: Mapping[int, Note]) -> tuple[Note, ...]:
    """Return the meanings of the bits that are set, each once, in order of the bits."""
    return tuple(dict.fromkeys(note for bit, note in meanings.items() if bits >> bit & 1))
