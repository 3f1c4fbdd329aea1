"""Frames of one connection, in the order in which they came."""

import asyncio
from collections import deque
from datetime import datetime
from typing import NamedTuple


class Heard(NamedTuple):
    """A frame; ``at`` is the hub's time or None while its clock is not set; ``stored`` was asked for as a record."""

    characteristic: int
    frame: bytes
    at: datetime | None
    stored: bool


class Inbox:
    """A queue that can be looked into, and that ends when the connection does."""

    def __init__(self) -> None:
        self._frames: deque[Heard] = deque()
        self._changed = asyncio.Event()
        self.is_closed = False

    def __len__(self) -> int:
        return len(self._frames)

    def push(self, heard: Heard) -> None:
        self._frames.append(heard)
        self._changed.set()

    def close(self) -> None:
        """No more frames will come."""
        self.is_closed = True
        self._changed.set()

    async def first(self, seconds: float) -> Heard | None:
        """Return the oldest frame without taking it, or None when none comes within ``seconds`` or ever."""
        try:
            async with asyncio.timeout(seconds):
                while not self._frames:
                    if self.is_closed:
                        return None
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return None
        return self._frames[0]

    def take(self) -> Heard:
        """Remove the oldest frame and return it."""
        return self._frames.popleft()
