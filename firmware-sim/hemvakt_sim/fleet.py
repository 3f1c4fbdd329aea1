"""Many homes over few connections, at a chosen rate: for benchmarks and load tests.

What is said is what single devices say; only last wills are left out, since the homes of a fleet share connections.
"""

import asyncio
import contextlib
import math
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import NamedTuple, Self

import numpy as np

from hemvakt_sim import wire
from hemvakt_sim.broker import Broker
from hemvakt_sim.device import true_time
from hemvakt_sim.diary import Said
from hemvakt_sim.errors import LinkDownError
from hemvakt_sim.fleet_faults import FleetFault, FleetTroubles
from hemvakt_sim.link import Link, Session
from hemvakt_sim.outbox import Outbox, Pending
from hemvakt_sim.packet import Packet
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
    #: Packets that a bad network swallowed, and those that it made of others.
    swallowed: int = 0
    added: int = 0
    #: Most seconds by which the fleet was late against its own schedule; a slow machine, not a slow gateway.
    behind_s: float = 0.0
    ack_seconds: list[float] = field(default_factory=list)

    def quantile(self, share: float) -> float:
        """Return the time to ack that this share of the messages did not exceed, in seconds; nan without any."""
        return float(np.quantile(self.ack_seconds, share)) if self.ack_seconds else float("nan")

    def __str__(self) -> str:
        faults = f", {self.swallowed} lost and {self.added} added on the way" if self.swallowed or self.added else ""
        times = (
            "/".join(f"{self.quantile(share) * 1000:.0f}" for share in (0.5, 0.99, 1.0)) if self.ack_seconds else "-"
        )
        return (
            f"{self.made} messages, {self.delivered} delivered with {self.repeats} repeats{faults}; "
            f"{self.acknowledged} acknowledged (p50/p99/max {times} ms), {self.unacknowledged} without acknowledgement"
        )


class _Going(NamedTuple):
    """A packet on its way, and the message that is repeated until it is acknowledged; None for a sensor's."""

    packet: Packet
    pending: Pending | None
    again: bool = False


class _Line:
    """One connection with a queue before it."""

    def __init__(self, broker: Broker, client_id: str, on_delivered: Callable[["_Going"], None]) -> None:
        self.link = Link(broker, Session(client_id=client_id, inflight=_INFLIGHT))
        self.queue: asyncio.Queue[_Going] = asyncio.Queue()
        self.delivered = 0
        self._on_delivered = on_delivered

    async def work(self) -> None:
        """Deliver what comes, again and again until the broker has it."""
        while True:
            going = await self.queue.get()
            while True:
                await self.link.wait_up()
                try:
                    await self.link.publish(going.packet)
                    break
                except LinkDownError:
                    await asyncio.sleep(0.05)
            self.delivered += 1
            self._on_delivered(going)
            self.queue.task_done()


