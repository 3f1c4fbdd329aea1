"""The home hub beside the gateway, on one machine: a child of ``hemvakt up`` that is started again when it dies.

It is a process of its own: Bluetooth, its bus and its driver may fail in any way, and the alarms of other homes must
not notice. Whoever depends on the hub hears of its silence like of that of every other hub.
"""

import asyncio
from pathlib import Path

import structlog

from devices.hub import config_file
from gateway.children import end, find, spawn

log = structlog.get_logger(__name__)

_PAUSES_S = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
#: A hub that has run this long was well: the next failure is a first one again.
_WELL_S = 120.0
#: It says goodbye to the broker, and ends its visits.
_STOP_S = 10.0


class HubChild:
    """``hemvakt hub FILE`` as a child. The file is read at once: an error in it is told before anything runs."""

    def __init__(self, file: Path, *, log_json: bool = False) -> None:
        """Raises BadConfigError, with the line of each problem, and ProgramMissingError."""
        self.config = config_file.read(file)
        self.starts = 0
        self._program = find("hemvakt")
        self._arguments = ["hub", *(["--log-json"] if log_json else []), str(file.absolute())]
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    async def run(self) -> None:
        """Keep it running until cancelled."""
        loop = asyncio.get_running_loop()
        failures = 0
        try:
            while True:
                begun = loop.time()
                code = await self._once()
                failures = 0 if loop.time() - begun > _WELL_S else failures
                pause = _PAUSES_S[min(failures, len(_PAUSES_S) - 1)]
                failures += 1
                log.error("hub_died", code=code, again_in_s=pause)
                await asyncio.sleep(pause)
        finally:
            if self._process is not None:
                await end(self._process, _STOP_S)

    async def _once(self) -> int:
        self._process = await spawn(self._program, *self._arguments)
        self.starts += 1
        log.info("hub_started", hub=self.config.name, pid=self._process.pid)
        return await self._process.wait()
