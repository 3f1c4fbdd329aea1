"""Puts the hub together and runs it until it is told to stop."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

from devices.hub import page, radio
from devices.hub.config import HubConfig
from devices.hub.config_file import key
from devices.hub.courier import Courier, Uplink
from devices.hub.desk import Desk
from devices.hub.down import Down, acks
from devices.hub.finding import Finder, FindMeSaid
from devices.hub.health import Health
from devices.hub.heartbeat import Heartbeats
from devices.hub.help import AwaitedHelp, HelpSaid
from devices.hub.memory import Fact, Memory
from devices.hub.notices import Notices
from devices.hub.queue import Queue
from devices.hub.radio import ClientFactory, ScannerFactory
from devices.hub.rounds import Rounds
from devices.hub.said import Numbers, Said
from devices.hub.settings import Settings, SettingsSaid
from devices.hub.speech import Speech
from devices.hub.storage import Storage
from devices.hub.telling import Troubles
from devices.hub.timing import IsSynchronised, is_synchronised
from devices.hub.uplink import MqttUplink, OnChange, OnDown
from store.clock import Clock, SystemClock
from store.errors import HemvaktError


class RunningUplink(Uplink, Protocol):
    """An uplink with a task of its own."""

    async def run(self) -> None:
        """Hold a session for ever."""
        ...

    async def farewell(self) -> None:
        """End on purpose."""
        ...


#: Makes the way to the broker; it calls back for what comes down, and for a session's begin and end.
UplinkFactory = Callable[[HubConfig, OnDown, OnChange], RunningUplink]


class NoSuchDeviceError(HemvaktError):
    """No device of this name stands in the hub's file."""


@dataclass(frozen=True, kw_only=True)
class World:
    """What the hub reaches outside of itself."""

    scanner: ScannerFactory = radio.scanner
    client: ClientFactory = radio.client
    uplink: UplinkFactory = MqttUplink
    clock: Clock = field(default_factory=SystemClock)
    is_synchronised: IsSynchronised = is_synchronised
    #: Called with the port of the health page.
    listening: Callable[[int], None] = lambda _: None


@asynccontextmanager
async def running(config: HubConfig, world: World) -> AsyncIterator[Desk]:
    """Run a hub in the background of the block. A core task that fails ends the block with its error."""
    # These write the bytes they cannot read into their logs, and bytes are health values.
    for chatty in ("bthome_ble", "xiaomi_ble"):
        logging.getLogger(chatty).setLevel(logging.CRITICAL)
    storage = Storage(config.folder)
    try:
        queue = Queue(storage)
        courier = Courier(queue)
        speech = Speech(config.say_command)
        desk = _desk(config, world, storage, queue, courier.wake, speech)
        beats = Heartbeats(desk, can_ask=speech.can_speak)
        finder = Finder(speech, desk.health, desk.settings)
        down = _down(courier, desk, beats, finder)
        uplink = world.uplink(config, down.heard, lambda up: _connected(desk, up=up))
        keys = {device.name: key(device) for device in config.devices}
        rounds = Rounds(config, desk, keys, world.scanner, world.client)
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(uplink.run(), name="uplink"),
                group.create_task(courier.run(uplink), name="courier"),
                group.create_task(rounds.run(), name="rounds"),
                group.create_task(beats.beat(), name="heartbeat"),
                group.create_task(Troubles(desk).watch(), name="troubles"),
                group.create_task(speech.run(), name="speech"),
                group.create_task(finder.run(), name="finder"),
                group.create_task(page.serve(desk, config.page_port, world.listening), name="page"),
            ]
            try:
                yield desk
            finally:
                await uplink.farewell()
                for task in tasks:
                    task.cancel()
    finally:
        storage.close()


async def run(config: HubConfig, world: World | None = None) -> None:
    """Run a hub until the task is cancelled."""
    async with running(config, world or World()):
        await asyncio.Event().wait()


def forget(config: HubConfig, name: str) -> None:
    """Forget the bond and the counter of a device, after it was reset or got a new battery.

    The hub must not run meanwhile. Raises NoSuchDeviceError, StorageInUseError.
    """
    if name not in {device.name for device in config.devices}:
        raise NoSuchDeviceError(f"It is {name}.")
    storage = Storage(config.folder)
    try:
        Memory(storage).forget(name, Fact.BONDED, Fact.COUNTER, Fact.LAST_RECORD)
    finally:
        storage.close()


def _down(courier: Courier, desk: Desk, beats: Heartbeats, finder: Finder) -> Down:
    numbers = Numbers(desk.memory, desk.queue, desk.health, desk.clock, courier.wake)
    return Down(
        desk.settings.names,
        {
            "ack": acks(courier.acknowledged),
            "prompt": desk.notices.prompt,
            "reminder": desk.notices.remind,
            "help": numbers.handler("help", HelpSaid, desk.help.heard),
            "settings": numbers.handler("settings", SettingsSaid, desk.settings.change),
            "find_me": numbers.handler("find_me", FindMeSaid, finder.find),
            "firmware": numbers.handler("firmware", Said, beats.answer),
        },
    )


def _desk(
    config: HubConfig, world: World, storage: Storage, queue: Queue, wake: Callable[[], None], speech: Speech
) -> Desk:
    said, memory, clock = config.clock_is_set, Memory(storage), world.clock
    settings = Settings(config, memory)
    return Desk(
        storage=storage,
        queue=queue,
        memory=memory,
        settings=settings,
        notices=Notices(memory, clock, speech, settings, hub=config.name),
        help=AwaitedHelp(memory, clock, speech, settings, hub=config.name),
        health=Health.of(config, clock.now()),
        clock=clock,
        zone=config.zone,
        is_synchronised=world.is_synchronised if said is None else lambda: said,
        wake=wake,
    )


def _connected(desk: Desk, *, up: bool) -> None:
    desk.health.connected_since = desk.now() if up else None
