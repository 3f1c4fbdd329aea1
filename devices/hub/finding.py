"""Lets the hub be found: it says where it is for a while, again and again."""

import asyncio
from typing import Annotated

import msgspec
import structlog

from devices.hub.health import Health
from devices.hub.said import Said
from devices.hub.settings import Settings
from devices.hub.speech import LOUDEST, Speech

log = structlog.get_logger(__name__)

#: Time to take a step and listen.
_PAUSE_S = 3.0
#: Swedish and English; a device behind the hub can make no sound, but the strength of its signal leads to it.
_HUB = {"sv": "Här är hubben {name}.", "en": "Here is the hub {name}."}
_DEVICE = {
    "sv": "Här är hubben. {name} kan inte låta själv. Dess signal här är {signal}.",
    "en": "Here is the hub. {name} can make no sound. Its signal here is {signal}.",
}
_SIGNALS = {"good": "god", "fair": "måttlig", "weak": "svag", "unknown": "okänd"}


class FindMeSaid(Said):
    """``down/find_me``."""

    for_s: Annotated[int, msgspec.Meta(ge=1, le=300)]


class Finder:
    """Speaks only while nothing else is to be said, and at the loudest: somebody is looking for it."""

    def __init__(self, speech: Speech, health: Health, settings: Settings) -> None:
        self._speech, self._health, self._settings = speech, health, settings
        self._until: dict[str, float] = {}
        self._wanted = asyncio.Event()

    def find(self, device: str, said: FindMeSaid) -> bool:
        """Begin; return False when there is nothing to make a sound with."""
        if not self._speech.can_speak:
            log.warning("the hub cannot be found by its sound: the file has no say_command", device=device)
            return False
        self._until[device] = asyncio.get_running_loop().time() + said.for_s
        self._wanted.set()
        log.info("says where it is", device=device, for_s=said.for_s)
        return True

    async def run(self) -> None:
        """Speak whenever somebody looks, for ever."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            while looked_for := self._looked_for():
                for name in looked_for:
                    if self._speech.is_idle:
                        self._say(name)
                    await asyncio.sleep(_PAUSE_S)

    def _looked_for(self) -> list[str]:
        now = asyncio.get_running_loop().time()
        self._until = {name: until for name, until in self._until.items() if now < until}
        return list(self._until)

    def _say(self, name: str) -> None:
        voice = self._settings.voice(name)._replace(volume=LOUDEST)
        device = self._health.devices.get(name)
        if device is None:
            text = _HUB[voice.language].format(name=name)
        else:
            signal = device.signal if voice.language == "en" else _SIGNALS[device.signal]
            text = _DEVICE[voice.language].format(name=name, signal=signal)
        self._speech.say(text, voice)
