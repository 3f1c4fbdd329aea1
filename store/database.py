"""The database as the rest of Hemvakt uses it: units of work, one writer on SQLite, rings after commits."""

import asyncio
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Self, TypeVar

import psycopg
from sqlalchemy import Connection, Engine, create_engine, text

from store import engines
from store.bell import TOPICS, Bell, Topic

T = TypeVar("T")
Work = Callable[[Connection], T]

_RINGS = "hemvakt_rings"
_CHANNEL = "hemvakt"


def announce(connection: Connection, topic: Topic) -> None:
    """Ring ``topic`` when the transaction of ``connection`` has committed; not at all if it does not."""
    connection.info.setdefault(_RINGS, set()).add(topic)


class Database:
    """Runs units of work: functions of a connection, each in one transaction, in a thread of its own.

    On SQLite one thread writes, so a write never finds the database locked by another and an abandoned waiter leaves no
    open transaction behind. Cancelling a waiter does not undo its work: its outcome is unknown then, never half done.
    """

    def __init__(self, url: str) -> None:
        """Open the database at ``url``. Raises NotDurableError, UnsupportedDatabaseError."""
        self.url = engines.parse_url(url)
        self.bell = Bell()
        self._name = uuid.uuid4().hex
        self._listening: threading.Thread | None = None
        self._closed = threading.Event()
        self.writer: Engine
        if self.url.get_backend_name() == "sqlite":
            self.writer = engines.sqlite_engine(self.url, writes=True)
            self.reader = engines.sqlite_engine(self.url, writes=False)
            writers = 1
        else:
            self.writer = self.reader = create_engine(
                self.url, pool_size=12, max_overflow=4, pool_pre_ping=True, hide_parameters=True
            )
            writers = 4
        engines.require_durable(self.writer)
        self._writes = ThreadPoolExecutor(writers, thread_name_prefix="store-write")
        self._aside = self._writes if self.is_sqlite else ThreadPoolExecutor(2, thread_name_prefix="store-aside")
        self._reads = ThreadPoolExecutor(8, thread_name_prefix="store-read")

    @property
    def is_sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    def submit(self, work: Work[T], *, aside: bool = False) -> Future[T]:
        """Queue a unit of work that writes.

        ``aside`` is for small works that take no lock others wait for: on PostgreSQL they pass by those that queue for
        one. A page must not wait behind two hundred presses that all want the desk's lock.
        """
        return (self._aside if aside else self._writes).submit(self._run, work)

    def write_now(self, work: Work[T]) -> T:
        """Run a unit of work that writes, and wait. For threads; never call it from an event loop."""
        return self.submit(work).result()

    async def write(self, work: Work[T], *, aside: bool = False) -> T:
        """Run a unit of work that writes; it has committed when this returns. ``aside`` as in :meth:`submit`."""
        return await asyncio.wrap_future(self.submit(work, aside=aside))

    async def read(self, work: Work[T]) -> T:
        """Run a unit of work that only reads."""
        return await asyncio.wrap_future(self._reads.submit(self._look, work))

    def read_now(self, work: Work[T]) -> T:
        """Run a unit of work that only reads, in the calling thread."""
        return self._look(work)

    def _look(self, work: Work[T]) -> T:
        with self.reader.connect() as connection:
            return work(connection)

    def _run(self, work: Work[T]) -> T:
        rings: set[Topic]
        with self.writer.connect() as connection:
            connection.info.pop(_RINGS, None)
            with connection.begin():
                result = work(connection)
                rings = connection.info.pop(_RINGS, set())
                if not self.is_sqlite:
                    for topic in sorted(rings):
                        notice = {"channel": _CHANNEL, "notice": f"{topic} {self._name}"}
                        connection.execute(text("SELECT pg_notify(:channel, :notice)"), notice)
        for topic in rings:
            self.bell.ring(topic)
        return result

    def hear_others(self) -> None:
        """Ring also when another process commits (PostgreSQL); on SQLite there is one process."""
        if self.is_sqlite or self._listening is not None:
            return
        self._listening = threading.Thread(target=self._hear, name="store-listen", daemon=True)
        self._listening.start()

    def _hear(self) -> None:
        target = self.url.set(drivername="postgresql").render_as_string(hide_password=False)
        while not self._closed.is_set():
            try:
                with psycopg.connect(target, autocommit=True) as connection:
                    connection.execute(f"LISTEN {_CHANNEL}")
                    # Something may have been committed while nobody listened.
                    for topic in TOPICS:
                        self.bell.ring(topic)
                    while not self._closed.is_set():
                        for notice in connection.notifies(timeout=0.5):
                            topic, _, name = notice.payload.partition(" ")
                            # Its own commits have rung already.
                            if name != self._name:
                                self.bell.ring(topic)
            except psycopg.OperationalError:
                # The database restarts. Those who wait poll as well, so nothing but speed is lost meanwhile.
                self._closed.wait(0.5)

    def close(self) -> None:
        """Finish the work that was queued, then let go of all connections."""
        self._closed.set()
        self._writes.shutdown(wait=True)
        self._aside.shutdown(wait=True)
        self._reads.shutdown(wait=True)
        if self._listening is not None:
            self._listening.join()
        self.writer.dispose()
        self.reader.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
