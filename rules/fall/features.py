"""What a possible impact looks like: numbers that do not depend on how the device is turned.

All functions take windows (b, `LENGTH`, 3) in g at `signal.RATE_HZ`, the highest value at `PEAK`, NaN where nothing is
known, and treat every window alone, so that a batch gives the same numbers as its parts.
"""

import numpy as np
from numpy.typing import NDArray

from rules.fall.signal import RATE_HZ

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

BEFORE_S, AFTER_S = 4.0, 3.0
PEAK = round(BEFORE_S * RATE_HZ)
LENGTH = PEAK + round(AFTER_S * RATE_HZ) + 1

_LIGHT_G = 0.9
_STEP_G = 1.3
#: Between two samples at `RATE_HZ`; what moves less lies still.
STILL_G = 0.04
_SMOOTH = 6
_LEAST_END = 8

# Logarithms of what spans decades; the constants keep what is below a sensor's own noise from counting.
_NOISE_G = 0.01
_FINE_NOISE_G = 0.002


class _Window:
    """A batch of windows: magnitude ``m`` and change since the sample before ``d``, (b, n); masks of what is known."""

    def __init__(self, samples: Array) -> None:
        self.known: Mask = np.all(np.isfinite(samples), axis=2)
        self.a: Array = np.where(self.known[:, :, None], samples, 0.0)
        self.m: Array = np.sqrt((self.a * self.a).sum(axis=2))
        change = self.a[:, 1:] - self.a[:, :-1]
        self.d_known: Mask = np.zeros_like(self.known)
        self.d_known[:, 1:] = self.known[:, 1:] & self.known[:, :-1]
        self.d: Array = np.zeros_like(self.m)
        self.d[:, 1:] = np.where(self.d_known[:, 1:], np.sqrt((change * change).sum(axis=2)), 0.0)
        index = np.arange(LENGTH)
        last = np.where(self.known, index, 0).max(axis=1)[:, None]
        # The last second and a half that is known; a window cut short has its end nearer to the impact.
        self.end: Mask = self.known & (index > last - 1.5 * RATE_HZ) & (index >= PEAK + 0.6 * RATE_HZ)


def compute(samples: Array) -> dict[str, Array]:
    """Return the features (b,) of windows (b, `LENGTH`, 3): degrees, seconds, counts, the rest g or its logarithm."""
    w = _Window(samples)
    return _impact(w) | _before(w) | _after(w) | _posture(w)


def gravity_after(samples: Array) -> Array:
    """Return the mean magnitude (b,) at the end of windows, in g: about 1 if the sensor works, 0 if unknown."""
    w = _Window(samples)
    return np.where(w.end.sum(axis=1) >= _LEAST_END, _mean(w.m, w.end, 0.0), 0.0)


def still_after_s(samples: Array) -> Array:
    """Return for how many of the seconds after the impact hardly anything moved (b,)."""
    w = _Window(samples)
    after = slice(PEAK + 1, LENGTH)
    still: Array = ((w.d[:, after] < STILL_G) & w.d_known[:, after]).sum(axis=1) / RATE_HZ
    return still


def _impact(w: _Window) -> dict[str, Array]:
    around, drop = _span(-0.6, 1.0), _span(-1.2, 0.6)
    near, fall = _span(-0.3, 0.3), _span(-1.2, 0.0)
    start = fall.start
    lowest = np.where(w.known[:, fall], w.m[:, fall], np.inf).argmin(axis=1)
    return {
        "impact": np.log(np.maximum(w.m[:, PEAK], 0.1)),
        "jolt": np.log(_NOISE_G + w.d[:, around].sum(axis=1)),
        "push": np.log(np.maximum(_mean(w.m[:, near], w.known[:, near], 1.0), 0.1)),
        "weightless": np.where(w.known[:, drop], np.clip(_LIGHT_G - w.m[:, drop], 0.0, None), 0.0).sum(axis=1)
        / RATE_HZ,
        "lightest": -_highest(-w.m[:, fall], w.known[:, fall], -1.0),
        "drop_s": (PEAK - start - lowest) / RATE_HZ,
    }


