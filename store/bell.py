"""Wakes those who wait for news in the database, so that nobody has to poll fast."""

import asyncio
import threading
from collections import defaultdict
from contextlib import suppress
from typing import Self

Topic = str

#: A page may be waiting to be sent.
PAGES: Topic = "pages"
#: An alarm changed.
ALARMS: Topic = "alarms"
#: Homes, devices, assignments or settings changed.
ROSTER: Topic = "roster"
#: Something is to be said to a device.
DOWNLINK: Topic = "downlink"
TOPICS = (PAGES, ALARMS, ROSTER, DOWNLINK)


class Bell:
    """Rings topics across threads and event loops. A ring is a hint: who hears it looks in the database."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[Topic, set[tuple[asyncio.AbstractEventLoop, asyncio.Event]]] = defaultdict(set)

    def ring(self, topic: Topic) -> None:
        with self._lock:
            waiting = list(self._waiting[topic])
        for loop, event in waiting:
            # A loop that closed meanwhile has nobody left to wake.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(event.set)

    def listen(self, topic: Topic) -> "Listener":
        return Listener(self, topic)

    def add(self, topic: Topic, loop: asyncio.AbstractEventLoop, event: asyncio.Event) -> None:
        with self._lock:
            self._waiting[topic].add((loop, event))

    def remove(self, topic: Topic, loop: asyncio.AbstractEventLoop, event: asyncio.Event) -> None:
        with self._lock:
            self._waiting[topic].discard((loop, event))


class Listener:
    """Remembers rings between waits, so that none that came while its owner worked is missed.

    Use as a context manager: ``with bell.listen(ALARMS) as news: await news.wait(1.0)``.
    """

    def __init__(self, bell: Bell, topic: Topic) -> None:
        self._bell, self._topic = bell, topic
        self._loop = asyncio.get_running_loop()
        self._event = asyncio.Event()

    def __enter__(self) -> Self:
        self._bell.add(self._topic, self._loop, self._event)
        return self

    def __exit__(self, *_: object) -> None:
        self._bell.remove(self._topic, self._loop, self._event)

    async def wait(self, seconds: float) -> bool:
        """Wait for a ring, at most ``seconds``; tell whether there was one."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._event.wait()
        rung = self._event.is_set()
        self._event.clear()
        return rung
