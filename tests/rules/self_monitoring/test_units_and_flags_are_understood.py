"""One value in any unit that devices use is the same value; a clinician's flag moves the limit of oxygen."""

from typing import Any

import pytest

from devices.observation import Kind, Quality
from rules.limits.units import CANONICAL, TO_CANONICAL, canonical
from tests.rules.limits.person import MONDAY, Person, codes

#: The same quantity in two units, from tables that anybody can look up.
EQUAL = [
    (Kind.GLUCOSE, 100, "mg/dL", 5.55),
    (Kind.GLUCOSE, 0.0055, "mol/L", 5.5),
    (Kind.SYSTOLIC, 16, "kPa", 120.0),
    (Kind.DIASTOLIC, 106.66, "mbar", 80.0),
    (Kind.TEMPERATURE, 98.6, "[degF]", 37.0),
    (Kind.TEMPERATURE, 310.15, "K", 37.0),
    (Kind.WEIGHT, 154.324, "[lb_av]", 70.0),
    (Kind.WEIGHT, 11.0231, "[stone_av]", 70.0),
    (Kind.WEIGHT, 70_000, "g", 70.0),
    (Kind.PULSE, 1.2, "Hz", 72.0),
]


@pytest.mark.parametrize(("kind", "value", "unit", "same"), EQUAL)
def test_a_value_is_the_same_in_every_unit(kind: Kind, value: float, unit: str, same: float) -> None:
    assert canonical(kind, value, unit) == pytest.approx(same, rel=1e-3)


@pytest.mark.parametrize("kind", sorted(TO_CANONICAL))
def test_the_canonical_unit_changes_nothing_and_a_strange_one_is_none(kind: Kind) -> None:
    assert canonical(kind, 37.5, CANONICAL[kind]) == 37.5
    assert canonical(kind, 37.5, "furlong") is None


@pytest.mark.parametrize(
    ("kind", "value", "unit", "code"),
    [
        (Kind.GLUCOSE, 270, "mg/dL", "glucose_high"),
        (Kind.SYSTOLIC, 22, "kPa", "systolic_high"),
        (Kind.TEMPERATURE, 101, "[degF]", "temperature_high"),
    ],
)
def test_a_limit_holds_in_every_unit(kind: Kind, value: float, unit: str, code: str) -> None:
    assert codes(Person().measures(kind, value, MONDAY, unit=unit)) == [code]


@pytest.mark.parametrize(
    ("settings", "value", "told"),
    [
        ({}, 90, ["spo2_low"]),
        ({"chronic_lung_disease": True}, 90, []),
        ({"chronic_lung_disease": True}, 87, ["spo2_low"]),
        ({"chronic_lung_disease": True, "spo2_low": 92}, 90, ["spo2_low"]),
    ],
)
def test_chronic_lung_disease_is_a_flag_and_a_limit_of_ones_own_goes_before_it(
    settings: dict[str, Any], value: float, told: list[str]
) -> None:
    assert codes(Person(**settings).measures(Kind.SPO2, value, MONDAY)) == told


def test_an_impossible_value_is_told_and_never_dropped() -> None:
    (finding,) = Person().measures(Kind.TEMPERATURE, 74.1, MONDAY, quality=frozenset({Quality.IMPOSSIBLE}))
    assert finding.code == "temperature_impossible"