def _before(w: _Window) -> dict[str, Array]:
    before = _span(-4.0, -1.2)
    return {
        "restless_before": np.log(_NOISE_G + _mean(w.d[:, before], w.d_known[:, before], 0.05)),
        "steps_before": _steps(w, 1, PEAK - 15),
    }


def _after(w: _Window) -> dict[str, Array]:
    after = _span(0.9, AFTER_S)
    return {
        "spread_after": np.log(0.005 + _std(w.m[:, after], w.known[:, after], 0.05)),
        "restless_at_end": np.log(_FINE_NOISE_G + _mean(w.d, w.d_known & w.end, 0.05)),
        "still": _mean((w.d[:, after] < STILL_G).astype(np.float64), w.d_known[:, after], 0.5),
        "steps_after": _steps(w, PEAK + 20, LENGTH - 1),
    }


def _posture(w: _Window) -> dict[str, Array]:
    count = w.end.sum(axis=1)
    end = np.where(w.end[:, :, None], w.a, 0.0).sum(axis=1) / np.maximum(count, 1)[:, None]
    summed = np.cumsum(np.concatenate((np.zeros((len(w.a), 1, 3)), w.a), axis=1), axis=1)
    smooth = summed[:, _SMOOTH:] - summed[:, :-_SMOOTH]
    turning = _angle(smooth[:, 1:], smooth[:, :-1])
    impact = slice(PEAK - 30, PEAK + 25)
    early, late = _span(-3.0, -1.0), _direction(w, _span(-1.5, -0.6))
    # A stream that has only just begun knows the posture of its last moment upright and no other.
    known = np.any(w.known[:, early], axis=1)
    return {
        "turned": _angle(np.where(known[:, None], _direction(w, early), late), end),
        "turned_at_once": _angle(late, end),
        "rolled": turning[:, impact].sum(axis=1),
        "fastest_turn": turning[:, impact].max(axis=1),
        "turning_before": np.log1p(turning[:, : impact.start].sum(axis=1)),
    }


def _steps(w: _Window, start: int, stop: int) -> Array:
    """Count local peaks of a step's strength."""
    m = w.m[:, start - 1 : stop + 1]
    top = (m[:, 1:-1] > _STEP_G) & (m[:, 1:-1] >= m[:, :-2]) & (m[:, 1:-1] > m[:, 2:])
    count: Array = top.sum(axis=1).astype(np.float64)
    return count


def _span(start_s: float, stop_s: float) -> slice:
    return slice(max(0, PEAK + round(start_s * RATE_HZ)), min(LENGTH, PEAK + round(stop_s * RATE_HZ) + 1))


def _mean(values: Array, known: Mask, empty: float) -> Array:
    count = known.sum(axis=1)
    return np.where(count > 0, np.where(known, values, 0.0).sum(axis=1) / np.maximum(count, 1), empty)


def _std(values: Array, known: Mask, empty: float) -> Array:
    mean = _mean(values, known, 0.0)[:, None]
    return np.where(known.sum(axis=1) > 1, np.sqrt(_mean((values - mean) ** 2, known, 0.0)), empty)


def _highest(values: Array, known: Mask, empty: float) -> Array:
    highest = np.where(known, values, -np.inf).max(axis=1)
    return np.where(np.isfinite(highest), highest, empty)


def _direction(w: _Window, span: slice) -> Array:
    """Return the mean acceleration of a span (b, 3): where gravity points while little moves."""
    count = w.known[:, span].sum(axis=1)
    mean: Array = w.a[:, span].sum(axis=1) / np.maximum(count, 1)[:, None]
    return mean


def _angle(one: Array, other: Array) -> Array:
    """Return the angle in degrees between vectors on the last axis; 0 where either is unknown."""
    length = np.sqrt((one * one).sum(axis=-1) * (other * other).sum(axis=-1))
    cosine = (one * other).sum(axis=-1) / np.where(length > 1e-6, length, 1.0)
    return np.where(length > 1e-6, np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))), 0.0)
