"""Kills a desk at its k-th call into the database or a provider, for every k, and looks at what a restart finds.

Run as a program: it forks one child that dies and one that restarts, for each point, so that Python starts only once.
Prints one line of JSON: how many points there were. Exits with 1 and the story of the first that failed.
"""

import asyncio
import json
import os
import shutil
import sys
import traceback
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import ClassVar

import psycopg
from sqlalchemy import event, select

from alarms import auditor
from alarms.audit import verify
from alarms.channel import Page, Receipt, Result
from alarms.delivery.lane import Lane
from alarms.desk import record
from alarms.escalation.ticker import Ticker
from alarms.lifecycle import actions
from alarms.settings import DeskSettings
from rules.base import AlarmClass, Finding, Scope
from store import tables
from store.clock import ManualClock
from store.database import Database
from tests.alarms.town import NIGHT, SETTINGS

KILLED = 9


class Points:
    """Counts calls, and ends the process without any farewell at the one that it was given."""

    def __init__(self, kill_at: int) -> None:
        self.kill_at, self.reached = kill_at, 0

    def pass_by(self, *_: object, **__: object) -> None:
        self.reached += 1
        if self.reached == self.kill_at:
            os._exit(KILLED)

    def watch(self, database: Database) -> None:
        event.listen(database.writer, "before_cursor_execute", self.pass_by)
        event.listen(database.writer, "commit", self.pass_by)


class Ledger:
    """What the outside world knows: lines that are on disk before anything else happens."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, *words: str) -> None:
        with self.path.open("a") as file:
            file.write(" ".join(words) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def read(self) -> list[list[str]]:
        return [line.split() for line in self.path.read_text().splitlines()] if self.path.exists() else []


class Provider:
    """Takes every page, and knows the keys of those it took."""

    name: ClassVar[str] = "email"
    stored: ClassVar[bool] = False
    secondary: ClassVar[bool] = False
    rings: ClassVar[bool] = False
    points: Points
    ledger: Ledger

    def __init__(self, settings: DeskSettings) -> None:
        self.settings = settings

    @classmethod
    def configured(cls, settings: DeskSettings) -> bool:
        return settings.smtp is not None

    async def send(self, page: Page) -> Receipt:
        self.points.pass_by()
        self.ledger.write("sent", page.idempotency_key, str(page.alarm_id))
        self.points.pass_by()
        return Receipt(Result.ACCEPTED)

    async def aclose(self) -> None:
        pass


class Night:
    """What happens until the desk dies: two presses, steps, an owner who does not confirm, an end."""

    def __init__(self, database: Database, points: Points, ledger: Ledger) -> None:
        self.database, self.ledger, self.points = database, ledger, points
        self.clock = ManualClock(NIGHT)
        self.provider = Provider(SETTINGS)
        self.provider.points, self.provider.ledger = points, ledger

    async def live(self) -> None:
        await self.press("first")
        await self.deliver()
        await self.later(60)
        await self.act("accept", "cia")
        await self.press("second")
        await self.deliver()
        await self.later(30)
        await self.deliver()
        await self.act("accept", "anna")
        await self.act("attend", "anna")
        await self.act("close", "anna", outcome="helped")

    async def press(self, key: str) -> None:
        now = self.clock.now()
        await self.database.write(lambda c: record(c, [press(key)], now, SETTINGS))
        self.points.pass_by()
        self.ledger.write("acked", key)

    async def act(self, name: str, who: str, **more: str) -> None:
        now = self.clock.now()
        await self.database.write(lambda c: getattr(actions, name)(c, 1, who, now, settings=SETTINGS, **more))
        self.points.pass_by()
        self.ledger.write("did", name, who)

    async def later(self, seconds: float) -> None:
        self.clock.advance(seconds=seconds)
        ticker = Ticker(self.database, self.clock, SETTINGS)
        while (due := await ticker.tick()) is not None and due <= self.clock.now():
            pass

    async def deliver(self) -> None:
        """Let the lane work until nothing waits."""
        lane = asyncio.create_task(
            Lane(self.database, self.clock, SETTINGS, self.provider, f"desk-{os.getpid()}").run()
        )
        unsent = select(tables.page.c.id).where(tables.page.c.state.in_(["pending", "leased"]))
        while await self.database.read(lambda c: c.execute(unsent).all()):  # noqa: ASYNC110 - the lane has no "idle"
            await asyncio.sleep(0.002)
        lane.cancel()
        await asyncio.gather(lane, return_exceptions=True)


def press(key: str) -> Finding:
    return Finding(
        key=key,
        rule="press",
        code="pressed",
        alarm_class=AlarmClass.LIFE_SAFETY,
        scope=Scope.DEVICE,
        subject="pendant-1",
        time=NIGHT,
    )


def die(database: Database, ledger: Ledger, kill_at: int) -> int:
    """Live until the point; return how many points there were if it was never reached."""
    points = Points(kill_at)
    points.watch(database)
    asyncio.run(Night(database, points, ledger).live())
    return points.reached


def restart(database: Database, ledger: Ledger) -> None:
    """Look at what is there, then go on: devices repeat what was not acked, waiting pages go out, time passes."""
    known = ledger.read()
    night = Night(database, Points(0), ledger)
    night.clock.set(NIGHT + timedelta(hours=1))
    look(database, night, known)
    asyncio.run(go_on(night))
    look(database, night, known)
    conclude(database, ledger)


def look(database: Database, night: Night, known: list[list[str]]) -> None:
    forever = timedelta(days=3650)
    assert database.read_now(lambda c: auditor.forgotten(c, night.clock.now(), forever)) == (), "S4"
    assert database.read_now(verify).broken_at is None, "A1"
    acked = {words[1] for words in known if words[0] == "acked"}
    stored = set(database.read_now(lambda c: c.execute(select(tables.occurrence.c.finding_key)).scalars().all()))
    assert acked <= stored, f"acked and lost: {acked - stored}"
    trail = Counter(database.read_now(lambda c: c.execute(select(tables.audit.c.action)).scalars().all()))
    did = Counter({"accept": "accepted", "attend": "attended", "close": "closed"}[w[1]] for w in known if w[0] == "did")
    assert all(trail[action] >= count for action, count in did.items()), f"done and lost: {did - trail}"


async def go_on(night: Night) -> None:
    for key in ("first", "second"):
        again = partial(record, findings=[press(key)], now=night.clock.now(), settings=SETTINGS)
        await night.database.write(again)
    await night.later(0)
    await night.deliver()


def conclude(database: Database, ledger: Ledger) -> None:
    occurrences = Counter(
        database.read_now(lambda c: c.execute(select(tables.occurrence.c.finding_key)).scalars().all())
    )
    assert occurrences == {"first": 1, "second": 1}, f"I4: {occurrences}"
    sent = Counter(words[1] for words in ledger.read() if words[0] == "sent")
    assert max(sent.values()) <= 2, f"D2: one crash, and a page went out {max(sent.values())} times"
    assert sum(count - 1 for count in sent.values()) <= 1, "D2: one crash doubled more than one page"
    pages = database.read_now(lambda c: c.execute(select(tables.page).where(tables.page.c.channel == "email")).all())
    for page in pages:
        if page.state == "sent":
            assert sent[page.idempotency_key], "D1: recorded as sent and no provider has it"
        assert page.state in {"sent", "cancelled"}, f"D1: page {page.id} is {page.state}"
    told = {words[2] for words in ledger.read() if words[0] == "sent"}
    alarms = database.read_now(lambda c: c.execute(select(tables.alarm.c.id)).scalars().all())
    assert {str(number) for number in alarms} <= told, "E1: an alarm that nobody was told of"


def fork(work: Callable[[], object], story: Path) -> int:
    """Run ``work`` in a child; return its exit code. What it raises goes into ``story``."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:  # noqa: BLE001 - a child never returns into its parent's code
            story.write_text(traceback.format_exc())
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


