"""A rule that raises is told of, begins anew for that subject, and everybody else goes on."""

from typing import Any

import pytest

from devices.observation import Kind
from rules.base import AlarmClass, Enrolment, Finding
from rules.engine import Engine
from rules.press import PressRule
from rules.roster import Roster
from rules.sentences import explain
from tests.rules.probe import Probe, ProbeState
from tests.rules.world import DEVICES, START, after, heard, roster

RULES: list[Any] = [PressRule(), Probe()]


def _codes(findings: list[Finding]) -> list[str]:
    return [finding.code for finding in findings]


def test_a_press_is_found_beside_a_rule_that_raises() -> None:
    engine = Engine(RULES, roster(), START)
    assert _codes(engine.feed(heard(1, Kind.PRESS, START, value=-1.0))) == ["pressed", "rule_failed"]


@pytest.mark.parametrize("value", [-1.0, -5.0, -6.0])
def test_the_failure_says_which_rule_and_no_value(value: float) -> None:
    engine = Engine(RULES, roster(), START)
    failure = engine.feed(heard(7, Kind.MOTION, START, value=value))[-1]
    assert (failure.rule, failure.subject, failure.evidence) == ("engine", "pendant-1", (7,))
    assert failure.alarm_class is AlarmClass.TECHNICAL
    assert failure.facts["rule"] == "probe"
    assert "142" not in str(failure)
    assert "probe" in explain("engine", failure.code, failure.facts, "sv")


def test_a_failing_rule_begins_anew_for_that_subject_only() -> None:
    engine = Engine(RULES, roster(), START)
    for number, device in enumerate(["pendant-1", "pendant-1", "pir-1"]):
        engine.feed(heard(number, Kind.MOTION, START, device))
    engine.feed(heard(4, Kind.MOTION, START, "pendant-1", value=-1.0))
    (anew,) = engine.feed(heard(5, Kind.MOTION, START, "pendant-1"))
    (other,) = engine.feed(heard(6, Kind.MOTION, START, "pir-1"))
    assert anew.key.endswith("5:1")
    assert other.key.endswith("6:2")


def test_a_rule_that_fails_on_its_deadline_is_told_of_and_does_not_spin() -> None:
    engine = Engine(RULES, Roster(), START)
    engine.feed(heard(1, Kind.MOTION, START, value=-4.0))
    assert _codes(engine.advance(after(seconds=150))) == ["rule_failed"]
    assert _codes(engine.advance(after(seconds=201))) == ["quiet"]


def test_a_rule_that_always_fails_is_told_of_once_a_minute() -> None:
    engine = Engine(RULES, Roster(), START)
    found = [
        finding
        for number in range(1200)
        for finding in engine.feed(heard(number, Kind.MOTION, after(milliseconds=100 * number), value=-1.0))
    ]
    assert _codes(found) == ["rule_failed"] * 2


class _CannotBegin(Probe):
    def begin(self, enrolment: Enrolment) -> ProbeState:
        raise OSError(enrolment.subject)


def test_a_rule_that_cannot_even_begin_is_told_of_and_the_others_work() -> None:
    engine = Engine([PressRule(), _CannotBegin()], roster(), START)
    engine = Engine.restore(engine.snapshot(), [PressRule(), _CannotBegin()], roster())
    assert engine.next_deadline() == START
    found = engine.advance(START)
    assert {(finding.code, finding.subject) for finding in found} == {
        ("rule_failed", name) for name in DEVICES if name != "stray"
    }
    assert _codes(engine.feed(heard(1, Kind.PRESS, after(seconds=1)))) == ["pressed"]


def test_a_fact_that_is_not_finite_never_leaves_the_engine() -> None:
    """PostgreSQL refuses NaN in jsonb: one such fact would stop the transaction of the whole batch."""
    (finding,) = Engine([Probe()], roster(), START).feed(heard(1, Kind.MOTION, START))
    assert finding.facts == {"label": "", "number": 1.0}
