"""``python -m bench follow_up``: a year of a big town in the audit; a month of follow-up, and the walk of the chain.

Each alarm has the rows of a common night: opened, one in five escalates, accepted, confirmed, attended, arrived, noted,
closed. Every measured report is compared with the one from an export of the same audit.
"""

import os
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from alarms import audit, audit_file
from alarms.audit import Entry
from alarms.follow_up import sources
from alarms.follow_up.months import Month
from bench import report
from store.database import Database
from store.schema import migrate

MONTHS, ALARMS, ZONE = 12, 20_000, "Europe/Stockholm"
_FIRST = Month(2026, 1)
_BATCH = 2_000
#: Names an empty PostgreSQL to measure as well.
POSTGRES = "HEMVAKT_BENCH_POSTGRES"


def measure(months: int = MONTHS, alarms: int = ALARMS) -> list[dict[str, Any]]:
    """Return a row for each engine: how long a month takes, in seconds, and rows of the chain verified in one."""
    with tempfile.TemporaryDirectory() as folder:
        urls = [f"sqlite:///{folder}/bench.db", *filter(None, [os.environ.get(POSTGRES)])]
        return [_measure(url, Path(folder) / "audit.jsonl", months, alarms) for url in urls]


def main() -> None:
    report.show("follow_up", measure(), report.machine())


def _measure(url: str, export: Path, months: int, alarms: int) -> dict[str, Any]:
    with Database(url) as database:
        migrate(database)
        rows = _fill(database, months, alarms)
        last = _FIRST.shifted(months - 1)
        took = []
        for month in (_FIRST, _FIRST.shifted(months // 2), last):
            begun = time.perf_counter()
            found = database.read_now(lambda c, month=month: sources.of_database(c, month, ZONE))  # type: ignore[misc]
            took.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        verdict = database.read_now(audit.verify)
        walked = time.perf_counter() - begun
        with export.open("wb") as out:
            database.read_now(lambda c: audit_file.write(c, out))
        begun = time.perf_counter()
        copy = sources.of_file(export, last, ZONE)
        of_file = time.perf_counter() - begun
    return {
        "engine": url.partition(":")[0],
        "audit rows": rows,
        "alarms in the month": copy.groups[0].figures.alarms if copy.groups[0].figures else 0,
        "month, slowest of 3 (s)": round(max(took), 2),
        "month from a file (s)": round(of_file, 2),
        "verify (rows/s)": round(verdict.rows / walked),
        "file gives the same": copy == found,
        "chain holds": verdict.broken_at is None,
    }


def _fill(database: Database, months: int, alarms: int) -> int:
    chance, count = Random(7), 0
    for step in range(months):
        begin, end = _FIRST.shifted(step).bounds(ZONE)
        between = (end - begin) / (alarms + 1)
        for start in range(0, alarms, _BATCH):
            numbers = range(start, min(start + _BATCH, alarms))
            entries = [
                entry
                for number in numbers
                for entry in _night(step * alarms + number + 1, begin + between * (number + 1), chance)
            ]
            database.write_now(lambda c, entries=entries: audit.append_all(c, entries))  # type: ignore[misc]
            count += len(entries)
    return count


def _night(alarm: int, opened: datetime, chance: Random) -> Iterator[Entry]:
    area = chance.randrange(12)
    waits = chance.random() < 0.2

    def row(after_s: float, action: str, **detail: Any) -> Entry:
        return Entry(
            at=opened + timedelta(seconds=after_s),
            actor_kind="responder",
            actor="anna",
            action=action,
            alarm_id=alarm,
            team_id=f"team-{area % 4}",
            detail=detail,
        )

    yield row(
        0,
        "opened",
        alarm_class=chance.choice(("life_safety", "life_safety", "care", "technical")),
        rule=chance.choice(("press", "fall", "inactivity", "limits")),
        code="x",
        area=f"area-{area}",
        sex=chance.choice(("female", "male")),
        person=f"{chance.randrange(6000):016x}",
        told=["anna"],
        step=0,
    )
    if waits:
        yield row(60, "step_due", told=["bo"], step=1)
    accepted = chance.expovariate(1 / 40) + 60 * waits
    yield row(accepted, "accepted")
    yield row(accepted + 5, "confirmed")
    yield row(accepted + 60, "attended")
    yield row(accepted + 1200, "arrived")
    yield row(accepted + 1500, "noted", reason="All was well")
    yield row(accepted + 1800, "closed", outcome=chance.choice(("helped", "false_alarm", "no_help_needed")))
