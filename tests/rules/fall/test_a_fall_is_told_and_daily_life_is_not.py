"""A hit that ends in lying still is told; what people do all day is not. On synthetic motion, at every rate."""

import msgspec
import numpy as np
import pytest

from rules.fall.detector import Judge, begin, feed, finish
from rules.fall.model import for_position
from tests.rules.fall.motions import DOWN, UP, arm_fall, fall, found, rest, walk


@pytest.mark.parametrize("rate_hz", [20.0, 25.0, 31.25, 50.0, 104.0, 200.0])
@pytest.mark.parametrize("position", ["waist", "pendant", "wrist"])
def test_one_fall_is_told_once_at_every_rate(rate_hz: float, position: str) -> None:
    events = found(arm_fall(rate_hz, 3) if position == "wrist" else fall(rate_hz, 3), position, rate_hz)
    assert len(events) == 1
    assert events[0].at_s == pytest.approx(5.35, abs=0.2)
    assert events[0].decided_s - events[0].at_s == pytest.approx(3.0, abs=0.1)
    assert events[0].turned_deg > 60
    assert events[0].impact_g > 2


@pytest.mark.parametrize("position", ["waist", "pendant", "wrist"])
def test_daily_life_is_quiet(position: str) -> None:
    rng = np.random.default_rng(5)
    day = [walk(60.0), rest(60.0), walk(20.0, strength=0.7), rest(30.0, gravity=DOWN)]
    for _ in range(10):
        day += [walk(6.0, seed=int(rng.integers(99))), rest(0.1, gravity=UP * rng.uniform(2, 3)), walk(6.0)]
    assert found(np.concatenate(day), position) == []


def test_a_hit_without_an_aftermath_is_judged_when_the_data_ends() -> None:
    state, judge = begin("waist", 50.0, 8.0), Judge(for_position("waist"))
    assert feed(state, fall(after_s=1.8), judge) == []
    assert state.undecided
    (event,) = finish(state, judge)
    assert event.confidence > 0.5
    assert not state.undecided


def test_a_hit_that_ends_the_data_cannot_be_judged() -> None:
    assert found(fall(after_s=0.7)) == []


def test_a_hit_that_is_followed_by_walking_is_no_fall() -> None:
    hit_only = fall(after_s=0.6, end=UP)
    assert found(np.concatenate([hit_only, walk(10.0)])) == []


def test_what_follows_within_seconds_belongs_to_the_same_fall() -> None:
    samples = np.concatenate([fall(after_s=3.5), fall(seed=2)[200:]])
    judge = Judge(for_position("waist"), threshold=-60.0)
    every = feed(begin("waist", 50.0, 8.0), samples, msgspec.structs.replace(judge, hold_off_s=0.0))
    assert len(every) == 2
    assert feed(begin("waist", 50.0, 8.0), samples, judge) == every[:1]


def test_evidence_names_what_decided_most_telling_first() -> None:
    (event,) = found(fall())
    assert list(event.evidence.values()) == sorted(event.evidence.values(), reverse=True)
    assert set(list(event.evidence)[:4]) & {"turned", "turned_at_once"}


def test_a_bolder_threshold_tells_less() -> None:
    heard = {}
    for threshold in (-3.0, 20.0):
        state, judge = begin("waist", 50.0, 8.0), Judge(for_position("waist"), threshold)
        heard[threshold] = feed(state, fall(), judge)
    assert len(heard[-3.0]) == 1
    assert heard[20.0] == []
