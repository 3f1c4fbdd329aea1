"""The person got up: walks again, with the posture from before the fall where the device can tell posture."""

import msgspec
import numpy as np

from rules.fall.signal import RATE_HZ, Samples

BLOCK = round(1.0 * RATE_HZ)
_WATCHED_S = 120.0
_WALKS_S = 5
# Standard deviation of the magnitude over a second: lying and sitting stay below, rolling over and jolts go beyond.
_WALKING_G = (0.06, 0.8)
_UPRIGHT_DEG = 35.0
_TURNED_DEG = 45.0


class Watch(msgspec.Struct):
    """What is watched after a fall. ``before`` and ``after`` are the directions of gravity around it."""

    peak: int
    next: int
    until: int
    before: tuple[float, float, float]
    after: tuple[float, float, float]
    walked: int = 0


def begin(peak: int, decided: int, before: Samples, after: Samples) -> Watch:
    """Start a watch at the sample ``decided``; ``before`` and ``after`` are samples (n, 3) around the fall."""
    return Watch(peak, decided + 1, decided + round(_WATCHED_S * RATE_HZ), _mean(before), _mean(after))


def see(watch: Watch, second: Samples, *, posture: bool) -> bool:
    """Take the next second of samples (`BLOCK`, 3) and return whether the person is up."""
    watch.next += BLOCK
    known = second[np.isfinite(second).all(axis=1)]
    walking = len(known) > BLOCK // 2 and _WALKING_G[0] < float(np.linalg.norm(known, axis=1).std()) < _WALKING_G[1]
    upright = (
        not posture
        or _angle(watch.before, watch.after) < _TURNED_DEG
        or _angle(watch.before, _mean(known)) < _UPRIGHT_DEG
    )
    watch.walked = watch.walked + 1 if walking and upright else 0
    return watch.walked >= _WALKS_S


def _mean(samples: Samples) -> tuple[float, float, float]:
    known = samples[np.isfinite(samples).all(axis=1)]
    x, y, z = known.mean(axis=0) if len(known) else (0.0, 0.0, 0.0)
    return float(x), float(y), float(z)


def _angle(one: tuple[float, float, float], other: tuple[float, float, float]) -> float:
    length = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(np.degrees(np.arccos(np.clip(np.dot(one, other) / length, -1.0, 1.0)))) if length > 1e-6 else 0.0
