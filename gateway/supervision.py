"""No half-alive gateway: when one part dies all of it ends, and a supervisor starts it again."""

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog

log = structlog.get_logger(__name__)

#: After the death of a part the others get this long to finish what they have in hand (invariant L6).
GRACE_S = 1.0


async def in_thread(name: str, body: Callable[[], None], stop: Callable[[], None]) -> None:
    """Run ``body`` in a thread of its own until it returns; its exception is raised here.

    When cancelled, call ``stop`` and wait for ``body`` to return.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def conclude(error: BaseException | None) -> None:
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)

    def run() -> None:
        error: BaseException | None = None
        try:
            body()
        except BaseException as raised:  # noqa: BLE001 - whatever ends the thread must end the process
            error = raised
        loop.call_soon_threadsafe(conclude, error)

    threading.Thread(target=run, name=name, daemon=True).start()
    try:
        await asyncio.shield(done)
    except asyncio.CancelledError:
        stop()
        # However often it is cancelled: a thread that is left alone would outlive the loop that it reports to.
        while not done.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([done])
        done.result()
        raise


async def vital(name: str, part: Awaitable[None], *, deadly: bool) -> None:
    """Await a part that the process cannot do without.

    With ``deadly`` its failure ends the process soon even if another part does not let go, of a lock or of a socket.
    """
    try:
        await part
    except Exception as error:
        log.critical("part_died", part=name, error=type(error).__name__, exc_info=error)
        if deadly:
            last = threading.Timer(GRACE_S, os._exit, (70,))
            last.daemon = True
            last.start()
        raise
