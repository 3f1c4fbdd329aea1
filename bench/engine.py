"""What the rule engine costs: observations per second on one core, and memory per resident.

``python -m bench.engine [--residents N] [--observations N]``. All registered rules run. Each resident has a home of
their own with a pendant, a motion sensor and a measuring hub. Seconds are CPU seconds: the engine waits for nothing.
"""

import argparse
import gc
import itertools
import json
import platform
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from devices.observation import Kind, Observation
from rules.engine import Engine
from rules.registry import all_rules
from rules.roster import AssignmentEntry, DeviceEntry, Roster

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
DEVICES = {"pendant": 3600.0, "pir": 3600.0, "hub": 0.0}
#: What a home says, by device: mostly motion, now and then something else.
ROUND = (
    *(("pir", Kind.MOTION, value) for value in (1.0, 0.0, 1.0, 0.0, 1.0, 0.0)),
    ("pendant", Kind.HEARTBEAT, 1.0),
    ("pendant", Kind.BATTERY, 80.0),
    ("pendant", Kind.WEARING, 1.0),
    ("hub", Kind.PULSE, 70.0),
)


def roster(residents: int) -> Roster:
    """Return ``residents`` homes with one resident and three devices each."""
    since = START - timedelta(days=30)
    devices = []
    assignments = []
    for number, (kind, interval_s) in itertools.product(range(residents), DEVICES.items()):
        name = f"{kind}-{number}"
        devices.append(DeviceEntry(id=name, since=since, kind=kind, interval_s=interval_s))
        assignments.append(
            AssignmentEntry(device=name, home=f"home-{number}", resident=f"resident-{number}", from_at=since)
        )
    return Roster(devices=tuple(devices), assignments=tuple(assignments))


def traffic(residents: int, count: int, seconds: float) -> Iterator[Observation]:
    """Yield ``count`` observations spread evenly over ``seconds``, from one home after another."""
    for number in range(count):
        resident = number % residents
        device, kind, value = ROUND[(number // residents) % len(ROUND)]
        heard = START + timedelta(seconds=seconds * number / count)
        yield Observation(
            id=number + 1,
            kind=kind,
            received_at=heard,
            time=heard,
            device=f"{device}-{resident}",
            home=f"home-{resident}",
            resident=f"resident-{resident}",
            room="hall",
            value=value,
            unit="%" if kind is Kind.BATTERY else "/min" if kind is Kind.PULSE else "1",
        )


def resident_kb() -> int:
    """Return the memory of this process that is in RAM, in kB (Linux)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise OSError("VmRSS")


def measure(residents: int, observations: int) -> dict[str, float | str]:
    """Return the figures of one run."""
    rules = all_rules()
    homes = roster(residents)
    gc.collect()
    before_kb = resident_kb()
    began = time.process_time()
    engine = Engine(rules, homes, START)
    started_s = time.process_time() - began
    every_device_once = traffic(residents, len(ROUND) * residents, 1200)
    findings = sum(len(engine.feed(observation)) for observation in every_device_once)
    gc.collect()
    grown_kb = resident_kb() - before_kb
    gc.freeze()
    heard = list(traffic(residents, observations, 60))
    later = timedelta(seconds=1200)
    shifted = [_later(observation, later) for observation in heard]
    began = time.process_time()
    for observation in shifted:
        findings += len(engine.feed(observation))
    fed_s = time.process_time() - began
    began = time.process_time()
    state = engine.snapshot()
    saved_s = time.process_time() - began
    began = time.process_time()
    Engine.restore(state, rules, homes)
    restored_s = time.process_time() - began
    began = time.process_time()
    engine.apply_roster(homes, START + 2 * later)
    applied_s = time.process_time() - began
    return {
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "rules": len(rules),
        "residents": residents,
        "observations_per_s": round(observations / fed_s),
        "kb_per_resident": round(grown_kb / residents, 2),
        "findings": findings,
        "start_s": round(started_s, 2),
        "snapshot_s": round(saved_s, 2),
        "snapshot_mb": round(len(state) / 1e6, 1),
        "restore_s": round(restored_s, 2),
        "apply_unchanged_roster_s": round(applied_s, 2),
    }


def _later(observation: Observation, by: timedelta) -> Observation:
    heard = observation.received_at + by
    return Observation(
        id=observation.id,
        kind=observation.kind,
        received_at=heard,
        time=heard,
        device=observation.device,
        home=observation.home,
        resident=observation.resident,
        room=observation.room,
        value=observation.value,
        unit=observation.unit,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--residents", type=int, default=50_000)
    parser.add_argument("--observations", type=int, default=300_000)
    parser.add_argument("--json", type=Path, help="write the figures here too")
    chosen = parser.parse_args()
    figures = measure(chosen.residents, chosen.observations)
    for name, value in figures.items():
        print(f"{name:>26}  {value}")
    if chosen.json:
        chosen.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
