"""The devices of a scenario, built and connected."""

import asyncio
import contextlib
import math
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Self

from hemvakt_sim.broker import Broker
from hemvakt_sim.hub import VitalsHub
from hemvakt_sim.link import Link
from hemvakt_sim.pendant import Pendant
from hemvakt_sim.scenario import Home, Named, Scenario
from hemvakt_sim.zigbee import Bridge, Sensor, SensorKind

if TYPE_CHECKING:
    from hemvakt_sim.device import NumberedDevice


@dataclass
class HomeState:
    """One home while it is simulated."""

    home: Home
    bridge: Bridge
    places: dict[str, Sensor] = field(default_factory=dict)
    last_seen: str = ""
    #: Scenario time until which nobody moves here.
    lying_until: float = -math.inf


class Stage:
    """All devices of a scenario. Use as an async context manager."""

    def __init__(self, scenario: Scenario, broker: Broker, tell: Callable[[str, str], None]) -> None:
        self.scenario = scenario
        self.broker = broker
        self.tell = tell
        self.numbered: dict[str, NumberedDevice] = {}
        self.homes: dict[str, HomeState] = {}
        self._exits = AsyncExitStack()
        for home in scenario.homes:
            bridge = Bridge(broker, home=home.id, base=scenario.zigbee_base, availability=home.availability)
            state = self.homes[home.id] = HomeState(home, bridge)
            for device in home.named():
                self._build(device, state, broker)

    def _build(self, device: Named, state: HomeState, broker: Broker) -> None:
        if device.kind == "pendant":
            self.numbered[device.name] = Pendant(device.name, broker, tell=self.tell)
        elif device.kind == "hub":
            self.numbered[device.name] = VitalsHub(device.name, broker, tell=self.tell)
        else:
            sensor = Sensor(device.name, SensorKind(device.kind))
            state.bridge.pair(sensor)
            if sensor.kind in {SensorKind.PIR, SensorKind.DOOR}:
                state.places[device.place] = sensor

    async def __aenter__(self) -> Self:
        for bridge in self.bridges:
            await self._exits.enter_async_context(bridge)
        for device in self.numbered.values():
            await self._exits.enter_async_context(device)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._exits.__aexit__(kind, error, trace)

    def device(self, name: str) -> "NumberedDevice | Sensor":
        """Return the device of this name on the wire."""
        sensors = {name: sensor for bridge in self.bridges for name, sensor in bridge.sensors.items()}
        return self.numbered[name] if name in self.numbered else sensors[name]

    @property
    def bridges(self) -> list[Bridge]:
        """Return the bridges of the homes that have Zigbee devices."""
        return [state.bridge for state in self.homes.values() if state.bridge.sensors]

    def links(self, device: str | None, home: str | None) -> list[Link]:
        """Return the link of a device (a sensor's is its bridge's), those of a home, or all of them."""
        chosen: list[Link] = []
        for state in self.homes.values():
            names = {named.name for named in state.home.named()}
            if (home is None or home == state.home.id) and (device is None or device in names):
                own = names if device is None else {device}
                chosen += [self.numbered[name].link for name in sorted(own) if name in self.numbered]
                chosen += [state.bridge.link] if state.bridge.sensors.keys() & own else []
        return chosen

    async def settled(self, within_s: float) -> None:
        """Wait until everything said is delivered and acknowledged, at most ``within_s`` seconds."""
        speaking = (device.settled() for device in self.numbered.values() if not device.silent)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await asyncio.gather(*(bridge.drained() for bridge in self.bridges), *speaking)

    def unacknowledged(self) -> int:
        """Count messages without an ack, but for those inside devices that were made silent."""
        return sum(len(device.outbox) for device in self.numbered.values() if not device.silent)
