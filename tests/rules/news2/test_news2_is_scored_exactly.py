"""Every boundary of every band of NEWS2 (RCP 2017, chart 1); what is missing makes it incomplete, never normal."""

from typing import Any

import msgspec
import pytest

from rules.news2 import Consciousness, Risk, Vitals, news2

WELL = Vitals(
    respiration=16,
    spo2=97,
    on_oxygen=False,
    systolic=120,
    pulse=70,
    consciousness=Consciousness.ALERT,
    temperature=37.0,
)

BOUNDARIES: dict[str, list[tuple[float, int]]] = {
    "respiration": [(8, 3), (9, 1), (11, 1), (12, 0), (20, 0), (21, 2), (24, 2), (25, 3)],
    "spo2": [(91, 3), (92, 2), (93, 2), (94, 1), (95, 1), (96, 0), (100, 0)],
    "systolic": [(90, 3), (91, 2), (100, 2), (101, 1), (110, 1), (111, 0), (219, 0), (220, 3)],
    "pulse": [(40, 3), (41, 1), (50, 1), (51, 0), (90, 0), (91, 1), (110, 1), (111, 2), (130, 2), (131, 3)],
    "temperature": [(35.0, 3), (35.1, 1), (36.0, 1), (36.1, 0), (38.0, 0), (38.1, 1), (39.0, 1), (39.1, 2)],
}
SCALE_2: dict[bool, list[tuple[float, int]]] = {
    False: [(83, 3), (84, 2), (85, 2), (86, 1), (87, 1), (88, 0), (92, 0), (93, 0), (100, 0)],
    True: [(83, 3), (84, 2), (85, 2), (86, 1), (87, 1), (88, 0), (92, 0), (93, 1), (94, 1), (95, 2), (96, 2), (97, 3)],
}


def with_(**changes: Any) -> Vitals:
    return msgspec.structs.replace(WELL, **changes)


@pytest.mark.parametrize(
    ("name", "value", "points"), [(name, *case) for name, cases in BOUNDARIES.items() for case in cases]
)
def test_each_boundary_scores_as_on_the_chart(name: str, value: float, points: int) -> None:
    score = news2(with_(**{name: value}))
    assert score.parts[name] == points
    assert score.total == points
    assert score.complete


@pytest.mark.parametrize(
    ("on_oxygen", "value", "points"), [(oxygen, *case) for oxygen, cases in SCALE_2.items() for case in cases]
)
def test_each_boundary_of_the_second_oxygen_scale(on_oxygen: bool, value: float, points: int) -> None:
    score = news2(with_(spo2=value, on_oxygen=on_oxygen, scale_2=True))
    assert score.parts["spo2"] == points
    assert score.total == points + 2 * on_oxygen


@pytest.mark.parametrize("state", [one for one in Consciousness if one is not Consciousness.ALERT])
def test_anything_but_alert_scores_three(state: Consciousness) -> None:
    assert news2(with_(consciousness=state)).parts["consciousness"] == 3


def test_values_are_rounded_half_up_once() -> None:
    assert news2(with_(temperature=38.05)).parts["temperature"] == 1
    assert news2(with_(temperature=38.04)).parts["temperature"] == 0
    assert news2(with_(pulse=90.5)).parts["pulse"] == 1


@pytest.mark.parametrize(
    "name", ["respiration", "spo2", "on_oxygen", "systolic", "pulse", "consciousness", "temperature"]
)
def test_a_missing_parameter_makes_the_score_incomplete(name: str) -> None:
    score = news2(with_(**{name: None}))
    assert score.missing == ("oxygen" if name == "on_oxygen" else name,)
    assert not score.complete


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_no_number_is_missing(value: float) -> None:
    assert news2(with_(pulse=value)).missing == ("pulse",)


def test_scale_two_above_its_target_cannot_be_scored_without_knowing_the_oxygen() -> None:
    assert news2(with_(spo2=95, on_oxygen=None, scale_2=True)).missing == ("spo2", "oxygen")
    assert news2(with_(spo2=90, on_oxygen=None, scale_2=True)).missing == ("oxygen",)


@pytest.mark.parametrize(
    ("changes", "risk"),
    [
        ({}, Risk.LOW),
        ({"pulse": 111, "on_oxygen": True}, Risk.LOW),
        ({"pulse": 131}, Risk.LOW_MEDIUM),
        ({"pulse": 131, "on_oxygen": True}, Risk.MEDIUM),
        ({"pulse": 131, "on_oxygen": True, "temperature": 38.1}, Risk.MEDIUM),
        ({"pulse": 131, "on_oxygen": True, "temperature": 39.1}, Risk.HIGH),
    ],
)
def test_the_bands_of_the_total(changes: dict[str, Any], risk: Risk) -> None:
    assert news2(with_(**changes)).risk is risk


def test_everything_at_its_worst_is_twenty() -> None:
    worst = Vitals(
        respiration=40,
        spo2=80,
        on_oxygen=True,
        systolic=70,
        pulse=160,
        consciousness=Consciousness.UNRESPONSIVE,
        temperature=34.0,
    )
    assert news2(worst).total == 20