class Fleet:
    """A fleet of homes, each with a pendant, a hub and a motion sensor. Use as an async context manager."""

    def __init__(
        self,
        broker: Broker,
        *,
        homes: int,
        connections: int = 4,
        prefix: str = "fleet",
        seed: int = 1,
        faults: Sequence[FleetFault] = (),
    ) -> None:
        self.homes = roster(homes, prefix)
        self.report = Report()
        self._boot = secrets.token_hex(4)
        self._seqs: Counter[str] = Counter()
        self._outbox = Outbox(window=1_000_000)
        self._rng = np.random.default_rng(seed)
        self._place_of = {name: place for place, home in enumerate(self.homes) for name in (home.pendant, home.hub)}
        self._sensors: dict[str, Sensor] = {}
        self._troubles = FleetTroubles(faults, seed) if faults else None
        #: Boots of homes that have started anew, and of second senders; all others have the fleet's own.
        self._boots: dict[str, str] = {}
        self._began = 0.0
        self._due: float | None = None
        self._held = 0
        name = f"sim-{prefix}-{self._boot}"
        ear = Session(client_id=f"{name}-ear", subscriptions=(wire.ack_topic("+"),), subscribe_qos=0)
        self._ear = Link(broker, ear, self._heard)
        self._lines = [_Line(broker, f"{name}-{number}", self._delivered) for number in range(connections)]
        self._exits = AsyncExitStack()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        for link in (self._ear, *(line.link for line in self._lines)):
            await self._exits.enter_async_context(link)
            await link.established(_FIRST_SESSION_S)
        self._tasks = [asyncio.create_task(line.work()) for line in self._lines for _ in range(_INFLIGHT)]
        self._tasks.append(asyncio.create_task(self._repeat()))
        self._began = asyncio.get_running_loop().time()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.gather(*map(end, self._tasks))
        await self._exits.__aexit__(kind, error, trace)

    async def stream(self, rate: float, seconds: float) -> None:
        """Say ``rate`` messages a second for ``seconds``: six of ten motion, three heartbeats, one measurements."""
        loop = asyncio.get_running_loop()
        self._began = began = loop.time()
        said, total, happened = 0, round(rate * seconds), 0.0
        while said < total:
            due = min(total, int((loop.time() - began) * rate) + 1)
            for number in range(said, due):
                with self._on_time(number / rate):
                    self._say_something(number)
            said = due
            happened = self._make_happen(happened)
            await asyncio.sleep(_TICK_S)
            self.report.behind_s = max(self.report.behind_s, loop.time() - began - (said + rate * _TICK_S) / rate)
        self._make_happen(happened)

    async def live(self, diary: Iterable[tuple[float, int, Said]]) -> None:
        """Say what a diary says: (seconds from now, place of the home, what), in order."""
        loop = asyncio.get_running_loop()
        self._began = began = loop.time()
        for at, place, said in diary:
            late = loop.time() - began - at
            # Also when late: the connections need their turn.
            await asyncio.sleep(max(0.0, -late))
            self.report.behind_s = max(self.report.behind_s, late)
            with self._on_time(at):
                self.say(place, said)

    def say(self, place: int, said: Said) -> None:
        """Say one thing in a home."""
        if said.channel is not None:
            self._send(place, said.device, said.channel, said.fields)
            return
        kind = SensorKind.DOOR if said.device.endswith("-door") else SensorKind.PIR
        sensor = self._sensors.setdefault(said.device, Sensor(said.device, kind))
        self.report.made += 1
        self._enqueue(place, _Going(Packet(f"zigbee2mqtt/{said.device}", sensor.payload(**said.fields)), None))

    def press(self, home: int) -> Key:
        """Press the pendant of a home (by its place in ``homes``); return the number of the press."""
        return self._send(home, self.homes[home].pendant, Channel.PRESS, {"button": "main"}, urgent=True)

    def backlog(self) -> tuple[int, int]:
        """Return how many messages the broker does not have yet, and how many have no ack yet; some are both."""
        return sum(line.queue.qsize() for line in self._lines), len(self._outbox)

    async def settled(self, within_s: float) -> Report:
        """Wait until all is delivered and acknowledged, at most so long; return the report."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await asyncio.gather(*(line.queue.join() for line in self._lines))
                while len(self._outbox) or self._held:  # noqa: ASYNC110 - an event per ack would cost the benchmark what it measures
                    await asyncio.sleep(_TICK_S)
        self.report.delivered = sum(line.delivered for line in self._lines)
        self.report.unacknowledged = len(self._outbox)
        return self.report

    def _say_something(self, number: int) -> None:
        place = number % len(self.homes)
        home, dice = self.homes[place], self._rng.random()
        if dice < 0.6:
            sensor = Sensor(home.motion, SensorKind.PIR)
            self._enqueue(place, _Going(Packet(f"zigbee2mqtt/{home.motion}", sensor.payload(occupancy=True)), None))
            self.report.made += 1
        elif dice < 0.9:
            battery = self._troubles.battery(place, self._now()) if self._troubles else 90.0
            self._send(
                place, home.pendant, Channel.HEARTBEAT, {"battery": battery, "tamper": False, "firmware": "2.4.1"}
            )
        else:
            value = Value("pulse", float(self._rng.integers(60, 85)), UNITS["pulse"])
            self._send(place, home.hub, Channel.MEASUREMENT, {"values": [value]})

    @contextlib.contextmanager
    def _on_time(self, due: float) -> Iterator[None]:
        """Count what is said now as said at ``due``: what a fault does to it must not depend on how busy we are."""
        self._due = due
        try:
            yield
        finally:
            self._due = None

    def _now(self) -> float:
        """Seconds since the fleet began to speak."""
        return asyncio.get_running_loop().time() - self._began if self._due is None else self._due

    def _make_happen(self, since: float) -> float:
        """Do what faults ask for between ``since`` and now; return now."""
        now = self._now()
        if self._troubles is None:
            return now
        for place, do in self._troubles.deeds(since, now, len(self.homes)):
            pendant = self.homes[place].pendant
            match do:
                case "reboot":
                    self._boots[pendant] = secrets.token_hex(4)
                    self._seqs[pendant] = 0
                case "sequence_reset":
                    self._seqs[pendant] = 0
                case "clone":
                    # Another boot: the second sender counts for itself.
                    mine, count = self._boots.get(pendant, self._boot), self._seqs[pendant]
                    self._boots[pendant], self._seqs[pendant] = secrets.token_hex(4), 0
                    self.press(place)
                    self._boots[pendant], self._seqs[pendant] = mine, count
                case "storm":
                    beat = {"battery": 90, "tamper": False, "firmware": "2.4.1"}
                    self._send(place, pendant, Channel.HEARTBEAT, beat)
        return now

    def _send(
        self, place: int, device: str, channel: Channel, fields: dict[str, object], *, urgent: bool = False
    ) -> Key:
        self._seqs[device] += 1
        self.report.made += 1
        key = Key(device, self._boots.get(device, self._boot), self._seqs[device])
        time = self._troubles.clock(place, self._now(), true_time()) if self._troubles else true_time()
        packet, now = wire.up(key, channel, time, fields), asyncio.get_running_loop().time()
        self._say(place, self._outbox.put(key, packet, now, urgent=urgent))
        return key

    def _say(self, place: int, pending: Pending, *, again: bool = False) -> None:
        """Send a message. It is due again only some time after the broker has it: what waits here needs no repeat."""
        pending.due = math.inf
        self._enqueue(place, _Going(pending.packet, pending, again))

    def _delivered(self, going: _Going) -> None:
        if going.pending is not None:
            self._outbox.sent(going.pending, asyncio.get_running_loop().time())

    def _enqueue(self, place: int, going: _Going) -> None:
        if self._troubles is None:
            self._lines[place % len(self._lines)].queue.put_nowait(going)
            return
        now = self._now()
        down_s = self._troubles.down_for(place, now)
        if down_s:
            self._hold(down_s, self._enqueue, place, going)
            return
        fates = self._troubles.fates(place, now, going.packet, again=going.again)
        self.report.swallowed += not fates
        self.report.added += max(0, len(fates) - 1)
        if not fates:
            # The sender cannot know.
            self._delivered(going)
        for delay_s, changed in fates:
            put = self._lines[place % len(self._lines)].queue.put_nowait
            self._hold(delay_s, put, _Going(changed, going.pending, going.again))

    def _hold(self, seconds: float, do: Callable[..., None], *what: object) -> None:
        """Do something later, at once for 0; the fleet has not settled before."""
        if not seconds:
            do(*what)
            return
        self._held += 1

        def later() -> None:
            self._held -= 1
            do(*what)

        asyncio.get_running_loop().call_later(seconds, later)

    def _heard(self, topic: str, payload: bytes) -> None:
        ack, now = wire.read_ack(payload), asyncio.get_running_loop().time()
        device = topic.split("/")[2]
        if ack is None or device not in self._place_of:
            return
        if self._troubles and not self._troubles.lets_in(self._place_of[device], self._now()):
            return
        for pending in self._outbox.acknowledge(Key(device, ack.boot, seq) for seq in ack.seq):
            self.report.acknowledged += 1
            self.report.ack_seconds.append(now - pending.put_at)

    async def _repeat(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(0.25)
            for pending in self._outbox.due(loop.time()):
                self.report.repeats += 1
                self._say(self._place_of[pending.key.device], pending, again=True)
