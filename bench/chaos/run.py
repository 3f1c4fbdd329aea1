"""One chaos run: start everything, let things go wrong, wait until all is settled, and account for every press."""

import asyncio
import contextlib
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from bench.chaos import inspection, town
from bench.chaos.cable import Cable, Cut
from bench.chaos.clock import SharedClock
from bench.chaos.pendants import Pendants
from bench.chaos.people import Person
from bench.chaos.plan import Event, Fault, plan
from bench.chaos.provider import Mail, Webhooks
from bench.chaos.system import Roles, System, Whole
from bench.chaos.verdict import Result, Seen, judge
from gateway.address import BrokerAddress
from store.database import Database
from store.schema import migrate

HOMES = 60
NETWORKS = 3
#: Longest wait for all to start, and for all to settle once nothing goes wrong any more. Far more than it takes.
PATIENCE_S = 300.0


class NotSettledError(Exception):
    """The system did not come to rest."""


@dataclass(frozen=True, kw_only=True)
class Ask:
    """What to run."""

    seconds: float
    seed: int
    broker: str = "nats"
    whole: bool = False
    per_second: float = 2.0
    gap_s: float = 6.0


class Run:
    """A run in ``folder``, where logs and data stay. ``progress`` is told one line now and then."""

    def __init__(self, ask: Ask, folder: Path, progress: Callable[[str], None]) -> None:
        self._ask, self._folder, self._progress = ask, folder, progress
        self._clock = SharedClock(folder / "clock")
        self._webhooks, self._mail = Webhooks(), Mail()
        self._pendants: list[Pendants] = []
        self._people: list[Person] = []
        self._cables: list[Cable] = []
        self._forgotten: list[str] = []
        self._samples = self._blind = 0
        self._done: Counter[Fault] = Counter()
        self._alone: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._system: System
        self._database: Database

    async def run(self) -> Result:
        """Do all of it. Raises NotSettledError when it does not come to rest."""
        async with self._providers(), self._started():
            watch = asyncio.create_task(self._sample())
            people = [asyncio.create_task(person.live()) for person in self._people]
            try:
                async with self._pressing():
                    await self._go_wrong()
                    await self._settle()
            finally:
                for task in (watch, *people):
                    task.cancel()
                await asyncio.gather(watch, *people, return_exceptions=True)
            return self._judge(await asyncio.to_thread(self._database.read_now, self._account))

    @contextlib.asynccontextmanager
    async def _providers(self) -> AsyncIterator[None]:
        await self._webhooks.open()
        await self._mail.open()
        try:
            yield
        finally:
            self._mail.close()
            await self._webhooks.close()

    @contextlib.asynccontextmanager
    async def _started(self) -> AsyncIterator[None]:
        kind = Whole if self._ask.whole else Roles
        system = kind(self._folder, self._folder / "clock", self._ask.broker, self._mail.port)
        self._system = system
        try:
            await system.prepare()
            with Database(system.url) as database:
                self._database = database
                await asyncio.to_thread(migrate, database)
                tokens = await database.write(lambda c: town.build(c, HOMES, self._clock.now(), self._webhooks.url))
                await system.start()
                self._people = [
                    Person(name, system.api, token, self._ask.seed + number)
                    for number, (name, token) in enumerate(tokens.items())
                ]
                try:
                    yield
                finally:
                    codes = await system.stop()
                    self._progress(f"ended with {codes}")
        finally:
            await system.close()

    @contextlib.asynccontextmanager
    async def _pressing(self) -> AsyncIterator[None]:
        address = await self._broker_address()
        homes = [f"pendant-{number}" for number in range(HOMES)]
        for number in range(NETWORKS):
            cable = Cable(address.port)
            await cable.open()
            self._cables.append(cable)
            # Mosquitto flushes what it has taken over now and then only, so what it says is promised is not.
            sos = "zigbee2mqtt/h0/sos" if number == 0 and self._ask.broker == "nats" else ""
            pendants = Pendants(
                homes[number::NETWORKS], self._ask.per_second / NETWORKS, self._ask.seed * NETWORKS + number, sos=sos
            )
            behind = BrokerAddress(host="127.0.0.1", port=cable.port, user=address.user, password=address.password)
            self._pendants.append(pendants.start(behind))
        try:
            yield
        finally:
            for pendants in self._pendants:
                await asyncio.to_thread(pendants.stop)
            for cable in self._cables:
                cable.close()

    async def _broker_address(self) -> BrokerAddress:
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            if (address := self._system.devices_address()) is not None:
                return address
            await asyncio.sleep(0.1)
        raise NotSettledError("the gateway did not start")

    async def _go_wrong(self) -> None:
        events = plan(
            self._ask.seed,
            self._ask.seconds,
            self._system.names,
            [str(number) for number in range(NETWORKS)],
            self._ask.gap_s,
        )
        begun = time.monotonic()
        under_way: set[asyncio.Task[None]] = set()
        async with asyncio.TaskGroup() as group:
            ticking = group.create_task(self._tell(begun))
            for event in events:
                await asyncio.sleep(max(0.0, begun + event.at_s - time.monotonic()))
                self._progress(f"{event.at_s:6.1f} s  {event.what} {event.target} {event.how} for {event.for_s} s")
                task = group.create_task(self._do(event))
                under_way.add(task)
                task.add_done_callback(under_way.discard)
            await asyncio.sleep(max(0.0, begun + self._ask.seconds - time.monotonic()))
            if under_way:
                await asyncio.wait(under_way)
            ticking.cancel()

    async def _do(self, event: Event) -> None:
        self._done[event.what] += 1
        if event.what is Fault.KILL:
            async with self._alone[event.target]:
                await self._system.kill(event.target, event.for_s)
        elif event.what is Fault.CLOCK:
            self._clock.jump(float(event.how))
        elif event.what is Fault.PROVIDER:
            provider = self._webhooks if event.target == "webhook" else self._mail
            provider.mood = event.how
            await asyncio.sleep(event.for_s)
            provider.mood = "ok"
        else:
            cable = self._cables[int(event.target)]
            cable.fail(cast("Cut", event.how))
            await asyncio.sleep(event.for_s)
            cable.mend()

    async def _settle(self) -> None:
        """Press no more, deal with everything, and wait until nothing is left to be done."""
        for pendants in self._pendants:
            pendants.press_no_more()
        for person in self._people:
            person.diligent = True
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            left = await self._left()
            self._progress(f"settling: {left or 'the database does not answer'}")
            if left is not None and not any(left.values()):
                return
            await asyncio.sleep(2)
        # What is left is told as lost.

    async def _left(self) -> dict[str, int] | None:
        unheard = sum(pendants.waiting + pendants.sos_waiting for pendants in self._pendants)
        try:
            return {"unheard": unheard} | await self._database.read(inspection.unsettled)
        except SQLAlchemyError:
            return None

    async def _sample(self) -> None:
        """Look for forgotten alarms again and again; while the database is down there is nothing to be seen."""
        while True:
            try:
                found = await self._database.read(lambda c: inspection.forgotten(c, self._clock.now()))
                self._samples += 1
                self._forgotten += [f"{number} in sample {self._samples}" for number in found]
            except SQLAlchemyError:
                self._blind += 1
            await asyncio.sleep(0.5)

    async def _tell(self, begun: float) -> None:
        while True:
            await asyncio.sleep(5)
            pressed = sum(pendants.pressed for pendants in self._pendants)
            acked = sum(len(pendants.acked) for pendants in self._pendants)
            delivered = len(self._webhooks.taken) + len(self._mail.taken)
            self._progress(
                f"{time.monotonic() - begun:6.1f} s  pressed {pressed}, acked {acked}, delivered {delivered}, "
                f"faults {self._done.total()}, kills {sum(self._system.kills.values())}, "
                f"clock {self._clock.offset_s:+g} s, samples {self._samples}"
            )

    def _account(self, connection: Connection) -> inspection.Account:
        return inspection.account(connection, self._clock.now())

    def _judge(self, found: inspection.Account) -> Result:
        seen = Seen(
            pressed=sum(pendants.pressed for pendants in self._pendants),
            repeats=sum(pendants.repeats for pendants in self._pendants),
            acked={press for pendants in self._pendants for press in pendants.acked},
            sos_acked=sum(pendants.sos_acked for pendants in self._pendants),
            told=self._webhooks.taken + self._mail.taken,
            told_alarms=self._webhooks.alarms | self._mail.alarms,
            helped={number for person in self._people for number in person.helped},
            attempts=self._webhooks.attempts + self._mail.attempts,
            forgotten=self._forgotten,
            done={
                **{f"kill -9 of {name}": kills for name, kills in self._system.kills.items()},
                "provider faults": self._done[Fault.PROVIDER],
                "network faults": self._done[Fault.NETWORK],
                "clock jumps": self._done[Fault.CLOCK],
                "ended by themselves": sum(process.deaths for process in self._system.processes.values()),
                "looks for forgotten alarms": self._samples,
                "looks without a database": self._blind,
            },
        )
        return judge(found, seen)
