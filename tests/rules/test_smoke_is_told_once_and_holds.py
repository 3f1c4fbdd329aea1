"""A detector that signals is told of once, also if it had begun before we listened, and restored at the end."""

import pytest

from devices.observation import Kind
from rules.base import AlarmClass, Finding
from rules.engine import Engine
from rules.roster import Roster
from rules.smoke_leak import RULE
from tests.rules.world import START, after, heard, resumed, roster

GRAVE = [Kind.SMOKE, Kind.GAS, Kind.CARBON_MONOXIDE]


def _said(*said: tuple[Kind, float | None]) -> list[Finding]:
    engine = Engine([RULE], Roster(), START)
    return [
        finding
        for number, (kind, value) in enumerate(said)
        for finding in engine.feed(heard(number, kind, after(minutes=number), "smoke-2", value=value))
    ]


@pytest.mark.parametrize("kind", [*GRAVE, Kind.LEAK])
def test_a_signal_in_the_very_first_message_is_found(kind: Kind) -> None:
    """Home Assistant core #52606: a condition already true at start never fired."""
    (finding,) = _said((kind, 1.0))
    assert finding.code == kind.value
    assert finding.alarm_class is (AlarmClass.LIFE_SAFETY if kind in GRAVE else AlarmClass.CARE)


def test_a_signal_that_repeats_is_one_finding_until_it_ends() -> None:
    smoke = Kind.SMOKE
    found = _said((smoke, 1), (smoke, 1), (smoke, 1), (smoke, 0), (smoke, 0), (smoke, 1))
    assert [(finding.code, finding.restores) for finding in found] == [
        ("smoke", False),
        ("cleared", True),
        ("smoke", False),
    ]
    assert found[1].evidence == (0, 3)


def test_a_clear_detector_says_nothing() -> None:
    assert _said((Kind.SMOKE, 0.0), (Kind.LEAK, 0.0)) == []


@pytest.mark.parametrize("value", [None, float("nan"), float("inf"), -1.0, 0.5, 2.0])
def test_a_word_that_is_not_clear_is_taken_as_the_signal(value: float | None) -> None:
    assert [finding.code for finding in _said((Kind.SMOKE, value))] == ["smoke"]
    assert [finding.code for finding in _said((Kind.SMOKE, 1.0), (Kind.SMOKE, value))] == ["smoke"]


def test_smoke_that_clears_does_not_restore_the_carbon_monoxide_beside_it() -> None:
    found = _said((Kind.SMOKE, 1), (Kind.CARBON_MONOXIDE, 1), (Kind.SMOKE, 0), (Kind.CARBON_MONOXIDE, 0))
    assert [(finding.code, finding.evidence) for finding in found] == [
        ("smoke", (0,)),
        ("carbon_monoxide", (1,)),
        ("cleared", (1, 3)),
    ]


def test_the_level_holds_over_a_restart() -> None:
    engine = Engine([RULE], roster(), START)
    engine.feed(heard(1, Kind.SMOKE, START, "smoke-2"))
    engine = Engine.restore(engine.snapshot(), [RULE], roster())
    engine.feed(resumed(2, after(hours=1)))
    assert engine.feed(heard(3, Kind.SMOKE, after(hours=1), "smoke-2")) == []
    assert engine.feed(heard(4, Kind.SMOKE, after(hours=2), "smoke-2", value=0.0))[0].restores
