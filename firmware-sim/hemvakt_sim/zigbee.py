"""Zigbee sensors behind a Zigbee2MQTT bridge.

States and fields follow the device pages of zigbee2mqtt.io (RTCGQ11LM, MCCGQ11LM, SJCGQ11LM, TS0215A_sos); availability
and bridge state exist in two forms in the field, plain text (1.x) and JSON (2.x).
"""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum
from types import TracebackType
from typing import Self

import msgspec

from hemvakt_sim.broker import Broker
from hemvakt_sim.errors import LinkDownError
from hemvakt_sim.link import Link, Session
from hemvakt_sim.packet import Packet
from hemvakt_sim.tasks import end

#: A packet at which the broker hangs up this often is given up: nats-server does so at a space in a topic.
_HANG_UPS = 3


class Availability(StrEnum):
    """How this installation says that a device is there."""

    JSON = "json"
    PLAIN = "plain"

    def say(self, *, online: bool) -> bytes:
        word = "online" if online else "offline"
        return word.encode() if self is Availability.PLAIN else msgspec.json.encode({"state": word})


class SensorKind(StrEnum):
    """What a sensor is."""

    PIR = "pir"
    DOOR = "door"
    SMOKE = "smoke"
    LEAK = "leak"
    SOS = "sos"


_AT_REST: dict[SensorKind, dict[str, object]] = {
    SensorKind.PIR: {"occupancy": False, "illuminance": 24},
    SensorKind.DOOR: {"contact": True},
    SensorKind.SMOKE: {"smoke": False, "test": False},
    SensorKind.LEAK: {"water_leak": False},
    SensorKind.SOS: {},
}


@dataclass
class Sensor:
    """One paired device. ``name`` is its friendly name, which may contain slashes."""

    name: str
    kind: SensorKind
    battery: int = 100
    silent: bool = False
    state: dict[str, object] = field(default_factory=dict)

    def payload(self, **changes: object) -> bytes:
        """Apply ``changes`` and return the state as the bridge publishes it; an ``action`` is an event and not kept."""
        self.state.update({name: value for name, value in changes.items() if name != "action"})
        known = {"battery": self.battery, "linkquality": 120, "voltage": 2700 + 3 * self.battery}
        return msgspec.json.encode({**known, **_AT_REST[self.kind], **self.state, **changes})


class Bridge:
    """One Zigbee2MQTT and its sensors. Keeps what it could not deliver, in order. Use as an async context manager.

    Where homes share a broker each has its bridge at ``<base>/<home>``; its sensors' full names begin with the home.
    """

    def __init__(
        self,
        broker: Broker,
        *,
        home: str = "",
        base: str = "zigbee2mqtt",
        availability: Availability = Availability.JSON,
    ) -> None:
        self.base = base
        self.availability = availability
        self.sensors: dict[str, Sensor] = {}
        self.delivered = 0
        #: Topics that the broker hung up on; what was to be said there is lost.
        self.refused: list[str] = []
        name = f"{home}/bridge" if home else "bridge"
        online = Packet(f"{base}/{name}/state", availability.say(online=True), retain=True)
        offline = Packet(f"{base}/{name}/state", availability.say(online=False), retain=True)
        client_id = f"sim-{name.replace('/', '-')}"
        self.link = Link(broker, Session(client_id=client_id, birth=(online,), farewell=(offline,), will=offline))
        self._queue: deque[Packet] = deque()
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def undelivered(self) -> int:
        return len(self._queue)

    async def __aenter__(self) -> Self:
        await self.link.__aenter__()
        self._task = asyncio.create_task(self._deliver(), name=self.link.session.client_id)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await end(self._task)
        await self.link.__aexit__(kind, error, trace)

    def pair(self, sensor: Sensor) -> None:
        """Take a sensor in and say that it is available."""
        self.sensors[sensor.name] = sensor
        self.announce(sensor, online=True)

    def announce(self, sensor: Sensor, *, online: bool) -> None:
        topic = f"{self.base}/{sensor.name}/availability"
        self._put(Packet(topic, self.availability.say(online=online), retain=True))

    def report(self, sensor: Sensor, **changes: object) -> None:
        """Publish the state of a sensor after ``changes``, unless it has fallen silent."""
        payload = sensor.payload(**changes)
        if not sensor.silent:
            self._put(Packet(f"{self.base}/{sensor.name}", payload))

    def publish_raw(self, topic: str, payload: bytes) -> None:
        """Publish bytes of any kind below the base topic."""
        self._put(Packet(f"{self.base}/{topic}", payload))

    async def drained(self) -> None:
        """Wait until everything is delivered or refused."""
        while self._queue:
            self._changed.clear()
            await self._changed.wait()

    def _put(self, packet: Packet) -> None:
        self._queue.append(packet)
        self._changed.set()

    async def _deliver(self) -> None:
        failures = 0
        while True:
            await self.link.wait_up()
            if not self._queue:
                self._changed.clear()
                await self._changed.wait()
                continue
            packet = self._queue[0]
            try:
                await self.link.publish(packet)
                self.delivered += 1
                failures = 0
            except LinkDownError:
                failures += not self.link.up
                if failures < _HANG_UPS:
                    await asyncio.sleep(0.1)
                    continue
                self.refused.append(packet.topic)
                failures = 0
            self._queue.popleft()
            self._changed.set()
