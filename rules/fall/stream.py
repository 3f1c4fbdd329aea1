"""Windows of acceleration put together to a stream: which follows which, what is missing between."""

import math

import numpy as np

from devices.observation import Acceleration, Observation, Quality
from rules.fall.detector import begin
from rules.fall.signal import Samples
from rules.fall.state import FallState

_BYTES_PER_SAMPLE = 6
_MIN_RATE_HZ, _MAX_RATE_HZ = 10.0, 1000.0
_MAX_RANGE_G = 400.0
# Clocks of devices and nominal rates are off by some per cent: a window of ten seconds may seem to overlap by as much.
_OVERLAP_S = 1.0
_BRIDGED_S = 5.0
_NOTICED_S = 0.5
_WINDOWS_KEPT = 32


def samples_of(window: Acceleration) -> Samples | None:
    """Return the samples (n, 3) as the device scales them, or None when they cannot be acceleration."""
    numbers = (window.rate_hz, window.range_g, window.scale_g)
    if not all(math.isfinite(number) and number > 0 for number in numbers):
        return None
    if not _MIN_RATE_HZ <= window.rate_hz <= _MAX_RATE_HZ or window.range_g > _MAX_RANGE_G:
        return None
    if len(window.samples) < _BYTES_PER_SAMPLE:
        return None
    whole = len(window.samples) // _BYTES_PER_SAMPLE * _BYTES_PER_SAMPLE
    return np.frombuffer(window.samples[:whole], dtype="<i2").reshape(-1, 3) * window.scale_g


def continues(state: FallState, observation: Observation, window: Acceleration, seconds: float) -> float | None:
    """Return how many seconds are missing before this window, or None when it begins another stream."""
    same = state.detector is not None and state.detector.position == window.position
    if not same or (state.rate_hz, state.range_g) != (window.rate_hz, window.range_g):
        return None
    gap = start_of(observation, seconds) - state.ends
    if not _has_clock(observation):
        # Arrival jitters by whole seconds; only a long pause tells that something is missing.
        return 0.0 if gap <= _BRIDGED_S else None
    if not -_OVERLAP_S <= gap <= _BRIDGED_S:
        return None
    return gap if gap > _NOTICED_S else 0.0


def start_of(observation: Observation, seconds: float) -> float:
    """Return when a window of this length began (epoch s): not later than its length before it was received."""
    latest = observation.received_at.timestamp() - seconds
    return min(observation.at.timestamp(), latest) if _has_clock(observation) else latest


def open_stream(state: FallState, window: Acceleration) -> None:
    """Start anew with this window's device settings."""
    state.detector = begin(window.position, window.rate_hz, window.range_g)
    state.rate_hz, state.range_g = window.rate_hz, window.range_g
    state.fed, state.ends, state.windows = 0.0, 0.0, []


def note(state: FallState, observation: Observation, seconds: float, missing_s: float) -> None:
    """Remember where in time and in the stream this window lies."""
    state.fed = (state.windows[-1][1] if state.windows else 0.0) + missing_s
    state.began = start_of(observation, seconds)
    state.ends = state.began + seconds
    state.heard = observation.received_at.timestamp()
    state.windows = [*state.windows[-_WINDOWS_KEPT + 1 :], (observation.id, state.fed + seconds)]


def _has_clock(observation: Observation) -> bool:
    return Quality.CLOCK not in observation.quality and observation.time < observation.received_at
