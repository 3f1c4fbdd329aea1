"""The database goes away for a while and comes back: who works with it waits, and goes on."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

import psycopg
import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

log = structlog.get_logger(__name__)
T = TypeVar("T")

_PAUSES_S = (0.1, 0.2, 0.5, 1.0)
#: The server answers, and says that its storage fails: to try again would only seem to work.
_STORAGE = (psycopg.errors.DiskFull, psycopg.errors.IoError, psycopg.errors.DataCorrupted)


def is_outage(error: BaseException) -> bool:
    """Tell whether the server is away, restarts, or has let go of us. A file, as SQLite's, is never away."""
    if isinstance(error, BaseExceptionGroup):
        return all(map(is_outage, error.exceptions))
    if isinstance(error, PoolTimeoutError):
        return True
    if not isinstance(error, DBAPIError) or isinstance(error.orig, _STORAGE):
        return False
    return error.connection_invalidated or isinstance(error.orig, psycopg.OperationalError)


async def through_outages(what: str, life: Callable[[], Awaitable[None]]) -> None:
    """Run ``life`` until it returns; begin another one when an outage has ended it. Anything else it raises is raised.

    A life must find in the database all that it needs to go on.
    """
    pauses = _pauses()
    while True:
        begun = time.monotonic()
        try:
            await life()
        except Exception as error:
            if not is_outage(error):
                raise
            log.warning("database_unavailable", part=what, error=type(error).__name__)
        else:
            return
        if time.monotonic() - begun > 2 * _PAUSES_S[-1]:
            pauses = _pauses()
        await asyncio.sleep(next(pauses))


def wait_for(work: Callable[[], T], patience_s: float) -> T:
    """Return what ``work`` does as soon as no outage stops it; raise that after ``patience_s``. It blocks."""
    until = time.monotonic() + patience_s
    for pause in _pauses():
        try:
            return work()
        except Exception as error:
            if not is_outage(error) or time.monotonic() > until:
                raise
            log.warning("database_unavailable", part="start", error=type(error).__name__)
            time.sleep(pause)
    raise AssertionError("pauses never end")


def _pauses() -> Iterator[float]:
    yield from _PAUSES_S
    while True:
        yield _PAUSES_S[-1]
