"""WEDA-FALL: wrist, nominally 50 Hz (Marques and Moreno, Sensors 2023;23(3):1146).

Comma-separated seconds, x, y, z in m/s2 with one decimal, after a heading. The times are those of batches arriving, so
the rate is taken from the whole trial (falls turn out at 40 Hz) and never from one sample to the next.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from hemvakt_sim.recordings import trials
from hemvakt_sim.recordings.record import Bad, Foreign, Record, finite
from hemvakt_sim.wire import Window

_STANDARD_GRAVITY = 9.80665
#: Clipping seen in the data.
_RANGE_G = 4.0
_SCALE_G = 0.1 / _STANDARD_GRAVITY
_NOMINAL_HZ = 50.0


def read(path: Path) -> Iterator[Record | Bad | Foreign]:
    """Read a trial (``U01_R01_accel.csv``) or all trials of a subject (``U01.tar.xz``)."""
    yield from trials.read(path, "_accel.csv", _trial)


def _trial(text: str, name: str) -> Iterator[Window | Bad]:
    rows: list[list[float]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if number == 1 or not line.strip():
            continue
        try:
            row = [finite(field) for field in line.split(",")]
        except ValueError:
            row = []
        if len(row) == 4 and max(map(abs, row[1:])) < 3000:
            rows.append(row)
        else:
            yield Bad(name, number, "not a time and three accelerations")
    signal = np.array(rows, dtype=np.float64).reshape(-1, 4)
    counts = np.round(signal[:, 1:] * 10).astype(np.int16)
    yield from trials.cut(counts, _rate(signal[:, 0]), _RANGE_G, _SCALE_G, "wrist")


def _rate(times: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
    spans = len(times) > 1 and times[-1] > times[0]
    rate = (len(times) - 1) / (times[-1] - times[0]) if spans else _NOMINAL_HZ
    return float(np.clip(rate, 10.0, 1000.0))