class Bench:
    """One database that is made anew for each point, and opened once: statements are compiled before the first fork."""

    def __init__(self, template: str, folder: Path) -> None:
        self.template, self.folder = template, folder
        self.url = self._url()
        self.renew()
        self.database = Database(self.url)
        asyncio.run(Night(self.database, Points(0), Ledger(folder / "warm.ledger")).live())
        self._let_go()

    def renew(self) -> None:
        """Put a fresh copy of the template in place."""
        if self.template.startswith("sqlite:///"):
            for rest in ("-wal", "-shm"):
                (self.folder / f"night.db{rest}").unlink(missing_ok=True)
            shutil.copy(self.template.removeprefix("sqlite:///"), self.folder / "night.db")
            return
        with psycopg.connect(self.template.replace("/template", "/postgres"), autocommit=True) as connection:
            connection.execute("DROP DATABASE IF EXISTS night WITH (FORCE)")
            connection.execute("CREATE DATABASE night TEMPLATE template")

    def _url(self) -> str:
        if self.template.startswith("sqlite:///"):
            return f"sqlite:///{self.folder / 'night.db'}"
        return self.template.replace("/template", "/night")

    def _let_go(self) -> None:
        """Have no thread and no connection, so that a child begins as a process of its own."""
        for pool in (self.database._writes, self.database._aside, self.database._reads):
            pool.shutdown()
        self.database._writes, self.database._reads = ThreadPoolExecutor(1), ThreadPoolExecutor(2)
        self.database._aside = self.database._writes if self.database.is_sqlite else ThreadPoolExecutor(1)
        self.database.writer.dispose()
        self.database.reader.dispose()

    def try_point(self, point: int) -> bool:
        """Die at ``point`` and restart; tell whether the point was reached. Raises RuntimeError with the story."""
        self.renew()
        ledger, story = Ledger(self.folder / f"{point}.ledger"), self.folder / "story"
        ended = fork(lambda: die(self.database, ledger, point), story)
        if ended not in (0, KILLED) or fork(lambda: restart(self.database, ledger), story):
            raise RuntimeError(f"point {point}:\n{story.read_text()}\n{ledger.read()}")
        return ended == KILLED


def main(template: str, folder: Path, first: int, stride: int) -> None:
    """Try points ``first``, ``first + stride``, ... until one is never reached."""
    bench, point = Bench(template, folder), first
    while bench.try_point(point):
        point += stride
    print(json.dumps({"points": point - 1}))  # noqa: T201 - the answer of this program


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
