"""The samples at hand, and the impacts among them."""

import numpy as np
from numpy.typing import NDArray

from rules.fall.features import LENGTH, PEAK, Array
from rules.fall.signal import RATE_HZ, Samples

TRIGGER_G = 1.5
"""Below it nothing is looked at. The weakest of 1,362 recorded falls peaks at 1.6 g at the internal rate."""

AFTER = LENGTH - 1 - PEAK
LEAST_AFTER = round(1.0 * RATE_HZ)
_APART = round(1.0 * RATE_HZ)


class Ring:
    """The samples at hand, float32 (n, 3), addressed by their number since the start of the stream."""

    def __init__(self, samples: NDArray[np.float32], first: int) -> None:
        self.samples = samples
        self.first = first
        self.magnitude = np.nan_to_num(np.sqrt(np.square(self.samples, dtype=np.float64).sum(axis=1)))

    def between(self, start: int, stop: int) -> NDArray[np.float32]:
        return self.samples[max(0, start - self.first) : max(0, stop - self.first)]

    def windows(self, peaks: list[int]) -> Array:
        """Return the windows (b, `LENGTH`, 3) around peaks, NaN beyond what is at hand."""
        padded = np.full((len(peaks), LENGTH, 3), np.nan)
        for window, peak in zip(padded, peaks, strict=True):
            start = max(self.first, peak - PEAK)
            part = self.between(start, peak - PEAK + LENGTH)
            window[start - (peak - PEAK) :][: len(part)] = part
        return padded


def peaks_of(ring: Ring, start: int, stop: int) -> list[int]:
    """Return the sample numbers in start..stop that are the highest within a second to both sides."""
    peaks = []
    magnitude = ring.magnitude
    low, high = max(0, start - ring.first), max(0, stop - ring.first)
    for row in (np.flatnonzero(magnitude[low:high] >= TRIGGER_G) + low).tolist():
        left, right = magnitude[max(0, row - _APART) : row], magnitude[row + 1 : row + 1 + _APART]
        if left.max(initial=0.0) < magnitude[row] >= right.max(initial=0.0):
            peaks.append(row + ring.first)
    return peaks


def windows_of(samples: Samples) -> Array:
    """Return the windows (b, `LENGTH`, 3) of all impacts in a whole recording, as a stream would come to judge them."""
    ring = Ring(samples.astype(np.float32), 0)
    return ring.windows(peaks_of(ring, 0, len(samples) - LEAST_AFTER))
