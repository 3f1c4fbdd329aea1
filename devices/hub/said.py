"""What the gateway says until it is heard: gone by once, confirmed each time, and never undone by what comes late.

Each word names its matter (``message``) and carries a ``number`` that grows; the highest holds (docs/asyncapi.yaml).
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, TypeVar

import msgspec
import structlog

from devices.hub.down import Handler, read
from devices.hub.health import Health
from devices.hub.memory import Fact, Memory
from devices.hub.queue import Queue
from devices.hub.storage import StorageFailedError
from store.clock import Clock

log = structlog.get_logger(__name__)

#: Matters remembered of a channel and device; the gateway names a new one for each alarm.
_MOST = 32
#: The gateway says settings for 30 days, and everything else for at most 12 hours.
_REMEMBERED = timedelta(days=31)


class Said(msgspec.Struct):
    """What everything that is said with a number has."""

    message: Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1)]
    number: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]


class _Highest(msgspec.Struct, frozen=True):
    number: int
    at: datetime


T = TypeVar("T", bound=Said)
#: Called with the device that is spoken to; returns whether the hub goes by it. If not, it is not confirmed either.
Obey = Callable[[str, T], bool]
#: By channel, and by message in it.
_Known = dict[str, dict[int, _Highest]]


class Numbers:
    """The highest number heard of each matter. They survive a restart."""

    def __init__(self, memory: Memory, queue: Queue, health: Health, clock: Clock, wake: Callable[[], None]) -> None:
        self._memory, self._queue, self._health = memory, queue, health
        self._clock, self._wake = clock, wake
        self._known = {name: self._remembered(name) for name in (health.name, *health.devices)}

    def handler(self, channel: str, form: type[T], obey: Obey[T]) -> Handler:
        """Return the handler of a channel. It raises what ``read`` raises."""

        def handle(device: str, payload: bytes) -> None:
            said = read(payload, form)
            known = self._known[device].get(channel, {}).get(said.message)
            highest = 0 if known is None else known.number
            if said.number < highest:
                return
            if said.number > highest:
                if not obey(device, said):
                    return
                self._note(device, channel, said)
            # It needs no disk: without it the gateway says the same again.
            self._queue.put_passing(device, "heard", {"message": said.message, "number": said.number}, said.message)
            self._wake()

        return handle

    def _note(self, device: str, channel: str, said: Said) -> None:
        now = self._clock.now()
        matters = self._known[device].setdefault(channel, {})
        matters.pop(said.message, None)
        matters[said.message] = _Highest(said.number, now)
        # Those in the future stay: a clock that was set back must not let an old word in.
        kept = {message: one for message, one in matters.items() if now - one.at < _REMEMBERED}
        self._known[device][channel] = dict(list(kept.items())[-_MOST:])
        try:
            self._memory.remember(device, Fact.SAID, msgspec.json.encode(self._known[device]).decode())
        except StorageFailedError:
            self._health.storage_failed()

    def _remembered(self, device: str) -> _Known:
        try:
            return msgspec.json.decode(self._memory.fact(device, Fact.SAID) or "{}", type=_Known)
        except msgspec.DecodeError:
            # It must not keep the hub from starting.
            log.warning("what was said before cannot be read any more", device=device)
            return {}
