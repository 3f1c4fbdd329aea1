"""Missing samples, spikes, infinities, wrong units and turned axes neither raise an alarm alone nor hide a fall."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tests.rules.fall.motions import Samples, arm_fall, fall, found, rest, walk

HOSTILE = st.sampled_from([np.nan, np.inf, -np.inf, 1e308, -1e308, 5e-324, 315.0, -32768.0, 9.81, 1000.0, 0.0, 1.0])


@settings(max_examples=60, deadline=None)
@given(samples=arrays(np.float64, st.tuples(st.integers(0, 700), st.just(3)), elements=HOSTILE))
def test_no_value_can_stop_the_detector(samples: Samples) -> None:
    for event in found(np.concatenate([samples, fall()])):
        assert 0.0 <= event.confidence <= 1.0
        assert np.isfinite([event.impact_g, event.turned_deg, event.still_s, event.at_s]).all()


@settings(max_examples=30, deadline=None)
@given(
    at=st.lists(st.integers(50, 1400), max_size=20),
    value=st.sampled_from([np.nan, np.inf, -np.inf, 1e300, 109.0, -315.0]),
)
def test_impossible_samples_alone_never_raise(at: list[int], value: float) -> None:
    samples = rest(30.0)
    samples[at] = value
    assert found(samples) == []


@pytest.mark.parametrize("value", [np.nan, np.inf, 200.0])
def test_a_fall_with_a_tenth_of_its_samples_missing_is_found(value: float) -> None:
    samples = fall(seed=1)
    samples[np.random.default_rng(3).random(len(samples)) < 0.1] = value
    assert len(found(samples)) == 1


@pytest.mark.parametrize("position", ["waist", "wrist"])
@pytest.mark.parametrize("factor", [9.80665, 1000.0])
def test_a_slip_of_the_unit_is_seen_by_gravity(factor: float, position: str) -> None:
    samples = arm_fall() if position == "wrist" else fall()
    true = found(samples, position)
    slipped = found(samples * factor, position)
    assert true
    assert [event.at_s for event in slipped] == [event.at_s for event in true]
    assert slipped[0].impact_g == pytest.approx(true[0].impact_g, rel=1e-5)


def test_a_unit_that_slips_while_walking_is_no_fall_and_hides_none() -> None:
    samples = np.concatenate([walk(20.0), walk(20.0) * 9.80665, fall() * 9.80665])
    (event,) = found(samples)
    assert event.at_s == pytest.approx(45.35, abs=0.1)


@pytest.mark.parametrize("axes", list(permutations(range(3))))
@pytest.mark.parametrize("signs", [(1, 1, 1), (-1, 1, 1), (1, -1, -1)])
def test_axes_may_be_mirrored_and_swapped(axes: tuple[int, ...], signs: tuple[int, ...]) -> None:
    (true,) = found(fall())
    (turned,) = found(fall()[:, axes] * signs)
    assert turned.confidence == pytest.approx(true.confidence, abs=1e-6)
    assert turned.turned_deg == pytest.approx(true.turned_deg, abs=1e-3)


@pytest.mark.parametrize("range_g", [3.0, 4.0, 16.0])
def test_a_clipped_fall_is_still_a_fall(range_g: float) -> None:
    assert len(found(np.clip(fall(), -range_g, range_g), range_g=range_g)) == 1


def test_a_sensor_that_rests_at_the_wrong_gravity_cannot_tell() -> None:
    assert found(np.concatenate([fall()[:300], np.full((400, 3), 2.2)])) == []


def test_a_million_samples_at_once_are_taken() -> None:
    samples = np.tile(np.concatenate([fall(), rest(186.65)]), (100, 1))
    assert len(samples) == 1_000_000
    assert len(found(samples)) == 100
