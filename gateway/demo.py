"""Simulated homes, a night console and alarms that arrive: what a newcomer sees first."""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import structlog
from sqlalchemy import Connection, select

from alarms.audit import events_after, last_seq
from alarms.oncall.repository import on_duty
from api.accounts import link_url, one_time_link
from api.sentences import explain
from gateway.children import end, find, spawn
from gateway.municipality.apply import apply
from gateway.municipality.check import check
from gateway.municipality.plan import make_plan
from gateway.municipality.source import read
from gateway.settings import Settings
from gateway.up import Running, up
from store.bell import ALARMS
from store.clock import SystemClock
from store.database import Database
from store.errors import HemvaktError
from store.tables import account, alarm, area, home

log = structlog.get_logger(__name__)

MUNICIPALITY = Path(__file__).parent.parent / "deploy" / "demo" / "municipality.yaml"


class NoAlarmError(HemvaktError):
    """No alarm for life and limb arrived in the time that was given."""


class SimulatorEndedError(HemvaktError):
    """The simulated homes ended."""


class Line(NamedTuple):
    """An alarm as the terminal shows it."""

    number: int
    at: datetime
    action: str
    alarm_class: str
    address: str
    sentence: str
    handling: str


class Demo:
    """Runs ``up`` in a folder of its own, with the homes of a scenario around it."""

    def __init__(
        self, settings: Settings, *, scenario: str, show: Callable[[Line], None], greet: Callable[[Running, str], None]
    ) -> None:
        """``greet`` gets the link with which the responder on duty signs in; ``show`` every change of an alarm."""
        self._settings, self._scenario, self._show, self._greet = settings, scenario, show, greet
        self._clock = SystemClock()
        self._stopping = asyncio.Event()
        self._running: asyncio.Future[Running] = asyncio.get_running_loop().create_future()
        self._saved = asyncio.Event()

    async def run(self, *, first_alarm_within_s: float | None = None) -> None:
        """Run until SIGINT, or end with the first life-safety alarm. Raises NoAlarmError, SimulatorEndedError."""
        async with asyncio.TaskGroup() as group:
            system = group.create_task(
                up(self._settings, started=self._running.set_result, clock=self._clock, stopping=self._stopping)
            )
            around = group.create_task(self._around())
            system.add_done_callback(lambda _: around.cancel())
            if first_alarm_within_s is None:
                return
            try:
                async with asyncio.timeout(first_alarm_within_s):
                    await self._saved.wait()
            except TimeoutError:
                raise NoAlarmError from None
            finally:
                self._stopping.set()

    async def _around(self) -> None:
        running = await self._running
        secret = await running.database.write(self._settle)
        self._greet(running, link_url(running.settings.api.base_url, secret))
        async with asyncio.TaskGroup() as group:
            group.create_task(self._tell(running.database))
            group.create_task(self._live(running))

    def _settle(self, connection: Connection) -> str:
        """Bring in the municipality, and make a link for whoever is on duty now."""
        town, source = read(MUNICIPALITY)
        check(town, source)
        now = self._clock.now()
        apply(connection, make_plan(connection, town, now), author="demo", reason="demonstration", now=now)
        where = connection.execute(select(area.c.id, area.c.team_id).where(area.c.fallback)).one()
        present = on_duty(connection, where.team_id, where.id, now)
        login = connection.scalar(select(account.c.login).where(account.c.responder_id.in_(present)))
        return one_time_link(connection, login or "", now)

    async def _live(self, running: Running) -> None:
        """Run the simulator beside us for as long as we live."""
        await asyncio.to_thread(running.intake.link.up.wait)
        address = running.intake.link.address
        arguments = ["run", self._scenario, "--broker", str(address), "--quiet"]
        if running.broker is not None:
            arguments += ["--user", "devices", "--password-file", str(running.broker.devices_password_file)]
        output = (running.settings.data_folder / "simulator.log").open("wb")
        with contextlib.closing(output):
            homes = await spawn(find("hemvakt-sim"), *arguments, output=output)
        try:
            code = await homes.wait()
            raise SimulatorEndedError(f"It ended with {code}; see simulator.log in {running.settings.data_folder}.")
        finally:
            await end(homes, patience_s=3)

    async def _tell(self, database: Database) -> None:
        seen = await database.read(last_seq)
        with database.bell.listen(ALARMS) as news:
            while True:
                lines, seen = await database.read(lambda c, after=seen: _news(c, after))  # type: ignore[misc]
                for line in lines:
                    self._show(line)
                    if line.alarm_class == "life_safety":
                        self._saved.set()
                if not lines:
                    await news.wait(1.0)


def _news(connection: Connection, after: int) -> tuple[list[Line], int]:
    lines = []
    for event in events_after(connection, after, 100):
        after = event.seq
        if event.alarm_id is None:
            continue
        query = select(alarm, home.c.address).outerjoin(home, alarm.c.home_id == home.c.id)
        row = connection.execute(query.where(alarm.c.id == event.alarm_id)).one()
        if row.rule == "canary":
            continue
        sentence = explain(row.rule, row.code, row.facts, "en")
        lines.append(Line(row.id, event.at, event.action, row.alarm_class, row.address or "?", sentence, row.handling))
    return lines, after
