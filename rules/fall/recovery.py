"""The person got up: walks again, in the posture from before the fall."""

import msgspec
import numpy as np

from rules.fall.signal import RATE_HZ, Samples

BLOCK = round(1.0 * RATE_HZ)
# An arm that waves for help moves like an arm that swings: at a wrist nothing tells that somebody is up.
TELLING_POSITIONS = frozenset({"waist", "pendant"})
_WATCHED_S = 120.0
_WALKS_S = 5
# Standard deviation of the magnitude over a second: lying and sitting stay below, rolling over and jolts go beyond.
_WALKING_G = (0.06, 0.8)
_UPRIGHT_DEG = 35.0

Direction = tuple[float, float, float]


class Watch(msgspec.Struct):
    """What is watched after a fall, in sample numbers. ``before`` is where gravity pointed before it."""

    peak: int
    next: int
    until: int
    before: Direction
    walked: int = 0


def begin(peak: int, decided: int, before: Samples) -> Watch:
    """Start a watch after the sample ``decided``; ``before`` are samples (n, 3) from before the fall."""
    return Watch(peak, decided + 1, decided + round(_WATCHED_S * RATE_HZ), _direction(before))


def see(watch: Watch, second: Samples) -> bool:
    """Take the next second of samples (`BLOCK`, 3) and return whether the person is up."""
    watch.next += BLOCK
    known = second[np.isfinite(second).all(axis=1)]
    walking = len(known) > BLOCK // 2 and _WALKING_G[0] < float(np.linalg.norm(known, axis=1).std()) < _WALKING_G[1]
    upright = _angle_deg(watch.before, _direction(second)) < _UPRIGHT_DEG
    watch.walked = watch.walked + 1 if walking and upright else 0
    return watch.walked >= _WALKS_S


def _direction(samples: Samples) -> Direction:
    known = samples[np.isfinite(samples).all(axis=1)]
    x, y, z = known.mean(axis=0) if len(known) else (0.0, 0.0, 0.0)
    return float(x), float(y), float(z)


def _angle_deg(one: Direction, other: Direction) -> float:
    """Return the angle between two directions; 180 where either is unknown."""
    length = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(np.degrees(np.arccos(np.clip(np.dot(one, other) / length, -1.0, 1.0)))) if length > 1e-6 else 180.0
