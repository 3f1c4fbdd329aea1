"""SisFall: waist, 200 Hz (Sucerquia et al., Sensors 2017;17(1):198).

Nine comma-separated integers a line, ending in ``;``. The first three are the ADXL345's acceleration in counts of
32/8192 g, full scale 16 g.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from hemvakt_sim.recordings import trials
from hemvakt_sim.recordings.record import Bad, Foreign, Record
from hemvakt_sim.wire import Window

_RATE_HZ, _RANGE_G, _SCALE_G = 200.0, 16.0, 32 / 8192


def read(path: Path) -> Iterator[Record | Bad | Foreign]:
    """Read a trial (``F01_SA01_R01.txt``) or all trials of a subject (``SA01.tar.xz``)."""
    yield from trials.read(path, ".txt", _trial)


def _trial(text: str, name: str) -> Iterator[Window | Bad]:
    rows: list[list[int]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        fields = line.strip().rstrip(";").split(",")
        if fields == [""]:
            continue
        try:
            row = [int(field) for field in fields]
        except ValueError:
            row = []
        if len(row) == 9 and all(-32768 <= count <= 32767 for count in row):
            rows.append(row[:3])
        else:
            yield Bad(name, number, "not nine counts of 16 bits")
    yield from trials.cut(np.array(rows, dtype=np.int16).reshape(-1, 3), _RATE_HZ, _RANGE_G, _SCALE_G, "waist")
