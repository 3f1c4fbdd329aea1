"""TIHM (Palermo et al., Scientific Data 2023;10:606): activity of homes, or physiology of their residents.

``Activity.csv``: patient_id, location_name, date; one line per activation, with no end. A door is said to open and to
close at once. ``Physiology.csv``: patient_id, date, device_type, value, unit; values of one moment are sent together.
"""

import csv
from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from hemvakt_sim.errors import RecordingError
from hemvakt_sim.recordings.record import Bad, Foreign, Measured, Record, Seen, finite, opened
from hemvakt_sim.wire import Value
from hemvakt_sim.zigbee import SensorKind

_ACTIVITY = ["patient_id", "location_name", "date"]
_PHYSIOLOGY = ["patient_id", "date", "device_type", "value", "unit"]
_KINDS = {
    "Systolic blood pressure": "systolic",
    "Diastolic blood pressure": "diastolic",
    "Heart rate": "pulse",
    "Body Temperature": "temperature",
    "Body weight": "weight",
}
_UNITS = {"beats/min": "/min"}
_MOST_VALUES = 8


def read(path: Path) -> Iterator[Record | Bad | Foreign]:
    """Read either file, plain or ``.xz``; which it is, its heading tells. Records come in order of time."""
    with opened(path) as text:
        lines = csv.reader(text)
        try:
            heading = next(lines, [])
            if heading == _ACTIVITY:
                yield from _activity(lines, path.name)
            elif heading == _PHYSIOLOGY:
                yield from _physiology(lines, path.name)
            else:
                raise RecordingError(f"{path}: the heading is neither that of Activity.csv nor of Physiology.csv")
        except csv.Error as error:
            raise RecordingError(f"{path}:{lines.line_num}: {error}") from None


def _activity(lines: Iterator[list[str]], where: str) -> Iterator[Record | Bad | Foreign]:
    seen: list[tuple[datetime, str, str]] = []
    for number, row in enumerate(lines, start=2):
        try:
            patient, place, date = row
            seen.append((_time(date), _subject(patient), _subject(place)))
        except ValueError:
            yield Bad(where, number, "not a patient, a place and a time")
    for at, patient, place in sorted(seen):
        if place.endswith("door"):
            yield Record(at, patient, Seen(place, SensorKind.DOOR, {"contact": False}))
            yield Record(at, patient, Seen(place, SensorKind.DOOR, {"contact": True}))
        else:
            yield Record(at, patient, Seen(place, SensorKind.PIR, {"occupancy": True}))


def _physiology(lines: Iterator[list[str]], where: str) -> Iterator[Record | Bad | Foreign]:
    measured: list[tuple[datetime, str, Value]] = []
    for number, row in enumerate(lines, start=2):
        try:
            patient, date, kind, value, unit = row
            at, number_read = _time(date), finite(value)
            subject = _subject(patient)
        except ValueError:
            yield Bad(where, number, "not a patient, a time and a value")
            continue
        if kind in _KINDS:
            measured.append((at, subject, Value(_KINDS[kind], number_read, _UNITS.get(unit, unit))))
        else:
            yield Foreign(number)
    measured.sort(key=itemgetter(0, 1))
    for (at, patient), group in groupby(measured, key=itemgetter(0, 1)):
        values = tuple(value for _at, _patient, value in group)
        for first in range(0, len(values), _MOST_VALUES):
            yield Record(at, patient, Measured(values[first : first + _MOST_VALUES]))


def _time(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is not None:
        raise ValueError("the recording's clock has no zone")
    return at


def _subject(text: str) -> str:
    """Return a name that can stand in a topic. Raises ValueError."""
    if not text or len(text) > 64 or not all(char.isalnum() or char in "-_" for char in text):
        raise ValueError("not a name")
    return text
