"""Synthetic acceleration (n, 3) in g for tests of mechanism; recordings say how well real falls are found."""

import numpy as np
from numpy.typing import NDArray

from rules.fall.detector import Event, Judge, begin, feed, finish
from rules.fall.model import for_position

Samples = NDArray[np.float64]
UP = np.array([0.05, 0.99, 0.1])
DOWN = np.array([0.1, 0.1, 0.99])


def rest(seconds: float, rate_hz: float = 50.0, gravity: Samples = UP, seed: int = 0, noise: float = 0.01) -> Samples:
    rng = np.random.default_rng([seed, 1])
    return gravity / np.linalg.norm(gravity) + rng.normal(0, noise, (round(seconds * rate_hz), 3))


def walk(seconds: float, rate_hz: float = 50.0, seed: int = 0, strength: float = 0.25) -> Samples:
    time = np.arange(round(seconds * rate_hz)) / rate_hz
    steps = strength * np.sin(2 * np.pi * 1.8 * time) + 0.1 * np.sin(2 * np.pi * 3.6 * time)
    return rest(seconds, rate_hz, seed=seed, noise=0.03) * (1 + steps[:, None])


def fall(rate_hz: float = 50.0, seed: int = 0, after_s: float = 8.0, end: Samples = DOWN) -> Samples:
    """Walk for 5 s, fall weightless for 0.35 s while turning, hit with 4 to 5 g, lie still."""
    rng = np.random.default_rng([seed, 2])
    drop = np.linspace(0, 1, round(0.35 * rate_hz))[:, None]
    turning = (UP * (1 - drop) + end * drop) * np.linspace(0.7, 0.2, len(drop))[:, None]
    ringing_s = np.arange(round(0.6 * rate_hz)) / rate_hz
    ringing = np.exp(-ringing_s / 0.09) * np.cos(2 * np.pi * 5 * ringing_s)
    hit = end + np.outer(rng.uniform(3.5, 4.5) * ringing, end + rng.normal(0, 0.2, 3))
    lying = rest(after_s - 0.6, rate_hz, end, seed, noise=0.006)
    return np.concatenate([walk(5.0, rate_hz, seed), turning, hit, lying])


def arm_fall(rate_hz: float = 50.0, seed: int = 0) -> Samples:
    """Return the same fall at a wrist: the arm is thrown up and about, from before the hit until after it."""
    samples = fall(rate_hz, seed)
    time = np.arange(len(samples)) / rate_hz - 5.35
    thrown = np.exp(-((time / 0.45) ** 2))[:, None]
    about = np.stack(
        [np.sin(2 * np.pi * 2.5 * time), np.cos(2 * np.pi * 3.1 * time), np.sin(2 * np.pi * 1.7 * time)], axis=1
    )
    thrown_about: Samples = samples + 1.6 * thrown * about
    return thrown_about


def found(samples: Samples, position: str = "waist", rate_hz: float = 50.0, range_g: float = 8.0) -> list[Event]:
    """Return what a fresh detector makes of a whole recording."""
    state, judge = begin(position, rate_hz, range_g), Judge(for_position(position))
    return feed(state, samples, judge) + finish(state, judge)
