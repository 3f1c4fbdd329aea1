"""Sends what waits, again and again, until the gateway says that it has it."""

import asyncio
import math
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from devices.hub.queue import Queue, Waiting
from devices.hub.storage import StorageFailedError

#: Messages of a lane in the air at a time: weeks of backlog go out in order, without a storm of repeats.
WINDOW = 16
#: Seconds between repeats: from the first, growing by the factor, to the longest.
_FIRST_S, _GROWTH, _LONGEST_S = 2.0, 1.5, 30.0
#: After a failed publish: the session may look alive for a moment longer than it is.
_AFTER_FAILURE_S = 0.1


class LinkDownError(Exception):
    """There is no session with the broker."""


class Uplink(Protocol):
    """Brings bytes to the broker."""

    async def ready(self) -> int:
        """Wait for a session; return its number, which is new for each."""
        ...

    async def publish(self, topic: str, payload: bytes) -> None:
        """Return when the broker has it. Raises LinkDownError."""
        ...


@dataclass
class _Attempt:
    due: float = -math.inf
    pause: float = _FIRST_S


class _Lane:
    """Messages of one urgency: the oldest ``WINDOW`` are in the air, each with a time for its next repeat."""

    def __init__(self, fetch: Callable[[int], list[Waiting]]) -> None:
        self._fetch = fetch
        self._attempts: dict[int, _Attempt] = {}
        self._session = 0
        self.changed = asyncio.Event()

    async def run(self, uplink: Uplink) -> None:
        loop = asyncio.get_running_loop()
        while True:
            session = await uplink.ready()
            if session != self._session:
                # A new session is a new chance: everything is due.
                self._session, self._attempts = session, {}
            self.changed.clear()
            waiting = self._in_the_air()
            one = next((one for one in waiting if self._attempts[one.id].due <= loop.time()), None)
            if one is None:
                due = min((self._attempts[one.id].due for one in waiting), default=math.inf)
                await self._pause(due - loop.time())
            else:
                await self._send(uplink, one, loop.time())

    def _in_the_air(self) -> list[Waiting]:
        waiting = self._fetch(WINDOW)
        self._attempts = {one.id: self._attempts.get(one.id) or _Attempt() for one in waiting}
        return waiting

    async def _send(self, uplink: Uplink, one: Waiting, now: float) -> None:
        attempt = self._attempts[one.id]
        attempt.due, attempt.pause = now + attempt.pause, min(attempt.pause * _GROWTH, _LONGEST_S)
        try:
            await uplink.publish(one.topic, one.payload)
        except LinkDownError:
            attempt.due = -math.inf
            await asyncio.sleep(_AFTER_FAILURE_S)

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(None if seconds == math.inf else max(0.0, seconds)):
                await self.changed.wait()


class Courier:
    """Two lanes, so that a press never stands behind a backlog. Only the gateway's own ack takes a message out."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self._lanes = (_Lane(queue.urgent), _Lane(queue.ordinary))

    def wake(self) -> None:
        """There is something new to send."""
        for lane in self._lanes:
            lane.changed.set()

    def acknowledged(self, device: str, boot: str, seqs: Iterable[int]) -> int:
        """Forget what the gateway has; return how many that were. A number that does not wait is no matter."""
        try:
            forgotten = self._queue.acknowledge(device, boot, seqs)
        except StorageFailedError:
            # It goes out again, and the gateway knows it by its number.
            return 0
        self.wake()
        return forgotten

    async def run(self, uplink: Uplink) -> None:
        """Send for ever."""
        async with asyncio.TaskGroup() as group:
            for lane in self._lanes:
                group.create_task(lane.run(uplink))
