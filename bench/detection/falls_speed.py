"""How many worn devices one core keeps up with: ``python -m bench.detection.falls_speed``.

Synthetic walking with a hit now and then, in windows of one second, through the rule that the gateway runs.
"""

import time
from datetime import UTC, datetime, timedelta

import numpy as np

from devices.observation import Acceleration, Kind, Observation
from rules.base import Enrolment, Scope
from rules.fall import RULE

RATE_HZ, SECONDS, DEVICES = 50, 60, 40
SCALE_G = 0.001
_START = datetime(2026, 1, 1, tzinfo=UTC)


def windows(device: int) -> list[Observation]:
    """Return what one device sends in a minute: walking at 1.8 Hz, and every ten seconds a hit of 3 g."""
    rng = np.random.default_rng(device)
    at_s = np.arange(RATE_HZ * SECONDS) / RATE_HZ
    samples = rng.normal(0, 0.03, (len(at_s), 3))
    samples[:, 1] += 1 + 0.25 * np.sin(2 * np.pi * 1.8 * at_s)
    samples[:: 10 * RATE_HZ, 1] += 2
    counts = np.round(samples / SCALE_G).astype("<i2")
    sent = []
    for second in range(SECONDS):
        part = counts[second * RATE_HZ : (second + 1) * RATE_HZ].tobytes()
        window = Acceleration(samples=part, rate_hz=RATE_HZ, range_g=8, scale_g=SCALE_G, position="pendant")
        at = _START + timedelta(seconds=second)
        sent.append(
            Observation(
                id=second,
                kind=Kind.ACCELERATION,
                received_at=at + timedelta(seconds=1.1),
                time=at,
                device=f"pendant-{device}",
                acceleration=window,
            )
        )
    return sent


def devices_per_core() -> float:
    """Return how many devices at 50 Hz one core follows: seconds of recording over seconds of processor."""
    sent = [windows(device) for device in range(DEVICES)]
    enrolments = [Enrolment(scope=Scope.DEVICE, subject=f"pendant-{n}", since=_START) for n in range(DEVICES)]
    states = [RULE.begin(enrolment) for enrolment in enrolments]
    began = time.process_time()
    for second in range(SECONDS):
        for own, state, enrolment in zip(sent, states, enrolments, strict=True):
            RULE.observe(state, own[second], enrolment)
    return DEVICES * SECONDS / (time.process_time() - began)


def main() -> None:
    """Print the figure."""
    print(f"{devices_per_core():,.0f} devices at {RATE_HZ} Hz per core (windows of 1 s, with a hit every 10 s)")


if __name__ == "__main__":
    main()
