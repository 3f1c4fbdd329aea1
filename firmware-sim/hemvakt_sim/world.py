"""Runs a scenario: daily life in every home, heartbeats, check-ins, what the scenario makes happen and expects."""

import asyncio
import contextlib
import heapq
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime

from hemvakt_sim import (
    rhythm,
    troubles,  # noqa: F401 - importing it teaches ``perform`` the faults
)
from hemvakt_sim.broker import Broker
from hemvakt_sim.diary import CHANGES
from hemvakt_sim.directions import Scene, perform
from hemvakt_sim.expect.access import Access
from hemvakt_sim.expect.desk import Desk
from hemvakt_sim.expect.script import Means, Script, Verdict, require
from hemvakt_sim.expect.seen import Scope
from hemvakt_sim.happenings import AnyHappening
from hemvakt_sim.pace import Pace
from hemvakt_sim.rhythm import Act
from hemvakt_sim.scenario import Scenario
from hemvakt_sim.stage import HomeState, Stage
from hemvakt_sim.zigbee import Bridge, Sensor

_FIRST_SESSION_S = 15.0


def local_now() -> datetime:
    """Return the local time of day, naive, as daily life has it."""
    return datetime.now().astimezone().replace(tzinfo=None)


@dataclass(frozen=True, kw_only=True)
class Run:
    """How a scenario is run. ``local_now`` is when daily life begins unless the scenario says so."""

    local_now: datetime
    speed: float = 1.0
    seed: int = 1
    seconds: float | None = None
    #: Seconds to wait at the end for the last acks.
    patience: float = 15.0
    #: Whether to end at the first expectation that is not met.
    exit_first: bool = False
    #: The gateway's HTTP API, for steps that ask it; and commands that steps may call, by name.
    access: Access | None = None
    calls: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What came of it. ``unacknowledged`` are messages that needed the gateway's ack and have none."""

    homes: int
    messages: int
    acknowledged: int
    repeats: int
    unacknowledged: int
    kept_in_silent_devices: int
    refused: tuple[str, ...] = field(default=())
    verdicts: tuple[Verdict, ...] = field(default=())

    @property
    def ok(self) -> bool:
        return not self.unacknowledged and not self.refused and all(verdict.met for verdict in self.verdicts)

    def __str__(self) -> str:
        held = f", {self.kept_in_silent_devices} kept in silent devices" if self.kept_in_silent_devices else ""
        unmet = sum(not verdict.met for verdict in self.verdicts)
        expected = f"; {len(self.verdicts) - unmet} expectations met, {unmet} not" if self.verdicts else ""
        refused = f"; the broker refused {', '.join(self.refused)}" if self.refused else ""
        return (
            f"{self.homes} homes, {self.messages} messages, {self.acknowledged} acknowledged after "
            f"{self.repeats} repeats, {self.unacknowledged} without acknowledgement{held}{refused}{expected}"
        )


