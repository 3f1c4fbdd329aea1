"""One table from what devices say to one canonical unit per kind (UCUM codes, https://ucum.org/ucum)."""

from typing import NamedTuple

from devices.observation import Kind


class Conversion(NamedTuple):
    """canonical = factor * value + offset."""

    factor: float
    offset: float = 0.0


#: The unit in which limits are set, stored and compared.
CANONICAL: dict[Kind, str] = {
    Kind.SYSTOLIC: "mm[Hg]",
    Kind.DIASTOLIC: "mm[Hg]",
    Kind.PULSE: "/min",
    Kind.SPO2: "%",
    Kind.TEMPERATURE: "Cel",
    Kind.GLUCOSE: "mmol/L",
    Kind.WEIGHT: "kg",
    Kind.BODY_WATER: "%",
    Kind.RESPIRATION: "/min",
}

_SAME = Conversion(1.0)
_PRESSURE = {"mm[Hg]": _SAME, "kPa": Conversion(7.500617), "mbar": Conversion(0.7500617)}
_PERCENT = {"%": _SAME}

#: Pressure: 1 mmHg = 133.322 Pa (BIPM SI brochure, 8th ed., table 8). Pound and stone: 0.45359237 kg exactly
#: (international yard and pound agreement, 1959). Glucose: 18.016 g per 100 mmol (molar mass 180.16 g/mol).
TO_CANONICAL: dict[Kind, dict[str, Conversion]] = {
    Kind.SYSTOLIC: _PRESSURE,
    Kind.DIASTOLIC: _PRESSURE,
    Kind.PULSE: {"/min": _SAME, "{beats}/min": _SAME, "{Beats}/min": _SAME, "Hz": Conversion(60.0)},
    Kind.RESPIRATION: {"/min": _SAME, "{breaths}/min": _SAME},
    Kind.SPO2: _PERCENT,
    Kind.BODY_WATER: _PERCENT,
    Kind.TEMPERATURE: {"Cel": _SAME, "[degF]": Conversion(5 / 9, -160 / 9), "K": Conversion(1.0, -273.15)},
    Kind.GLUCOSE: {"mmol/L": _SAME, "mg/dL": Conversion(1 / 18.016), "mol/L": Conversion(1000.0)},
    Kind.WEIGHT: {
        "kg": _SAME,
        "g": Conversion(0.001),
        "[lb_av]": Conversion(0.45359237),
        "[stone_av]": Conversion(6.35029318),
    },
}


def canonical(kind: Kind, value: float, unit: str) -> float | None:
    """Return ``value`` in ``CANONICAL[kind]``, or None when ``unit`` is not one that this kind can have."""
    conversion = TO_CANONICAL[kind].get(unit)
    return None if conversion is None else conversion.factor * value + conversion.offset
