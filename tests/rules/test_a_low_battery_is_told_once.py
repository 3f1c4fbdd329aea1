"""A battery that runs down is told of at the limit, once more when almost empty, and restored well above."""

import pytest

from devices.observation import Kind
from rules.battery import RULE
from rules.engine import Engine
from rules.roster import Roster, SettingEntry
from tests.rules.world import HOSTILE, START, after, heard


def _codes(*charges: float | None, unit: str = "%", town: Roster | None = None) -> list[str]:
    engine = Engine([RULE], town or Roster(), START)
    return [
        finding.code
        for number, charge in enumerate(charges)
        for finding in engine.feed(heard(number, Kind.BATTERY, after(hours=number), value=charge, unit=unit))
    ]


@pytest.mark.parametrize(
    ("charges", "codes"),
    [
        ((15.0,), []),
        ((14.9, 14, 12, 14.9, 15, 19.9, 14), ["low"]),
        ((14, 5, 4, 5, 6, 14), ["low", "critical"]),
        ((3,), ["critical"]),
        ((14, 20, 14), ["low", "restored", "low"]),
        ((4, 19.9, 20), ["critical", "restored"]),
        ((100, 20, 16), []),
        ((0,), ["critical"]),
    ],
)
def test_each_step_down_is_told_once(charges: tuple[float, ...], codes: list[str]) -> None:
    assert _codes(*charges) == codes


@pytest.mark.parametrize("unit", ["%", "1"])
@pytest.mark.parametrize("value", [value for value in HOSTILE if value != 5e-324] + [100.1])
def test_a_charge_that_cannot_be_changes_nothing(value: float | None, unit: str) -> None:
    assert _codes(14, value, 14, value, unit=unit) == ["low"]


def test_a_voltage_is_no_percentage() -> None:
    assert _codes(3.0, unit="V") == []


def test_limits_of_ones_own_hold() -> None:
    entry = SettingEntry(rule="battery", settings={"low": 50, "restored": 60}, valid_from=START)
    assert _codes(49, 59, 60, town=Roster(settings=(entry,))) == ["low", "restored"]


def test_limits_in_disorder_are_refused_and_the_defaults_hold() -> None:
    town = Roster(settings=(SettingEntry(rule="battery", settings={"low": 30}, valid_from=START),))
    assert _codes(25, town=town) == []
    assert len(Engine([RULE], town, START).problems) == 1
