"""Measurement alerts on TIHM against the alerts that its monitoring team validated (Scientific Data 2023;10:606).

python -m bench.detection.vitals --data DIR [--out DIR]

Counted per patient-day, in two ways. Plain: the day of the measurement is the day of the label. In service hours: the
labels are stamped in UTC when the service showed them, between 8 and 19 o'clock, while measurements carry UK wall time;
so a measurement of the evening is labelled the next morning, and counts for the label that follows it.
"""

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path

from bench.detection.vitals_data import ZONE, Label, Measurement, labels, measurements
from rules.base import AlarmClass, Enrolment, Scope
from rules.limits import RULE, LimitsSettings

#: What the product ships, every limit published (see ``LimitsSettings``).
PRODUCT = LimitsSettings()
#: What the monitoring team of TIHM went by, as its labels show them; the paper's table 5 is wider in pressure
#: (<80 or >190, <50 or >110) and pulse (<55 or >100). Read off the labelled and unlabelled days of one half of the
#: patients: systolic from 160, diastolic from 100 and below 55, pulse from 100 and down to 50, each single reading.
SITE = LimitsSettings(
    systolic_low=80,
    systolic_high=159,
    systolic_very_high=None,
    diastolic_low=55,
    diastolic_high=99,
    diastolic_very_high=None,
    pulse_low=51,
    pulse_high=99,
    temperature_low=35.0,
    temperature_high=37.6,
    again_after_min=0,
)
TYPES: dict[str, tuple[str, ...]] = {
    "Blood pressure": ("systolic", "diastolic"),
    "Pulse": ("pulse",),
    "Body temperature": ("temperature",),
    "Weight": ("weight",),
    "Body water": ("body_water",),
}

Days = dict[str, set[tuple[str, date]]]


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


def raised_days(readings: Sequence[Measurement], settings: LimitsSettings, day: Callable[[Measurement], date]) -> Days:
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
                    found[name].add((reading.patient, day(reading)))
    return found


def agree(found: Days, wanted: Sequence[Label], readings: Sequence[Measurement]) -> dict[str, Agreement]:
    """Compare patient-days. A label of a patient who never made such a measurement cannot be found and is set apart."""
    table = {}
    for name, starts in TYPES.items():
        measured = {one.patient for one in readings if one.observation.kind.startswith(starts)}
        days = {(label.patient, label.day) for label in wanted if label.type == name}
        reachable = {one for one in days if one[0] in measured}
        both = len(found[name] & reachable)
        table[name] = Agreement(len(reachable), len(found[name]), both, len(days - reachable))
    table["Pooled"] = Agreement(*(sum(column) for column in zip(*map(_columns, table.values()), strict=True)))
    return table


def _columns(one: Agreement) -> tuple[int, int, int, int]:
    return one.labelled, one.raised, one.both, one.unreachable


def _enrolment(reading: Measurement, settings: LimitsSettings) -> Enrolment:
    since = reading.observation.received_at
    return Enrolment(scope=Scope.RESIDENT, subject=reading.patient, since=since, zone=ZONE, settings=settings)


def plain_day(reading: Measurement) -> date:
    """Return the wall date of the measurement."""
    return reading.wall.date()


def service_day(reading: Measurement) -> date:
    """Return the date on which a service that works from 8 to 19 o'clock UTC shows the measurement."""
    shown = reading.observation.received_at + timedelta(minutes=15)
    return shown.date() + timedelta(days=1) if shown.hour >= 19 else shown.date()


def table(folder: Path) -> dict[str, dict[str, Agreement]]:
    """Score both settings in both ways of counting."""
    readings, wanted = measurements(folder), labels(folder)
    ways: Mapping[str, Callable[[Measurement], date]] = {"plain day": plain_day, "service hours": service_day}
    return {
        f"{limits}, {way}": agree(raised_days(readings, settings, day), wanted, readings)
        for limits, settings in (("site limits", SITE), ("product limits", PRODUCT))
        for way, day in ways.items()
    }


def main() -> None:
    """Print the table and write JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds tihm/Physiology.csv and Labels.csv")
    parser.add_argument("--out", type=Path, help="folder for vitals.json")
    given = parser.parse_args()
    results = table(given.data / "tihm")
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
