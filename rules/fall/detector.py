"""Falls in one device's stream of acceleration: an impact, what came before it, and three seconds after it.

State is plain values, a few kilobytes, and can be stored at any moment. Any chunking of the same samples gives the same
events.
"""

import msgspec
import numpy as np
from numpy.typing import NDArray

from rules.fall import recovery
from rules.fall.features import LENGTH, compute, gravity_after, still_after_s
from rules.fall.model import Model, probability
from rules.fall.ring import AFTER, LEAST_AFTER, TRIGGER_G, Ring, peaks_of
from rules.fall.signal import RATE_HZ, Samples, Signal, drain, push

# Whatever lies still measures 1 g; another value is a broken sensor or a wrong unit, and no fall.
_GRAVITY_G = (0.6, 1.5)
_SLICE = 4096


class Judge(msgspec.Struct, frozen=True):
    """The model to judge by, the log-odds above which an impact is a fall, and for how long one fall is told once."""

    model: Model
    threshold: float = 0.0
    hold_off_s: float = 10.0


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """A fall, or the recovery from one, ``at_s`` seconds after the first sample of the stream.

    ``decided_s`` is when it was known. ``evidence`` is the log-odds each feature added, most telling first.
    """

    at_s: float
    decided_s: float
    recovered: bool = False
    confidence: float = 0.0
    impact_g: float = 0.0
    turned_deg: float = 0.0
    still_s: float = 0.0
    evidence: dict[str, float] = {}


class Detector(msgspec.Struct):
    """State of one device. ``ring`` holds the latest samples at `RATE_HZ`, float32 (n, 3)."""

    position: str
    signal: Signal
    ring: bytes = b""
    seen: int = 0
    judged: int = 0
    quiet_until: int = 0
    undecided_until: int = 0
    watch: recovery.Watch | None = None

    @property
    def undecided(self) -> bool:
        """Whether an impact still waits for what comes after it."""
        return self.undecided_until > self.seen


def begin(position: str, rate_hz: float, range_g: float) -> Detector:
    return Detector(position=position, signal=Signal(rate_hz=rate_hz, range_g=range_g))


def feed(detector: Detector, raw: Samples, judge: Judge) -> list[Event]:
    """Take the next samples (n, 3), NaN where missing, and return what they settled."""
    events = []
    for start in range(0, len(raw), _SLICE):
        events += _advance(detector, push(detector.signal, raw[start : start + _SLICE]), judge)
    return events


def finish(detector: Detector, judge: Judge) -> list[Event]:
    """Judge at once what still waits: no more will come. An impact needs a second after it to be judged at all."""
    events = _advance(detector, drain(detector.signal), judge)
    detector.undecided_until = 0
    kept = _kept(detector)
    ring = Ring(kept, detector.seen - len(kept))
    return events + _settle(detector, ring, peaks_of(ring, detector.judged, detector.seen - LEAST_AFTER), judge)


def _kept(detector: Detector) -> NDArray[np.float32]:
    return np.frombuffer(detector.ring, dtype=np.float32).reshape(-1, 3)


def _advance(detector: Detector, new: Samples, judge: Judge) -> list[Event]:
    if not len(new):
        return []
    kept = _kept(detector)
    ring = Ring(np.concatenate((kept, new.astype(np.float32))), detector.seen - len(kept))
    loud = np.flatnonzero(ring.magnitude[len(kept) :] >= TRIGGER_G)
    if len(loud):
        detector.undecided_until = detector.seen + int(loud[-1]) + AFTER + 1
    detector.seen += len(new)
    events = _settle(detector, ring, peaks_of(ring, detector.judged, detector.seen - AFTER), judge)
    detector.judged = max(detector.judged, detector.seen - AFTER)
    detector.ring = ring.samples[-LENGTH:].tobytes()
    return events


def _settle(detector: Detector, ring: Ring, peaks: list[int], judge: Judge) -> list[Event]:
    """Judge peaks in order of time, and look in between whether the person of an earlier fall got up."""
    events = []
    for peak, event in zip(peaks, _judge(detector, ring, peaks, judge), strict=True):
        events += _recovered(detector, ring, min(peak + AFTER, detector.seen - 1))
        if event is None or peak < detector.quiet_until:
            continue
        events.append(event)
        detector.quiet_until = peak + round(judge.hold_off_s * RATE_HZ)
        before = ring.between(peak - 3 * recovery.BLOCK, peak - recovery.BLOCK)
        watched = detector.position in recovery.TELLING_POSITIONS
        detector.watch = recovery.begin(peak, peak + AFTER, before) if watched else None
    return events + _recovered(detector, ring, detector.seen - 1)


def _judge(detector: Detector, ring: Ring, peaks: list[int], judge: Judge) -> list[Event | None]:
    if not peaks:
        return []
    windows = ring.windows(peaks)
    features = compute(windows)
    odds = judge.model.log_odds(features)
    gravity = gravity_after(windows)
    still = still_after_s(windows)
    evidence = judge.model.evidence(features)
    return [
        Event(
            at_s=peak / RATE_HZ,
            decided_s=min(peak + AFTER + 1, detector.seen) / RATE_HZ,
            confidence=probability(float(odds[n])),
            impact_g=float(ring.magnitude[peak - ring.first]),
            turned_deg=float(features["turned"][n]),
            still_s=float(still[n]),
            evidence={name: float(added[n]) for name, added in sorted(evidence.items(), key=lambda item: -item[1][n])},
        )
        if odds[n] > judge.threshold and _GRAVITY_G[0] <= gravity[n] <= _GRAVITY_G[1]
        else None
        for n, peak in enumerate(peaks)
    ]


def _recovered(detector: Detector, ring: Ring, last: int) -> list[Event]:
    watch = detector.watch
    while watch is not None and watch.next + recovery.BLOCK - 1 <= last:
        second = ring.between(watch.next, watch.next + recovery.BLOCK)
        if recovery.see(watch, second):
            detector.watch = None
            return [Event(at_s=watch.peak / RATE_HZ, decided_s=watch.next / RATE_HZ, recovered=True)]
        if watch.next >= watch.until:
            detector.watch = watch = None
    return []
