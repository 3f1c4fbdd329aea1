"""What the gateway asks of the resident: shown and spoken when it comes, kept until it was done or its time is over."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Annotated

import msgspec
import structlog

from devices.hub.down import read
from devices.hub.memory import Fact, Memory
from devices.hub.settings import Settings
from devices.hub.speech import Speech, Voice, plain
from devices.hub.storage import StorageFailedError
from store.clock import Clock

log = structlog.get_logger(__name__)

#: A reminder that does not say until when it holds, and one that says too much.
_HOLDS, _LONGEST = timedelta(hours=4), timedelta(hours=24)
_MOST = 16

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=160)]


class _Reminder(msgspec.Struct):
    reminder: Id
    sv: str
    en: str
    measure: Annotated[str, msgspec.Meta(max_length=32)] = ""
    until: datetime | None = None


class _Prompt(msgspec.Struct):
    prompt: Id
    sv: str
    en: str
    within_s: Annotated[float, msgspec.Meta(gt=0, le=3600)]


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """Something to show until ``until``, or until ``measure`` (a kind of value) was measured where it names one.

    A question names the ``device`` that is asked, and by which it is answered.
    """

    id: str
    text: str
    until: datetime
    measure: str = ""
    device: str = ""


class Notices:
    """At most a handful of notices; they survive a restart. A notice that comes again is not said again."""

    def __init__(self, memory: Memory, clock: Clock, speech: Speech, settings: Settings, *, hub: str) -> None:
        self._memory, self._clock, self._speech = memory, clock, speech
        self._settings, self._hub = settings, hub
        self._notices: list[Notice] = []
        # A reminder that cannot be read any more must not keep the hub from starting.
        with suppress(msgspec.DecodeError):
            self._notices = msgspec.json.decode(memory.fact(hub, Fact.NOTICES) or "[]", type=list[Notice])

    def remind(self, device: str, payload: bytes) -> None:
        """Handle ``down/reminder``. The same one comes to every device of the resident. Raises msgspec.DecodeError."""
        said, now, voice = read(payload, _Reminder), self._clock.now(), self._settings.voice(device)
        asked = said.until if said.until is not None and said.until.tzinfo is not None else now + _HOLDS
        until = min(asked, now + _LONGEST)
        self._add(Notice(id=said.reminder, text=_text(said, voice), until=until, measure=said.measure), voice)

    def prompt(self, device: str, payload: bytes) -> None:
        """Handle ``down/prompt``; the page takes the answer. Raises msgspec.DecodeError."""
        said, voice = read(payload, _Prompt), self._settings.voice(device)
        until = self._clock.now() + timedelta(seconds=said.within_s)
        self._add(Notice(id=said.prompt, text=_text(said, voice), until=until, device=device), voice, urgent=True)

    def questions(self) -> list[Notice]:
        """Return the questions that can be answered now, oldest first."""
        return [one for one in self.standing() if one.device]

    def answered(self, question: Notice) -> None:
        """The resident has answered: it is shown no more."""
        self._keep([one for one in self.standing() if one.id != question.id])

    def measured(self, kinds: Iterable[str]) -> None:
        """A measurement of these kinds was taken over."""
        done = set(kinds)
        self._keep([one for one in self.standing() if one.measure not in done])

    def standing(self) -> list[Notice]:
        """Return what is to be shown now, oldest first."""
        now = self._clock.now()
        # Neither does one stay for ever when the clock is set back.
        return [one for one in self._notices if now < one.until <= now + _LONGEST]

    def _add(self, notice: Notice, voice: Voice, *, urgent: bool = False) -> None:
        standing = self.standing()
        if any(one.id == notice.id for one in standing) or notice.until <= self._clock.now():
            return
        self._keep([*standing, notice][-_MOST:])
        self._speech.say(notice.text, voice, urgent=urgent)
        # Which measurement is expected of whom is nobody's business who reads a log.
        log.info("something to tell the resident")

    def _keep(self, notices: list[Notice]) -> None:
        if notices == self._notices:
            return
        self._notices = notices
        try:
            self._memory.remember(self._hub, Fact.NOTICES, msgspec.json.encode(notices).decode())
        except StorageFailedError:
            log.warning("what the resident is told is only in memory")


def _text(said: _Reminder | _Prompt, voice: Voice) -> str:
    return plain(said.en if voice.language == "en" else said.sv)
