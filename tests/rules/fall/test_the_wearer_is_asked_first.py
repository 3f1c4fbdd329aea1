"""A device that can ask its wearer does so before staff are told; no answer, and no such device, tell staff."""

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest

from devices.observation import Kind, Observation
from rules.base import Asks, Finding
from rules.engine import Engine
from rules.fall import RULE
from rules.roster import DeviceEntry, Roster, SettingEntry
from rules.sentences import explain
from tests.rules.fall.motions import Samples, fall, walk
from tests.rules.fall.test_windows_become_a_stream import START, windows

TELLS = ("fall", "fall_turned")


class Wearer:
    """A pendant on the real engine; ``can`` says whether it can ask."""

    def __init__(self, *, can: bool = True, **settings: Any) -> None:
        self.roster = Roster(
            devices=(DeviceEntry(id="pendant-7", since=START, kind="pendant"),),
            settings=(SettingEntry(rule="fall", valid_from=START, settings=settings),),
        )
        self.engine = Engine([RULE], self.roster, START)
        assert self.engine.problems == ()
        if can:
            self.says(Kind.PROMPTS, 1.0, START)
        self.now = START

    def says(self, kind: Kind, value: float | None, at: datetime, **more: Any) -> list[Finding]:
        number = self.engine.position + 1
        return self.engine.feed(
            Observation(id=number, kind=kind, received_at=at, time=at, device="pendant-7", value=value, **more)
        )

    def feels(self, samples: Samples) -> list[Finding]:
        """Feel something from ``START`` on, in windows of a second."""
        found = []
        for one in windows(samples, 1.0):
            at = one.received_at
            found += self.says(Kind.ACCELERATION, None, at, acceleration=one.acceleration)
            self.now = at
        return found

    def waits(self, seconds: float) -> list[Finding]:
        self.now += timedelta(seconds=seconds)
        return self.engine.advance(self.now)

    def answers(self, *, fine: bool, prompt: str = "") -> list[Finding]:
        return self.says(Kind.ANSWER, float(fine), self.now, text=prompt)


def asked(**settings: Any) -> Wearer:
    wearer = Wearer(**settings)
    (question,) = wearer.feels(fall())
    assert (question.code, question.asks) == ("fall_asked", Asks.PROMPT)
    return wearer


def test_a_device_that_cannot_ask_tells_at_once() -> None:
    (finding,) = Wearer(can=False).feels(fall())
    assert finding.code in TELLS
    assert finding.asks is None


def test_a_device_that_said_that_it_cannot_ask_any_more_tells_at_once() -> None:
    wearer = Wearer()
    wearer.says(Kind.PROMPTS, 0.0, START)
    assert [one.code in TELLS for one in wearer.feels(fall())] == [True]


def test_nobody_is_asked_where_that_is_switched_off_or_the_rule_is_on_trial() -> None:
    for settings in ({"ask_s": 0}, {"shadow": True}):
        assert [one.asks for one in Wearer(**settings).feels(fall())] == [None]


def test_the_question_says_what_it_is_about_and_how_long_there_is() -> None:
    (question,) = Wearer().feels(fall())
    assert "20 s" in explain("fall", question.code, question.facts, "sv")


def test_without_an_answer_staff_are_told_at_the_deadline_with_no_input() -> None:
    wearer = asked(ask_s=20)
    first = wearer.waits(0.1)
    due = wearer.engine.next_deadline()
    assert due is not None
    assert first == wearer.engine.advance(due - timedelta(milliseconds=1)) == []
    (finding,) = wearer.engine.advance(due)
    assert finding.code in TELLS
    assert due - finding.time <= timedelta(seconds=25)
    assert finding.facts["confidence"]


def test_who_is_fine_is_not_told_of() -> None:
    wearer = asked()
    (finding,) = wearer.answers(fine=True)
    assert (finding.code, finding.restores) == ("fall_fine", True)
    assert wearer.waits(3600) == []


def test_who_needs_help_is_told_of_at_once() -> None:
    wearer = asked()
    (finding,) = wearer.answers(fine=False)
    assert (finding.code, finding.restores, finding.asks) == ("fall_help", False, None)
    assert wearer.waits(3600) == []


@pytest.mark.parametrize("value", [None, 0.0, -1.0, 2.0, float("nan"), float("inf")])
def test_only_a_plain_yes_says_that_all_is_well(value: float | None) -> None:
    wearer = asked()
    assert [one.code for one in wearer.says(Kind.ANSWER, value, wearer.now)] == ["fall_help"]


def test_an_answer_that_comes_too_late_restores_what_was_told() -> None:
    wearer = asked()
    assert [one.code in TELLS for one in wearer.waits(60)] == [True]
    (finding,) = wearer.answers(fine=True)
    assert finding.restores
    assert wearer.answers(fine=True) == []


def test_help_without_any_question_is_heard() -> None:
    wearer = Wearer()
    assert [one.code for one in wearer.answers(fine=False)] == ["fall_help"]


def test_who_walks_again_before_an_answer_is_not_told_of() -> None:
    wearer = Wearer()
    found = wearer.feels(_up_again())
    assert [one.code for one in found] == ["fall_asked", "fall_up_again"]
    assert wearer.waits(3600) == []


def test_a_second_fall_while_the_question_is_open_is_told_at_once() -> None:
    wearer = Wearer(ask_s=120)
    found = wearer.feels(_twice())
    assert found[0].code == "fall_asked"
    assert [one.code in TELLS for one in found[1:]] == [True]


def test_the_question_survives_a_crash() -> None:
    wearer = asked()
    wearer.engine = Engine.restore(wearer.engine.snapshot(), [RULE], wearer.roster)
    assert [one.code in TELLS for one in wearer.waits(60)] == [True]


def test_after_an_outage_an_answer_that_waited_in_the_broker_comes_first() -> None:
    wearer = asked()
    back = wearer.now + timedelta(minutes=10)
    assert wearer.says(Kind.RESUMED, None, back) == []
    wearer.now = back + timedelta(seconds=1)
    assert [one.code for one in wearer.answers(fine=True)] == ["fall_fine"]


def _up_again() -> Samples:
    return np.concatenate([fall(after_s=5.0), walk(15.0)])


def _twice() -> Samples:
    return np.concatenate([fall(after_s=16.0), fall(seed=3)[150:]])
