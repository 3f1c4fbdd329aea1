"""National Early Warning Score 2, exactly (Royal College of Physicians, 2017, chart 1). Acknowledges the RCP.

Not for people under 16 or in pregnancy. A parameter that was not measured makes the score incomplete: it is never
replaced by a normal value, and what is shown then is the least that the score can be. Written for hospitals; what a
score means at home is local policy.
"""

from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import NamedTuple

import msgspec


class Consciousness(StrEnum):
    """ACVPU. Everything but alert, new confusion too, scores 3."""

    ALERT = "alert"
    CONFUSION = "confusion"
    VOICE = "voice"
    PAIN = "pain"
    UNRESPONSIVE = "unresponsive"


class Risk(StrEnum):
    """Bands of the aggregate score; ``LOW_MEDIUM`` is any single parameter at 3 with a total below 5."""

    LOW = "low"
    LOW_MEDIUM = "low_medium"
    MEDIUM = "medium"
    HIGH = "high"


class Vitals(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured, None where it was not. Units: /min, %, mm[Hg], /min, Cel.

    ``scale_2`` is set by a clinician only, for confirmed hypercapnic respiratory failure (target 88-92 %).
    """

    respiration: float | None = None
    spo2: float | None = None
    on_oxygen: bool | None = None
    systolic: float | None = None
    pulse: float | None = None
    consciousness: Consciousness | None = None
    temperature: float | None = None
    scale_2: bool = False


class Score(NamedTuple):
    """``parts`` holds points per parameter; ``missing`` the parameters that were not measured."""

    total: int
    parts: dict[str, int]
    missing: tuple[str, ...]

    @property
    def complete(self) -> bool:
        return not self.missing

    @property
    def risk(self) -> Risk:
        """The band of what is known: of an incomplete score, the least that it can be."""
        if self.total >= 7:
            return Risk.HIGH
        if self.total >= 5:
            return Risk.MEDIUM
        return Risk.LOW_MEDIUM if 3 in self.parts.values() else Risk.LOW


# Upper end (inclusive) of each band, with its points; above the last, the points that follow.
_Bands = tuple[tuple[tuple[str, int], ...], int]
_RESPIRATION: _Bands = ((("8", 3), ("11", 1), ("20", 0), ("24", 2)), 3)
_SPO2_SCALE_1: _Bands = ((("91", 3), ("93", 2), ("95", 1)), 0)
_SPO2_SCALE_2_ON_AIR: _Bands = ((("83", 3), ("85", 2), ("87", 1)), 0)
_SPO2_SCALE_2_ON_OXYGEN: _Bands = ((("83", 3), ("85", 2), ("87", 1), ("92", 0), ("94", 1), ("96", 2)), 3)
_SYSTOLIC: _Bands = ((("90", 3), ("100", 2), ("110", 1), ("219", 0)), 3)
_PULSE: _Bands = ((("40", 3), ("50", 1), ("90", 0), ("110", 1), ("130", 2)), 3)
_TEMPERATURE: _Bands = ((("35.0", 3), ("36.0", 1), ("38.0", 0), ("39.0", 1)), 2)

_WHOLE, _TENTH = Decimal(1), Decimal("0.1")


def news2(vitals: Vitals) -> Score:
    """Score what was measured. Values are rounded half up once, to whole numbers (temperature: tenths)."""
    points = {
        "respiration": _band(vitals.respiration, _RESPIRATION),
        "spo2": _band(vitals.spo2, _spo2_bands(vitals)) if _spo2_can_be_scored(vitals) else None,
        "oxygen": None if vitals.on_oxygen is None else 2 * vitals.on_oxygen,
        "systolic": _band(vitals.systolic, _SYSTOLIC),
        "pulse": _band(vitals.pulse, _PULSE),
        "consciousness": _consciousness(vitals.consciousness),
        "temperature": _band(vitals.temperature, _TEMPERATURE, _TENTH),
    }
    parts = {name: value for name, value in points.items() if value is not None}
    return Score(sum(parts.values()), parts, tuple(name for name, value in points.items() if value is None))


def _spo2_can_be_scored(vitals: Vitals) -> bool:
    """On scale 2 the points from 93 % up hang on whether oxygen is given."""
    return not vitals.scale_2 or vitals.on_oxygen is not None or (vitals.spo2 is not None and vitals.spo2 < 92.5)


def _spo2_bands(vitals: Vitals) -> _Bands:
    if not vitals.scale_2:
        return _SPO2_SCALE_1
    return _SPO2_SCALE_2_ON_OXYGEN if vitals.on_oxygen else _SPO2_SCALE_2_ON_AIR


def _consciousness(state: Consciousness | None) -> int | None:
    return None if state is None else 0 if state is Consciousness.ALERT else 3


def _band(value: float | None, bands: _Bands, step: Decimal = _WHOLE) -> int | None:
    """Return the points of a value, None when it is absent or not a number."""
    if value is None or not abs(value) < 1e6:
        return None
    rounded = Decimal(str(value)).quantize(step, rounding=ROUND_HALF_UP)
    upper, beyond = bands
    return next((points for end, points in upper if rounded <= Decimal(end)), beyond)
