"""Measurement alerts on TIHM against the alerts that its monitoring team validated (Scientific Data 2023;10:606).

python -m bench.detection.vitals --data DIR [--out DIR]

Counted per patient-day, twice: on all days, and without the days on which nobody watched: the first day of each
patient (the installer's measurements) and the days on which the platform was down.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from bench.detection.homes_data import OUTAGES
from bench.detection.vitals_data import ZONE, Label, Measurement, labels, measurements
from devices.observation import Kind
from rules.base import AlarmClass, Enrolment, Scope
from rules.limits import RULE, LimitsSettings

#: What the product ships, every limit published (see ``LimitsSettings``).
PRODUCT = LimitsSettings()
#: What the monitoring team of TIHM went by, read off the labelled and unlabelled days of one half of its patients.
#: Fitted: systolic from 160, diastolic from 100 and below 55, pulse from 100 and down to 50, each single reading;
#: temperature below 34 or above 38 in two of three readings. As published (table 5): systolic below 80, weight 5 %
#: below its mean, body water outside 40-70 %. Table 5 is wider than the labels in systolic (190) and diastolic (110),
#: narrower in pulse (55) and temperature (35-37.6). One label of temperature and none of weight prove little.
SITE = LimitsSettings(
    systolic_low=80,
    systolic_high=159,
    systolic_very_high=None,
    diastolic_low=55,
    diastolic_high=99,
    diastolic_very_high=None,
    pulse_low=51,
    pulse_high=99,
    temperature_low=34.0,
    temperature_high=38.0,
    two_of_three=frozenset({Kind.TEMPERATURE}),
    weight_gain_kg=None,
    again_after_min=0,
)
TYPES: dict[str, tuple[str, ...]] = {
    "Blood pressure": ("systolic", "diastolic"),
    "Pulse": ("pulse",),
    "Body temperature": ("temperature",),
    "Weight": ("weight",),
    "Body water": ("body_water",),
}

PatientDays = set[tuple[str, date]]
Days = dict[str, PatientDays]


@dataclass(frozen=True)
class Agreement:
    """Of one type of alert, in patient-days. ``unreachable``: labelled, but this patient has no such reading at all."""

    labelled: int
    raised: int
    both: int
    unreachable: int

    @property
    def recall(self) -> float:
        return self.both / self.labelled if self.labelled else float("nan")

    @property
    def precision(self) -> float:
        return self.both / self.raised if self.raised else float("nan")


Table = dict[str, Agreement]


def raised_days(readings: Sequence[Measurement], settings: LimitsSettings) -> Days:
    """Stream every patient through the rule; return the patient-days with a care finding, by type of alert."""
    found: Days = {name: set() for name in TYPES}
    states = {one.patient: RULE.begin(_enrolment(one, settings)) for one in reversed(readings)}
    for reading in readings:
        enrolment = _enrolment(reading, settings)
        for finding in RULE.observe(states[reading.patient], reading.observation, enrolment):
            if finding.restores or finding.alarm_class is not AlarmClass.CARE:
                continue
            for name, starts in TYPES.items():
                if finding.code.startswith(starts):
                    found[name].add((reading.patient, reading.wall.date()))
    return found


def agree(found: Days, wanted: Sequence[Label], readings: Sequence[Measurement], skip: PatientDays) -> Table:
    """Compare patient-days. A label of a patient who never made such a measurement cannot be found and is set apart."""
    rows = {}
    for name, starts in TYPES.items():
        measured = {one.patient for one in readings if one.observation.kind.startswith(starts)}
        days = {(label.patient, label.day) for label in wanted if label.type == name} - skip
        reachable = {one for one in days if one[0] in measured}
        raised = found[name] - skip
        rows[name] = Agreement(len(reachable), len(raised), len(raised & reachable), len(days - reachable))
    rows["Pooled"] = Agreement(*(sum(column) for column in zip(*map(_columns, rows.values()), strict=True)))
    return rows


def unwatched(readings: Sequence[Measurement]) -> PatientDays:
    """Return the patient-days on which nobody watched."""
    first: dict[str, date] = {}
    for reading in readings:
        first.setdefault(reading.patient, reading.wall.date())
    return set(first.items()) | {(patient, day) for patient in first for day in OUTAGES}


def _columns(one: Agreement) -> tuple[int, int, int, int]:
    return one.labelled, one.raised, one.both, one.unreachable


def _enrolment(reading: Measurement, settings: LimitsSettings) -> Enrolment:
    since = reading.observation.received_at
    return Enrolment(scope=Scope.RESIDENT, subject=reading.patient, since=since, zone=ZONE, settings=settings)


def score(folder: Path) -> dict[str, Table]:
    """Score both settings in both ways of counting."""
    readings, wanted = measurements(folder), labels(folder)
    skips: dict[str, PatientDays] = {"all days": set(), "watched days": unwatched(readings)}
    return {
        f"{limits}, {way}": agree(raised_days(readings, settings), wanted, readings, skip)
        for limits, settings in (("site limits", SITE), ("product limits", PRODUCT))
        for way, skip in skips.items()
    }


def main() -> None:
    """Print the table and write JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds tihm/Physiology.csv and Labels.csv")
    parser.add_argument("--out", type=Path, help="folder for vitals.json")
    given = parser.parse_args()
    results = score(given.data / "tihm")
    for name, rows in results.items():
        print(name)
        print(f"  {'alert':18} labelled raised both  recall precision  unreachable")
        for alert, one in rows.items():
            print(
                f"  {alert:18} {one.labelled:8} {one.raised:6} {one.both:4}  {one.recall:6.3f} {one.precision:9.3f}"
                f"  {one.unreachable:11}"
            )
    if given.out:
        given.out.mkdir(parents=True, exist_ok=True)
        plain = {name: {alert: asdict(one) for alert, one in rows.items()} for name, rows in results.items()}
        (given.out / "vitals.json").write_text(json.dumps(plain, indent=1))


if __name__ == "__main__":
    main()
