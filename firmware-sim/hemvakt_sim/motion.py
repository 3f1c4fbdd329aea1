"""Synthetic acceleration of a worn pendant, for demonstrations and tests; not a model of real falls.

Phases and magnitudes follow the usual description of a fall from standing (weightless for some 0.3 s, an impact of 4 to
6 g, then rest with gravity on another axis), as measured in Sucerquia et al., Sensors 2017;17(1):198.
"""

import numpy as np
from numpy.typing import NDArray

from hemvakt_sim.wire import Window

RATE_HZ = 50.0
RANGE_G = 8.0
#: An int16 over +-8 g.
SCALE_G = 8.0 / 32768
BEFORE_S, AFTER_S = 4.0, 12.0

Acceleration = NDArray[np.float64]


def _rng(seed: int) -> np.random.Generator:
    return np.random.default_rng([seed, 0xFA11])


def to_window(acceleration: Acceleration, position: str = "pendant") -> Window:
    """Pack (n, 3) g at 50 Hz into a window; beyond the range it clips, as a sensor does."""
    counts = np.clip(np.round(acceleration / SCALE_G), -32768, 32767).astype("<i2")
    return Window(counts.tobytes(), RATE_HZ, RANGE_G, SCALE_G, position)


def standing(seconds: float, rng: np.random.Generator) -> Acceleration:
    """Upright with the sway and the small steps of somebody at a kitchen table: (n, 3) g, gravity on y."""
    count = round(seconds * RATE_HZ)
    steps = 0.12 * np.sin(2 * np.pi * 1.6 * np.arange(count) / RATE_HZ + rng.uniform(0, 2 * np.pi))
    signal = rng.normal(0.0, 0.02, (count, 3))
    signal[:, 1] += 1.0 + steps
    signal[:, 2] += 0.1
    return signal


def _free_fall(rng: np.random.Generator) -> Acceleration:
    count = round(rng.uniform(0.28, 0.42) * RATE_HZ)
    remaining = np.linspace(1.0, rng.uniform(0.15, 0.3), count)
    signal = rng.normal(0.0, 0.05, (count, 3))
    signal[:, 1] += remaining
    return signal


def _impact(lying: Acceleration, rng: np.random.Generator) -> Acceleration:
    count = round(0.5 * RATE_HZ)
    peak = rng.uniform(4.2, 5.8)
    ringing = np.exp(-np.arange(count) / 4.0) * np.cos(np.arange(count) * 1.1)
    direction = lying + rng.normal(0.0, 0.25, 3)
    direction /= np.linalg.norm(direction)
    return lying + np.outer((peak - 1.0) * ringing, direction) + rng.normal(0.0, 0.05, (count, 3))


def fall(seed: int = 0) -> Window:
    """Return a fall: 4 s standing that ends in a free fall, an impact, then about 12 s of lying still."""
    rng = _rng(seed)
    angle = rng.uniform(-0.3, 0.3)
    lying = np.array([np.sin(angle), 0.15, np.cos(angle)])
    lying /= np.linalg.norm(lying)
    drop, hit = _free_fall(rng), _impact(lying, rng)
    before = standing(BEFORE_S - len(drop) / RATE_HZ, rng)
    rest = round(AFTER_S * RATE_HZ) - len(hit)
    still = lying + rng.normal(0.0, 0.012, (rest, 3))
    return to_window(np.concatenate([before, drop, hit, still]))


def quiet(seconds: float, seed: int = 0) -> Window:
    """Return somebody who stands and moves a little: nothing to tell anybody."""
    return to_window(standing(seconds, _rng(seed)))


def lying(seconds: float, seed: int = 0) -> Window:
    """Return somebody who lies still on the floor."""
    rng = _rng(seed)
    count = round(seconds * RATE_HZ)
    return to_window(np.array([0.1, 0.15, 0.98]) + rng.normal(0.0, 0.01, (count, 3)))
