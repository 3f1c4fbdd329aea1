"""Says a sentence to whoever is in the room, by a program of the machine such as ``espeak-ng -v sv --stdin``."""

import asyncio
import os
import signal
from collections import deque
from collections.abc import Sequence
from contextlib import suppress

import structlog

log = structlog.get_logger(__name__)

#: A sentence takes seconds; a program that hangs must not silence what comes after.
LIMIT_S = 30.0
_MOST = 8


class Speech:
    """One sentence after the other, an urgent one first. Without a command it is silent.

    The text goes to the standard input of the command as one line, never into its arguments and through no shell: it
    comes over the network.
    """

    def __init__(self, command: Sequence[str], *, limit_s: float = LIMIT_S) -> None:
        self._command, self._limit_s = tuple(command), limit_s
        self._waiting: deque[str] = deque()
        self._changed = asyncio.Event()

    def say(self, text: str, *, urgent: bool = False) -> None:
        """Say it soon. When more waits than anybody would listen to, the oldest is left out."""
        if not self._command:
            return
        if urgent:
            self._waiting.appendleft(text)
        else:
            self._waiting.append(text)
        while len(self._waiting) > _MOST:
            # The oldest that is not urgent; an urgent one stands first.
            del self._waiting[1]
        self._changed.set()

    async def run(self) -> None:
        """Speak for ever; a program that fails is told in the log."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            while self._waiting:
                await self._speak(self._waiting.popleft())

    async def _speak(self, text: str) -> None:
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            log.warning("nothing can be said", reason=error.strerror)
            return
        try:
            async with asyncio.timeout(self._limit_s):
                await process.communicate(text.encode() + b"\n")
        except TimeoutError:
            log.warning("what says sentences did not end and was ended", limit_s=self._limit_s)
        finally:
            if process.returncode is None:
                # With all that it has started. It may have ended this moment.
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
        if process.returncode:
            log.warning("what says sentences failed", code=process.returncode)
