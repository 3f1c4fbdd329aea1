"""Promise: the fall that the simulator makes has the marks a detector looks for, and quiet standing has none."""

import numpy as np
import pytest
from numpy.typing import NDArray

from hemvakt_sim import motion
from hemvakt_sim.wire import Window


def in_g(window: Window) -> NDArray[np.float64]:
    return np.frombuffer(window.samples, dtype="<i2").reshape(-1, 3).astype(np.float64) * window.scale_g


@pytest.mark.parametrize("seed", range(25))
def test_a_fall_has_free_fall_impact_stillness_and_another_posture(seed: int) -> None:
    window = motion.fall(seed)
    signal = in_g(window)
    size = np.linalg.norm(signal, axis=1)
    hit = int(size.argmax())
    rate = round(window.rate_hz)
    assert 3.5 < size[hit] < 6.5
    assert size[hit - rate // 2 : hit].min() < 0.5
    assert hit / rate == pytest.approx(motion.BEFORE_S, abs=0.2)
    assert window.seconds == pytest.approx(motion.BEFORE_S + motion.AFTER_S, abs=0.1)
    after = signal[hit + 2 * rate :]
    assert np.linalg.norm(after, axis=1).std() < 0.05
    before, lying = signal[: 3 * rate].mean(axis=0), after.mean(axis=0)
    cosine = before @ lying / np.linalg.norm(before) / np.linalg.norm(lying)
    assert np.degrees(np.arccos(cosine)) > 60


def test_the_same_seed_is_the_same_fall() -> None:
    assert motion.fall(3).samples == motion.fall(3).samples
    assert motion.fall(3).samples != motion.fall(4).samples


@pytest.mark.parametrize("window", [motion.quiet(10), motion.lying(10)])
def test_standing_and_lying_have_no_impact(window: Window) -> None:
    size = np.linalg.norm(in_g(window), axis=1)
    assert size.max() < 1.5
    assert window.seconds == 10


def test_what_exceeds_the_range_is_clipped_as_a_sensor_does() -> None:
    assert np.abs(in_g(motion.to_window(np.array([[1e9, -1e9, 0.0]])))).max() == pytest.approx(motion.RANGE_G, rel=1e-3)
