"""Ending a task for certain."""

import asyncio
import contextlib


async def end(task: "asyncio.Task[None] | None") -> None:
    """Cancel a task and wait until it is over; what it raised otherwise is raised here.

    A cancellation can be swallowed: ``asyncio.wait_for`` of Python 3.11, which aiomqtt uses, returns normally when the
    thing waited for is done at the moment of cancelling (python/cpython#86296). So it is asked until it is over.
    """
    if task is None:
        return
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=0.5)
    with contextlib.suppress(asyncio.CancelledError):
        task.result()
