"""What the gateway asks of the resident: shown and spoken when it comes, kept until it was done or its time is over."""

import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Annotated

import msgspec
import structlog

from devices.hub.down import read
from devices.hub.memory import Fact, Memory
from devices.hub.speech import Speech
from devices.hub.storage import StorageFailedError
from store.clock import Clock

log = structlog.get_logger(__name__)

#: A reminder that does not say until when it holds, and one that says too much.
_HOLDS, _LONGEST = timedelta(hours=4), timedelta(hours=24)
_MOST = 16
_LONGEST_TEXT = 300

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
    """Something to show until ``until``, or until ``measure`` (a kind of value) was measured where it names one."""

    id: str
    text: str
    until: datetime
    measure: str = ""


class Notices:
    """At most a handful of notices; they survive a restart. A notice that comes again is not said again."""

    def __init__(self, memory: Memory, clock: Clock, speech: Speech, *, hub: str, language: str) -> None:
        self._memory, self._clock, self._speech = memory, clock, speech
        self._hub, self._language = hub, language
        self._notices: list[Notice] = []
        # A reminder that cannot be read any more must not keep the hub from starting.
        with suppress(msgspec.DecodeError):
            self._notices = msgspec.json.decode(memory.fact(hub, Fact.NOTICES) or "[]", type=list[Notice])

    def remind(self, _device: str, payload: bytes) -> None:
        """Handle ``down/reminder``. The same one comes to every device of the resident. Raises msgspec.DecodeError."""
        said, now = read(payload, _Reminder), self._clock.now()
        asked = said.until if said.until is not None and said.until.tzinfo is not None else now + _HOLDS
        until = min(asked, now + _LONGEST)
        self._add(Notice(id=said.reminder, text=self._text(said), until=until, measure=said.measure), urgent=False)

    def prompt(self, _device: str, payload: bytes) -> None:
        """Handle ``down/prompt``. The hub has nothing to answer with: it only asks. Raises msgspec.DecodeError."""
        said = read(payload, _Prompt)
        until = self._clock.now() + timedelta(seconds=said.within_s)
        self._add(Notice(id=said.prompt, text=self._text(said), until=until), urgent=True)

    def measured(self, kinds: Iterable[str]) -> None:
        """A measurement of these kinds was taken over."""
        done = set(kinds)
        self._keep([one for one in self.standing() if one.measure not in done])

    def standing(self) -> list[Notice]:
        """Return what is to be shown now, oldest first."""
        now = self._clock.now()
        # Neither does one stay for ever when the clock is set back.
        return [one for one in self._notices if now < one.until <= now + _LONGEST]

    def _add(self, notice: Notice, *, urgent: bool) -> None:
        standing = self.standing()
        if any(one.id == notice.id for one in standing) or notice.until <= self._clock.now():
            return
        self._keep([*standing, notice][-_MOST:])
        self._speech.say(notice.text, urgent=urgent)
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

    def _text(self, said: _Reminder | _Prompt) -> str:
        text = said.en if self._language == "en" else said.sv
        plain = "".join(" " if unicodedata.category(one).startswith("C") else one for one in text)
        return " ".join(plain.split())[:_LONGEST_TEXT]
