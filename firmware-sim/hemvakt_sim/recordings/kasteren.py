"""Van Kasteren's house A (UbiComp 2008): intervals in which a contact was open, float switch or mat was on.

Tab-separated start, end, sensor number, value; a heading lists the sensors as ``[12]    'Frontdoor'``.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from hemvakt_sim.recordings.record import Bad, Foreign, Record, Seen, opened
from hemvakt_sim.zigbee import SensorKind

_SENSOR = re.compile(r"\s*\[\s*(\d+)\]\s+'([^']*)'")
_DATED = re.compile(r"\s*\d+-")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def read(path: Path) -> Iterator[Record | Bad | Foreign]:
    """Read ``kasterenSenseData.txt``: the start of an interval opens a contact, its end closes it."""
    names: dict[str, str] = {}
    changes: list[tuple[datetime, int, str, bool]] = []
    with opened(path) as text:
        for number, line in enumerate(text, start=1):
            if (sensor := _SENSOR.match(line)) is not None:
                names[sensor[1]] = re.sub(r"[^a-z0-9]+", "-", sensor[2].lower()).strip("-")
            elif _DATED.match(line):
                try:
                    start, end, sensor_number, _value = line.split("\t")
                    opens, closes = _time(start), _time(end)
                    changes += [(opens, number, sensor_number, False), (closes, number, sensor_number, True)]
                except ValueError:
                    yield Bad(path.name, number, "not a start, an end, a sensor and a value")
    for at, _line, sensor_number, closed in sorted(changes):
        place = names.get(sensor_number) or f"sensor-{re.sub(r'[^0-9]', '', sensor_number)}"
        yield Record(at, "house", Seen(place, SensorKind.DOOR, {"contact": closed}))


def _time(text: str) -> datetime:
    # Not strptime: its %b knows the months of the machine's locale only.
    date, clock = text.split()
    day, month, year = date.split("-")
    hour, minute, second = (int(part) for part in clock.split(":"))
    return datetime(int(year), _MONTHS.index(month) + 1, int(day), hour, minute, second)  # noqa: DTZ001 - as recorded, no zone
