"""How the hub and its devices are to behave: what the file says, until the gateway says something else."""

import asyncio
from typing import Annotated, Any, Literal

import msgspec
import structlog

from devices.hub.config import HubConfig
from devices.hub.memory import Fact, Memory
from devices.hub.said import Said
from devices.hub.speech import LOUDEST, VOLUME, Voice
from devices.hub.storage import StorageFailedError

log = structlog.get_logger(__name__)

Interval = Annotated[int, msgspec.Meta(ge=10, le=86_400)]
Volume = Annotated[int, msgspec.Meta(ge=0, le=100)]


class SettingsSaid(Said):
    """``down/settings``; what is left out stays as it is."""

    heartbeat_s: Interval | None = None
    volume: Volume | None = None
    language: Literal["sv", "en"] | None = None


class _Set(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    heartbeat_s: Interval | None = None
    volume: Volume | None = None
    language: Literal["sv", "en"] | None = None


class Settings:
    """What was set for each name, over a restart too.

    A device behind the hub has no voice: the hub says in its language and at its volume what is said to it, by default
    in those of the hub itself.
    """

    def __init__(self, config: HubConfig, memory: Memory) -> None:
        self._config, self._memory = config, memory
        self._set = {name: self._remembered(name) for name in (config.name, *(one.name for one in config.devices))}
        #: Set at each change.
        self.changed = asyncio.Event()

    @property
    def names(self) -> frozenset[str]:
        """The hub's own, and those of its devices."""
        return frozenset(self._set)

    def change(self, device: str, said: SettingsSaid) -> bool:
        """Go by it from now on; return False when it cannot be kept: then it is not so after a restart either."""
        named = {name: getattr(said, name) for name in _Set.__struct_fields__}
        wanted = msgspec.structs.replace(self._set[device], **_given(named))
        try:
            self._memory.remember(device, Fact.SETTINGS, msgspec.json.encode(wanted).decode())
        except StorageFailedError:
            log.warning("settings could not be stored and are not gone by", device=device)
            return False
        self._set[device] = wanted
        log.info("settings", device=device, version=said.number, **_given(msgspec.structs.asdict(wanted)))
        for problem in self.problems():
            log.warning("a setting without effect", reason=problem)
        self.changed.set()
        return True

    def heartbeat_s(self, device: str) -> float:
        """Return the seconds between two heartbeats.

        What is set for the hub leaves those of its devices as they are: the gateway misses each by its own interval.
        """
        return self._set[device].heartbeat_s or self._config.heartbeat_s

    def voice(self, device: str) -> Voice:
        """Return how something is said that is said to this device."""
        own, hub = self._set[device], self._set[self._config.name]
        language = own.language or hub.language or self._config.language
        volume = hub.volume if own.volume is None else own.volume
        return Voice(language, LOUDEST if volume is None else volume)

    def problems(self) -> list[str]:
        """Say which settings have no effect, and why."""
        if not self._config.say_command or any(VOLUME in word for word in self._config.say_command):
            return []
        # Silence needs no help of the program.
        softer = [name for name, one in self._set.items() if one.volume not in {None, 0, LOUDEST}]
        return [f"The volume set for {name} has no effect: say_command has no {VOLUME}." for name in softer]

    def _remembered(self, device: str) -> _Set:
        try:
            return msgspec.json.decode(self._memory.fact(device, Fact.SETTINGS) or "{}", type=_Set)
        except msgspec.DecodeError:
            # It must not keep the hub from starting.
            log.warning("settings cannot be read any more; the file holds", device=device)
            return _Set()


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
