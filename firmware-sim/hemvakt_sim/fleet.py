"""Many homes over few connections, at a chosen rate: for benchmarks and load tests.

What is said is what single devices say; only last wills are left out, since the homes of a fleet share connections.
"""

import asyncio
import contextlib
import secrets
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import NamedTuple, Self

import numpy as np

from hemvakt_sim import wire
from hemvakt_sim.broker import Broker
from hemvakt_sim.device import true_time
from hemvakt_sim.errors import LinkDownError
from hemvakt_sim.link import Link, Packet, Session
from hemvakt_sim.outbox import Outbox
from hemvakt_sim.tasks import end
from hemvakt_sim.wire import UNITS, Channel, Key, Value
from hemvakt_sim.zigbee import Sensor, SensorKind

_FIRST_SESSION_S = 15.0
#: Publishes of one connection that wait for their PUBACK at the same time.
_INFLIGHT = 64
_TICK_S = 0.005


class FleetHome(NamedTuple):
    """Names on the wire of one home of a fleet."""

    home: str
    pendant: str
    hub: str
    motion: str


def roster(homes: int, prefix: str = "fleet") -> list[FleetHome]:
    """Return the names of a fleet's devices, for whoever must know them before the fleet speaks."""
    names = [f"{prefix}-{number:05d}" for number in range(1, homes + 1)]
    return [FleetHome(name, f"{name}-pendant", f"{name}-hub", f"{name}/hall/pir") for name in names]


@dataclass
class Report:
    """What a fleet has said and heard. ``ack_seconds`` is the time from a message to its application ack."""

    made: int = 0
    delivered: int = 0
    acknowledged: int = 0
    repeats: int = 0
    unacknowledged: int = 0
    #: Most seconds by which the fleet was late against its own schedule; a slow machine, not a slow gateway.
    behind_s: float = 0.0
    ack_seconds: list[float] = field(default_factory=list)

    def quantile(self, share: float) -> float:
        """Return the time to ack that this share of the messages did not exceed, in seconds; nan without any."""
        return float(np.quantile(self.ack_seconds, share)) if self.ack_seconds else float("nan")


class _Line:
    """One connection with a queue before it."""

    def __init__(self, broker: Broker, client_id: str) -> None:
        self.link = Link(broker, Session(client_id=client_id, inflight=_INFLIGHT))
        self.queue: asyncio.Queue[Packet] = asyncio.Queue()
        self.delivered = 0

    async def work(self) -> None:
        """Deliver what comes, again and again until the broker has it."""
        while True:
            packet = await self.queue.get()
            while True:
                await self.link.wait_up()
                try:
                    await self.link.publish(packet)
                    break
                except LinkDownError:
                    await asyncio.sleep(0.05)
            self.delivered += 1
            self.queue.task_done()


class Fleet:
    """A fleet of homes, each with a pendant, a hub and a motion sensor. Use as an async context manager."""

    def __init__(
        self, broker: Broker, *, homes: int, connections: int = 4, prefix: str = "fleet", seed: int = 1
    ) -> None:
        self.homes = roster(homes, prefix)
        self.report = Report()
        self._boot = secrets.token_hex(4)
        self._seqs: Counter[str] = Counter()
        self._outbox = Outbox(window=1_000_000)
        self._rng = np.random.default_rng(seed)
        name = f"sim-{prefix}-{self._boot}"
        ear = Session(client_id=f"{name}-ear", subscriptions=(wire.ack_topic("+"),), subscribe_qos=0)
        self._ear = Link(broker, ear, self._heard)
        self._lines = [_Line(broker, f"{name}-{number}") for number in range(connections)]
        self._exits = AsyncExitStack()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        for link in (self._ear, *(line.link for line in self._lines)):
            await self._exits.enter_async_context(link)
            await link.established(_FIRST_SESSION_S)
        self._tasks = [asyncio.create_task(line.work()) for line in self._lines for _ in range(_INFLIGHT)]
        self._tasks.append(asyncio.create_task(self._repeat()))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.gather(*map(end, self._tasks))
        await self._exits.__aexit__(kind, error, trace)

    async def stream(self, rate: float, seconds: float) -> None:
        """Say ``rate`` messages a second for ``seconds``: six of ten motion, three heartbeats, one measurements."""
        loop = asyncio.get_running_loop()
        began, said, total = loop.time(), 0, round(rate * seconds)
        while said < total:
            due = min(total, int((loop.time() - began) * rate) + 1)
            for number in range(said, due):
                self._say_something(number)
            said = due
            await asyncio.sleep(_TICK_S)
            self.report.behind_s = max(self.report.behind_s, loop.time() - began - (said + rate * _TICK_S) / rate)

    def press(self, home: int) -> Key:
        """Press the pendant of a home (by its place in ``homes``); return the number of the press."""
        return self._send(home, self.homes[home].pendant, Channel.PRESS, {"button": "main"}, urgent=True)

    async def settled(self, within_s: float) -> Report:
        """Wait until all is delivered and acknowledged, at most so long; return the report."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await asyncio.gather(*(line.queue.join() for line in self._lines))
                while len(self._outbox):  # noqa: ASYNC110 - an event per ack would cost the benchmark what it measures
                    await asyncio.sleep(_TICK_S)
        self.report.delivered = sum(line.delivered for line in self._lines)
        self.report.unacknowledged = len(self._outbox)
        return self.report

    def _say_something(self, number: int) -> None:
        place = number % len(self.homes)
        home, dice = self.homes[place], self._rng.random()
        if dice < 0.6:
            sensor = Sensor(home.motion, SensorKind.PIR)
            self._enqueue(place, Packet(f"zigbee2mqtt/{home.motion}", sensor.payload(occupancy=True)))
            self.report.made += 1
        elif dice < 0.9:
            self._send(place, home.pendant, Channel.HEARTBEAT, {"battery": 90, "tamper": False, "firmware": "2.4.1"})
        else:
            value = Value("pulse", float(self._rng.integers(60, 85)), UNITS["pulse"])
            self._send(place, home.hub, Channel.MEASUREMENT, {"values": [value]})

    def _send(
        self, place: int, device: str, channel: Channel, fields: dict[str, object], *, urgent: bool = False
    ) -> Key:
        self._seqs[device] += 1
        self.report.made += 1
        key = Key(device, self._boot, self._seqs[device])
        packet, now = wire.up(key, channel, true_time(), fields), asyncio.get_running_loop().time()
        self._outbox.sent(self._outbox.put(key, packet, now, urgent=urgent), now)
        self._enqueue(place, packet)
        return key

    def _enqueue(self, place: int, packet: Packet) -> None:
        self._lines[place % len(self._lines)].queue.put_nowait(packet)

    def _heard(self, topic: str, payload: bytes) -> None:
        ack, now = wire.read_ack(payload), asyncio.get_running_loop().time()
        if ack is None or ack.boot != self._boot:
            return
        device = topic.split("/")[2]
        for pending in self._outbox.acknowledge(Key(device, ack.boot, seq) for seq in ack.seq):
            self.report.acknowledged += 1
            self.report.ack_seconds.append(now - pending.put_at)

    async def _repeat(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(0.25)
            for pending in self._outbox.due(loop.time()):
                self._outbox.sent(pending, loop.time())
                self.report.repeats += 1
                self._enqueue(0, pending.packet)
