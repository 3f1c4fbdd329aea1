"""A home's messages as a pure function of seed and start: daily life without a clock, a network or any waiting.

What is said is what the devices of a scenario say while it runs; only what needs an answer of the gateway is left out.
"""

import heapq
import itertools
import zlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np

from hemvakt_sim import rhythm, wire
from hemvakt_sim.packet import Packet
from hemvakt_sim.rhythm import Act
from hemvakt_sim.scenario import Home, Named
from hemvakt_sim.wire import UNITS, Channel, Key, Value
from hemvakt_sim.zigbee import Sensor, SensorKind

CHANGES: dict[Act, dict[str, bool]] = {
    Act.MOTION: {"occupancy": True},
    Act.STILL: {"occupancy": False},
    Act.OPEN: {"contact": False},
    Act.CLOSE: {"contact": True},
}
#: Minutes of the day at which somebody takes the pressure, morning and evening.
_MEASURED_AT = (8 * 60, 19 * 60)


class Said(NamedTuple):
    """One message before it is numbered: of a numbered device on a channel, or (None) of a Zigbee sensor."""

    at: datetime
    device: str
    channel: Channel | None
    fields: dict[str, object]


def of_home(
    home: Home, start: datetime, *, seed: int = 1, heartbeat_s: float = 60.0, check_in_s: float = 3000.0
) -> Iterator[Said]:
    """Yield what the devices of ``home`` say from ``start`` on (local time, naive), in order, for ever."""
    streams = [_life(home, start, seed)]
    for named in home.named():
        phase = zlib.crc32(f"{seed} {named.name}".encode()) / 2**32
        match named.kind:
            case "pendant":
                beat: dict[str, object] = {"battery": 96, "tamper": False, "firmware": "2.4.1"}
                streams.append(_every(named.name, Channel.HEARTBEAT, beat, start, heartbeat_s, phase))
            case "hub":
                streams.append(_every(named.name, Channel.HEARTBEAT, {"firmware": "1.8.0"}, start, heartbeat_s, phase))
                streams.append(_measurements(named.name, start, seed))
            case _:
                streams.append(_every(named.name, None, {}, start, check_in_s, phase))
    return heapq.merge(*streams, key=lambda said: said.at)


def _life(home: Home, start: datetime, seed: int) -> Iterator[Said]:
    at_place: dict[str, Named] = {named.place: named for named in home.named() if named.kind in {"pir", "door"}}
    if at_place:
        for seen in rhythm.life(seed, home.id, home.dwelling(), home.rhythm.habits(), start):
            yield Said(seen.at, at_place[seen.place].name, None, dict(CHANGES[seen.act]))


def _every(
    device: str, channel: Channel | None, fields: dict[str, object], start: datetime, seconds: float, phase: float
) -> Iterator[Said]:
    return (
        Said(start + timedelta(seconds=(number + phase) * seconds), device, channel, fields)
        for number in itertools.count()
    )


def _measurements(device: str, start: datetime, seed: int) -> Iterator[Said]:
    midnight = datetime.combine(start.date(), datetime.min.time())
    for day in itertools.count():
        rng = np.random.default_rng([seed, zlib.crc32(device.encode()), day])
        for minute in _MEASURED_AT:
            at = midnight + timedelta(days=day, minutes=minute + float(rng.normal(0, 10)))
            taken = {"systolic": rng.normal(134, 7), "diastolic": rng.normal(80, 5), "pulse": rng.normal(70, 5)}
            values = [Value(kind, round(float(value)), UNITS[kind]) for kind, value in taken.items()]
            if at >= start:
                yield Said(at, device, Channel.MEASUREMENT, {"values": values})


class Scribe:
    """Numbers messages and writes them as they go over the wire, for one home."""

    def __init__(self, home: Home, *, boot: str, base: str = "zigbee2mqtt") -> None:
        self._boot, self._base = boot, base
        self._seqs: dict[str, int] = {}
        self._sensors = {
            named.name: Sensor(named.name, SensorKind(named.kind))
            for named in home.named()
            if named.kind not in {"pendant", "hub"}
        }

    def packet(self, said: Said, time: datetime) -> Packet:
        """Return ``said`` with its number and ``time`` (aware) as the device's own."""
        if said.channel is None:
            return Packet(f"{self._base}/{said.device}", self._sensors[said.device].payload(**said.fields))
        number = self._seqs[said.device] = self._seqs.get(said.device, 0) + 1
        return wire.up(Key(said.device, self._boot, number), said.channel, time, said.fields)
