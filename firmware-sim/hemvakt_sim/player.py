"""Replays a recording through the wire, as the devices that would have said it."""

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, tzinfo
from types import TracebackType
from typing import Self, TypeVar

from hemvakt_sim.broker import Broker
from hemvakt_sim.device import NumberedDevice
from hemvakt_sim.hub import VitalsHub
from hemvakt_sim.pace import Pace
from hemvakt_sim.pendant import Pendant
from hemvakt_sim.recordings.record import Bad, Felt, Foreign, Measured, Record, Seen
from hemvakt_sim.zigbee import Bridge, Sensor, SensorKind

_FIRST_SESSION_S, _SETTLE_S = 15.0, 30.0
#: Messages without an ack, or undelivered, before the replay waits for the gateway.
_AHEAD = 200

_Joining = TypeVar("_Joining", Pendant, VitalsHub, Bridge)


@dataclass(frozen=True, kw_only=True)
class Manner:
    """How to replay. ``speed`` None is as fast as the gateway takes it.

    With ``zone`` messages carry the recording's own time in that zone; without, true time.
    ``device`` names the one device (pendant, hub) or home of the recording, or begins their names where it has many.
    """

    device: str
    single: bool
    speed: float | None = 1.0
    zone: tzinfo | None = None


@dataclass(kw_only=True)
class Tally:
    """What became of a recording."""

    sent: int = 0
    bad: int = 0
    foreign: int = 0
    unacknowledged: int = 0

    def __str__(self) -> str:
        return (
            f"{self.sent} records sent, {self.bad} bad and left out, {self.foreign} without a message on our wire, "
            f"{self.unacknowledged} without acknowledgement"
        )


class Player:
    """Plays one recording. Use as an async context manager, then ``play``."""

    def __init__(self, broker: Broker, manner: Manner, tell: Callable[[str, str], None]) -> None:
        self.tally = Tally()
        self._broker = broker
        self._manner = manner
        self._tell = tell
        self._exits = AsyncExitStack()
        self._pendants: dict[str, Pendant] = {}
        self._hubs: dict[str, VitalsHub] = {}
        self._bridges: dict[str, Bridge] = {}

    async def __aenter__(self) -> Self:
        await self._exits.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._exits.__aexit__(kind, error, trace)

    async def play(self, records: Iterable[Record | Bad | Foreign]) -> Tally:
        """Replay everything, then wait for the last acks. Raises RecordingError or BrokerUnreachableError."""
        pace = Pace(self._manner.speed or 1.0)
        first: datetime | None = None
        for record in records:
            if not isinstance(record, Record):
                self._left_out(record)
                continue
            first = first or record.at
            if self._manner.speed is not None:
                await pace.until((record.at - first).total_seconds())
            await self._say(record)
            self.tally.sent += 1
        await self._settle()
        return self.tally

    def _left_out(self, record: Bad | Foreign) -> None:
        if isinstance(record, Bad):
            self.tally.bad += 1
            self._tell(f"{record.where}:{record.line}", record.reason)
        else:
            self.tally.foreign += 1

    async def _say(self, record: Record) -> None:
        name = self._manner.device if self._manner.single else f"{self._manner.device}-{record.subject}"
        time = None if self._manner.zone is None else record.at.replace(tzinfo=self._manner.zone)
        match record.said:
            case Seen() as seen:
                await self._report(name, seen)
            case Measured() as measured:
                hub = await self._joined(self._hubs, name, lambda: VitalsHub(name, self._broker))
                hub.send_values(measured.values, time=time)
                await _not_too_far_ahead(hub)
            case Felt() as felt:
                pendant = await self._joined(self._pendants, name, lambda: Pendant(name, self._broker))
                pendant.feel(felt.window, ended=time)
                await _not_too_far_ahead(pendant)

    async def _report(self, home: str, seen: Seen) -> None:
        bridge = await self._joined(self._bridges, home, lambda: Bridge(self._broker, home=home))
        name = f"{home}/{seen.place}" if seen.kind is SensorKind.DOOR else f"{home}/{seen.place}/{seen.kind}"
        if name not in bridge.sensors:
            bridge.pair(Sensor(name, seen.kind))
        bridge.report(bridge.sensors[name], **seen.changes)
        if bridge.undelivered > _AHEAD:
            await bridge.drained()

    async def _joined(self, known: dict[str, _Joining], name: str, make: Callable[[], _Joining]) -> _Joining:
        if name not in known:
            known[name] = await self._exits.enter_async_context(make())
            await known[name].link.established(_FIRST_SESSION_S)
        return known[name]

    async def _settle(self) -> None:
        numbered = [*self._pendants.values(), *self._hubs.values()]
        waits = [device.settled() for device in numbered] + [bridge.drained() for bridge in self._bridges.values()]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_SETTLE_S):
                await asyncio.gather(*waits)
        self.tally.unacknowledged = sum(len(device.outbox) for device in numbered)


async def _not_too_far_ahead(device: NumberedDevice) -> None:
    while len(device.outbox) > _AHEAD:
        await device.acked(device.outbox.waiting()[0])
    await asyncio.sleep(0)
