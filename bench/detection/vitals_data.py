"""Self-monitored measurements and validated alerts of TIHM (Scientific Data 2023;10:606) as observations."""

import csv
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from devices.observation import Kind, Observation, Quality

ZONE = "Europe/London"
_KINDS = {
    "Systolic blood pressure": (Kind.SYSTOLIC, "mm[Hg]"),
    "Diastolic blood pressure": (Kind.DIASTOLIC, "mm[Hg]"),
    "Heart rate": (Kind.PULSE, "/min"),
    "Body Temperature": (Kind.TEMPERATURE, "Cel"),
    "Body weight": (Kind.WEIGHT, "kg"),
    "Total body water": (Kind.BODY_WATER, "%"),
}
#: Below this a thermometer did not measure a body (TIHM holds a 32.1 among 36.x of the same minute).
_COLDEST_CEL = 33.0


@dataclass(frozen=True)
class Measurement:
    """One reading; ``wall`` is UK time without offset, as the file has it."""

    patient: str
    wall: datetime
    observation: Observation


@dataclass(frozen=True)
class Label:
    """One validated alert, on the date of its stamp."""

    patient: str
    day: date
    type: str


def measurements(folder: Path) -> list[Measurement]:
    """Read all measurements of kinds that have limits, in order of time."""
    zone, found = ZoneInfo(ZONE), []
    with (folder / "Physiology.csv").open(encoding="utf-8", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: (row["date"], row["patient_id"], row["device_type"]))
    for index, row in enumerate(rows):
        if row["device_type"] not in _KINDS:
            continue
        kind, unit = _KINDS[row["device_type"]]
        wall, value = datetime.fromisoformat(row["date"]), float(row["value"])
        at = wall.replace(tzinfo=zone).astimezone(UTC)
        bad = kind is Kind.TEMPERATURE and value < _COLDEST_CEL
        observation = Observation(
            id=index,
            kind=kind,
            received_at=at,
            time=at,
            resident=row["patient_id"],
            value=value,
            unit=unit,
            quality=frozenset({Quality.IMPOSSIBLE}) if bad else frozenset(),
        )
        found.append(Measurement(row["patient_id"], wall, observation))
    return found


def labels(folder: Path) -> list[Label]:
    """Read all validated alerts."""
    with (folder / "Labels.csv").open(encoding="utf-8", newline="") as file:
        return [
            Label(row["patient_id"], datetime.fromisoformat(row["date"]).date(), row["type"])
            for row in csv.DictReader(file)
        ]
