"""Luleå 2020: eight presses in an hour and a half, and nobody told. Here every press is a finding of its own."""

from datetime import timedelta

import pytest

from devices.observation import Kind, Quality
from rules.base import AlarmClass
from rules.engine import Engine
from rules.press import RULE
from rules.roster import Roster
from rules.sentences import explain
from tests.rules.world import HOSTILE, START, after, heard


def test_eight_presses_are_eight_findings() -> None:
    engine = Engine([RULE], Roster(), START)
    found = [finding for n in range(8) for finding in engine.feed(heard(n, Kind.PRESS, after(minutes=11 * n)))]
    assert len({finding.key for finding in found}) == 8
    assert {finding.alarm_class for finding in found} == {AlarmClass.LIFE_SAFETY}


@pytest.mark.parametrize("value", [*HOSTILE, 0.0])
@pytest.mark.parametrize("text", ["sos", "release", ""])
def test_nothing_that_comes_with_a_press_makes_it_none(value: float | None, text: str) -> None:
    everything = frozenset(Quality)
    (finding,) = Engine([RULE], Roster(), START).feed(
        heard(1, Kind.PRESS, START, value=value, text=text, quality=everything)
    )
    assert (finding.subject, finding.evidence) == ("pendant-1", (1,))


def test_a_press_that_was_held_up_says_for_how_long() -> None:
    late = heard(1, Kind.PRESS, START, time=START - timedelta(minutes=50), quality=frozenset({Quality.LATE}))
    (finding,) = Engine([RULE], Roster(), START).feed(late)
    assert finding.time == late.time
    assert explain("press", finding.code, finding.facts, "sv") == (
        "Larmknappen trycktes in 50 min innan meddelandet nådde oss."
    )


def test_a_press_of_a_device_with_a_wrong_clock_counts_from_its_arrival() -> None:
    wrong = heard(1, Kind.PRESS, START, time=START - timedelta(days=9000), quality=frozenset(Quality))
    (finding,) = Engine([RULE], Roster(), START).feed(wrong)
    assert (finding.time, finding.code) == (START, "pressed")


def test_a_press_is_never_restored() -> None:
    engine = Engine([RULE], Roster(), START)
    found = [finding for n, kind in enumerate(Kind) for finding in engine.feed(heard(n, kind, START, value=0.0))]
    assert not any(finding.restores for finding in found)