class World:
    """A scenario while it runs."""

    def __init__(self, scenario: Scenario, broker: Broker, run: Run, tell: Callable[[str, str], None]) -> None:
        self.scenario = scenario
        self.stage = Stage(scenario, broker, tell)
        self.run_settings = run
        #: Whether it has ended, and devices are being put away.
        self.over = False
        self._pace = Pace(run.speed)
        self.script = Script(scenario.script())
        self.desk = None if run.access is None else Desk(run.access)
        self._tell = tell
        self._group = asyncio.TaskGroup()
        self._tasks: list[asyncio.Task[None]] = []

    async def run(self, stop: asyncio.Event, hurry: asyncio.Event | None = None) -> Summary:
        """Live until the scenario's end or ``stop``, then wait for the last acks (not when ``hurry`` is set).

        Raises BrokerUnreachableError when there is no first session with the broker, DeskError when the gateway's
        alarms cannot be read and a step asks for them.
        """
        require(self.script.steps, self.run_settings.access, self.run_settings.calls)
        seconds = self.run_settings.seconds or self.scenario.seconds
        async with AsyncExitStack() as exits:
            if self.desk is not None:
                await exits.enter_async_context(self.desk)
                await self.desk.established(_FIRST_SESSION_S)
            stage = await exits.enter_async_context(self.stage)
            for link in stage.links(None, None):
                link.noise.seed(self.run_settings.seed)
            await stage.links(None, None)[0].established(_FIRST_SESSION_S)
            self._pace = Pace(self.run_settings.speed)
            await self._live(stop, None if seconds is None else seconds / self.run_settings.speed)
            await _first_of(stage.settled(self.run_settings.patience), (hurry or asyncio.Event()).wait())
            self.over = True
            return self._summary()

    @property
    def scope(self) -> Scope:
        """Whose alarms belong to this scenario."""
        homes = self.scenario.homes
        devices = frozenset(named.name for home in homes for named in home.named())
        return Scope(frozenset(home.id for home in homes), devices)

    async def _live(self, stop: asyncio.Event, seconds: float | None) -> None:
        async with self._group:
            for number, home in enumerate(self.stage.homes.values()):
                if home.places:
                    self._later(self._daily_life(home))
                for sensor in home.bridge.sensors.values():
                    self._later(self._check_in(home.bridge, sensor, offset=number))
            for device in self.stage.numbered.values():
                self._later(device.beat(self.scenario.heartbeat / self._pace.speed))
            self._later(self._happenings())
            over = asyncio.Event()
            if self.script.steps:
                self._later(self._play(over))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await _first_of(stop.wait(), over.wait())
            for task in self._tasks:
                task.cancel()

    async def _play(self, over: asyncio.Event) -> None:
        """Play the steps; the scenario ends with them unless it says when."""
        means = Means(
            perform=lambda event: perform(event, self._scene(event, seed=self.run_settings.seed)),
            devices=self.stage.numbered,
            pace=self._pace,
            scope=self.scope,
            desk=self.desk,
            calls=self.run_settings.calls,
            tell=self._tell,
        )
        await self.script.play(means, exit_first=self.run_settings.exit_first)
        if (self.run_settings.exit_first and not self.script.holds) or not (
            self.run_settings.seconds or self.scenario.seconds
        ):
            over.set()

    def _later(self, what: Coroutine[None, None, None]) -> None:
        self._tasks.append(self._group.create_task(what))

    async def _daily_life(self, state: HomeState) -> None:
        settings = self.scenario.life
        now = self.run_settings.local_now
        start = now if settings.start is None else datetime.combine(now.date(), settings.start)
        home = state.home
        for seen in rhythm.life(self.run_settings.seed, home.id, home.dwelling(), home.rhythm.habits(), start):
            await self._pace.until((seen.at - start).total_seconds() / settings.speed)
            if seen.act is not Act.STILL and self._pace.elapsed < state.lying_until:
                continue
            state.last_seen = seen.place if seen.act is not Act.STILL else state.last_seen
            state.bridge.report(state.places[seen.place], **CHANGES[seen.act])

    async def _check_in(self, bridge: Bridge, sensor: Sensor, offset: int) -> None:
        """Report the unchanged state now and then, as battery sensors do (Aqara: every 50 to 60 minutes)."""
        await self._pace.sleep(offset)
        while True:
            bridge.report(sensor)
            await self._pace.sleep(self.scenario.check_in)

    async def _happenings(self) -> None:
        agenda = [(event.at, number, event) for number, event in enumerate(self.scenario.events)]
        heapq.heapify(agenda)
        while agenda:
            at, number, event = heapq.heappop(agenda)
            await self._pace.until(at)
            perform(event, self._scene(event, seed=self.run_settings.seed + number))
            if event.every is not None:
                heapq.heappush(agenda, (at + event.every, number, event))

    def _scene(self, event: AnyHappening, seed: int) -> Scene:
        home, target = self.scenario.home_of(event), self.scenario.target(event)
        name = None if target is None else target.name
        return Scene(
            stage=self.stage,
            pace=self._pace,
            seed=seed,
            home=None if home is None else self.stage.homes[home.id],
            device=None if name is None else self.stage.device(name),
            later=self._later,
        )

    def _summary(self) -> Summary:
        self.script.give_up()
        numbered = list(self.stage.numbered.values())
        return Summary(
            homes=len(self.stage.homes),
            messages=sum(device.made for device in numbered) + sum(bridge.delivered for bridge in self.stage.bridges),
            acknowledged=sum(device.acknowledged for device in numbered),
            repeats=sum(device.repeats for device in numbered),
            unacknowledged=self.stage.unacknowledged(),
            kept_in_silent_devices=sum(len(device.outbox) for device in numbered if device.silent),
            refused=tuple(sorted({topic for bridge in self.stage.bridges for topic in bridge.refused})),
            verdicts=tuple(self.script.verdicts),
        )


async def _first_of(*coroutines: Coroutine[None, None, object]) -> None:
    tasks = [asyncio.ensure_future(coroutine) for coroutine in coroutines]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
