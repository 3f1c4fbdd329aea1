"""Unknown units, impossible values and no values are technical findings: never silence, never a health alarm."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from devices.observation import Kind, Quality
from rules.base import AlarmClass
from rules.limits import LimitsSettings
from rules.limits.units import CANONICAL, TO_CANONICAL, canonical
from tests.rules.limits.person import MONDAY, Person, codes


@pytest.mark.parametrize(
    ("kind", "value", "unit", "expected"),
    [
        (Kind.GLUCOSE, 70, "mg/dL", 3.885),
        (Kind.SYSTOLIC, 16, "kPa", 120.01),
        (Kind.TEMPERATURE, 98.6, "[degF]", 37.0),
        (Kind.TEMPERATURE, 310.15, "K", 37.0),
        (Kind.WEIGHT, 154.32, "[lb_av]", 70.0),
        (Kind.WEIGHT, 11, "[stone_av]", 69.85),
        (Kind.PULSE, 60, "{beats}/min", 60),
    ],
)
def test_one_table_converts_what_devices_say(kind: Kind, value: float, unit: str, expected: float) -> None:
    assert canonical(kind, value, unit) == pytest.approx(expected, abs=0.005)


def test_every_kind_has_its_canonical_unit_in_the_table() -> None:
    assert all(TO_CANONICAL[kind][unit] == (1.0, 0.0) for kind, unit in CANONICAL.items())


def test_milligrams_are_judged_as_what_they_are() -> None:
    assert Person().measures(Kind.GLUCOSE, 110, MONDAY, unit="mg/dL") == []
    assert codes(Person().measures(Kind.GLUCOSE, 50, MONDAY, unit="mg/dL")) == ["glucose_very_low"]


@pytest.mark.parametrize("unit", ["", "1", "mmHg", "mg/dl", "%", "x" * 10_000])
def test_an_unknown_unit_is_a_fault_and_not_a_value(unit: str) -> None:
    (finding,) = Person().measures(Kind.GLUCOSE, 1.0, MONDAY, unit=unit)
    assert (finding.code, finding.alarm_class) == ("glucose_unit_unknown", AlarmClass.TECHNICAL)
    assert len(str(finding.facts["unit"])) <= 20


def test_an_impossible_value_is_a_fault_and_not_a_health_alarm() -> None:
    (finding,) = Person().measures(Kind.TEMPERATURE, 74.1, MONDAY, quality=frozenset({Quality.IMPOSSIBLE}))
    assert (finding.code, finding.alarm_class) == ("temperature_impossible", AlarmClass.TECHNICAL)


@pytest.mark.parametrize("value", [None, float("nan"), float("inf"), float("-inf")])
def test_no_number_is_a_fault(value: float | None) -> None:
    (finding,) = Person().measures(Kind.PULSE, value, MONDAY)
    assert (finding.code, finding.alarm_class) == ("pulse_not_a_number", AlarmClass.TECHNICAL)


def test_a_value_that_overflows_in_conversion_is_a_fault() -> None:
    assert codes(Person().measures(Kind.SYSTOLIC, 1e308, MONDAY, unit="kPa")) == ["systolic_impossible"]


def test_a_faulty_value_is_no_measurement_made() -> None:
    person = Person(due=[{"kind": "pulse", "at": "08:00", "grace_min": 0}])
    person.measures(Kind.PULSE, None, MONDAY + timedelta(hours=7))
    assert codes(person.waits(MONDAY + timedelta(hours=8))) == ["pulse_missing"]


@pytest.mark.parametrize("year", [1970, 2106])
def test_a_device_clock_of_another_century_breaks_nothing(year: int) -> None:
    person = Person(due=[{"kind": "weight", "at": "08:00", "grace_min": 60}])
    person.measures(Kind.WEIGHT, 70, MONDAY, time=datetime(year, 1, 1, tzinfo=UTC))
    assert codes(person.measures(Kind.PULSE, 120, MONDAY, time=datetime(year, 1, 1, tzinfo=UTC))) == ["pulse_high"]
    assert codes(person.waits(MONDAY + timedelta(hours=9))) == ["weight_missing"]


def test_a_flood_is_one_finding_and_a_small_state() -> None:
    person = Person()
    told = [
        person.measures(Kind.PULSE, 120 + index % 7, MONDAY + timedelta(microseconds=index)) for index in range(100_000)
    ]
    state = next(iter(person.engine._plans[0].slots.values())).state
    assert sum(len(one) for one in told) == 1
    assert len(state.recent["pulse"]) == 3


@pytest.mark.parametrize(
    "settings",
    [
        {"pulse_low": 120},
        {"glucose_very_low": 4.5},
        {"systolic_high": float("nan")},
        {"weight_gain_kg": 0},
        {"repeat_within_min": 0},
        {"two_of_three": ["nonsense"]},
    ],
)
def test_limits_that_cross_or_make_no_sense_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        LimitsSettings.model_validate(settings)
