"""Scenario time: seconds since the start, that may go faster than true time."""

import asyncio


class Pace:
    """Maps scenario seconds to the event loop's clock. Only this module sleeps on behalf of a scenario."""

    def __init__(self, speed: float = 1.0) -> None:
        self.speed = speed
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()

    @property
    def elapsed(self) -> float:
        """Scenario seconds since the start."""
        return (self._loop.time() - self._began) * self.speed

    async def until(self, moment: float) -> None:
        """Sleep until ``moment`` scenario seconds after the start; a moment in the past lets the others run once."""
        await asyncio.sleep(max(0.0, (moment - self.elapsed) / self.speed))

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self.speed)
