"""A task that was told to stop stops, also where Python forgets that it was told."""

import asyncio


def heed_cancellation() -> None:
    """Stop here if this task was told to stop. To be called after what waits in ``asyncio.wait_for``, as aiomqtt does.

    ``asyncio.wait_for`` of Python 3.11 forgets a cancellation that comes in the same turn of the loop as what it waits
    for (python/cpython#86296); the task would then go on and never end.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
