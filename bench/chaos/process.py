"""A process that is killed and started again, as a supervisor does it."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from pathlib import Path

from gateway.children import end, spawn

#: How long a supervisor waits before it starts again what has ended by itself.
RESTART_S = 1.0


class Supervised:
    """Runs ``arguments`` of this Python until ``stop``; what ends is started again."""

    def __init__(self, name: str, log: Path, *arguments: str) -> None:
        self.name = name
        self.kills = self.deaths = 0
        #: Exit codes of those that ended by themselves.
        self.codes: list[int] = []
        self._log, self._arguments = log, arguments
        self._process: asyncio.subprocess.Process | None = None
        self._held_until = 0.0
        self._keeper: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        running = self._process is not None and self._process.returncode is None
        return self._process.pid if running and self._process is not None else None

    def start(self) -> None:
        self._keeper = asyncio.create_task(self._keep(), name=self.name)

    def kill(self, pause_s: float) -> None:
        """Kill with SIGKILL, and do not start again for ``pause_s``."""
        self._held_until = time.monotonic() + pause_s
        if self.pid is not None:
            self.kills += 1
            os.kill(self.pid, signal.SIGKILL)

    def kill_child(self, name: str) -> bool:
        """Kill a child of the process by the name of its program; tell whether there was one."""
        for pid in children(self.pid or 0):
            with contextlib.suppress(OSError):
                if name.encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
                    os.kill(pid, signal.SIGKILL)
                    return True
        return False

    async def stop(self, patience_s: float) -> int | None:
        """End in order; return the exit code, negative when it had to be killed."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        if self._process is None:
            return None
        await end(self._process, patience_s)
        return self._process.returncode

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(max(0.0, self._held_until - time.monotonic()))
            with self._log.open("ab") as output:
                self._process = await spawn(Path(sys.executable), *self._arguments, output=output)
            code = await self._process.wait()
            if code != -signal.SIGKILL:
                self.deaths += 1
                self.codes.append(code)
                await asyncio.sleep(RESTART_S)


def children(pid: int) -> list[int]:
    """Return the processes that ``pid`` has started itself."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += map(int, (task / "children").read_text().split())
    return found
