"""Says a sentence to whoever is in the room, by a program of the machine such as ``espeak-ng -v sv --stdin``."""

import asyncio
import os
import signal
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

import structlog

log = structlog.get_logger(__name__)

#: A sentence takes seconds; a program that hangs must not silence what comes after.
LIMIT_S = 30.0
LOUDEST = 100
#: Where they stand in a word of the command, the language (sv or en) and the volume (1 to 100) are put.
LANGUAGE, VOLUME = "{language}", "{volume}"
_MOST = 8
_LONGEST_TEXT = 300


class Voice(NamedTuple):
    """How something is said: in which language, sv or en, and how loud, in per cent; at 0 it is not said."""

    language: str = "sv"
    volume: int = LOUDEST


class _Sentence(NamedTuple):
    text: str
    voice: Voice
    urgent: bool


class Speech:
    """One sentence after the other, urgent ones first. Without a command it is silent.

    The text goes to the standard input of the command as one line, never into its arguments and through no shell: it
    comes over the network.
    """

    def __init__(self, command: Sequence[str], *, limit_s: float = LIMIT_S) -> None:
        self._command, self._limit_s = tuple(command), limit_s
        self._waiting: list[_Sentence] = []
        self._speaking = False
        self._changed = asyncio.Event()

    @property
    def can_speak(self) -> bool:
        return bool(self._command)

    @property
    def is_idle(self) -> bool:
        """Tell whether nothing is being said or waits for it."""
        return not self._speaking and not self._waiting

    def say(self, text: str, voice: Voice = Voice(), *, urgent: bool = False) -> None:  # noqa: B008 - it is immutable
        """Say it soon. When more waits than anybody would listen to, the oldest is left out."""
        if not self._command or not voice.volume:
            return
        before = sum(one.urgent for one in self._waiting) if urgent else len(self._waiting)
        self._waiting.insert(before, _Sentence(text, voice, urgent))
        if len(self._waiting) > _MOST:
            ordinary = (at for at, one in enumerate(self._waiting) if not one.urgent)
            del self._waiting[next(ordinary, 0)]
        self._changed.set()

    async def run(self) -> None:
        """Speak for ever; a program that fails is told in the log."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            while self._waiting:
                self._speaking = True
                try:
                    await self._speak(self._waiting.pop(0))
                finally:
                    self._speaking = False

    async def _speak(self, sentence: _Sentence) -> None:
        try:
            process = await asyncio.create_subprocess_exec(
                *(_with(word, sentence.voice) for word in self._command),
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
                await process.communicate(sentence.text.encode() + b"\n")
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


def plain(text: str) -> str:
    """Return text that came over the network as one line without control signs, at most 300 signs long."""
    line = "".join(" " if unicodedata.category(one).startswith("C") else one for one in text)
    return " ".join(line.split())[:_LONGEST_TEXT]


def _with(word: str, voice: Voice) -> str:
    return word.replace(LANGUAGE, voice.language).replace(VOLUME, str(voice.volume))
