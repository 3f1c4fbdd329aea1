"""How it stands with the help that somebody in the home has called for: said aloud, and shown until it is over."""

from datetime import datetime, timedelta
from typing import Annotated

import msgspec
import structlog

from devices.hub.memory import Fact, Memory
from devices.hub.said import Said
from devices.hub.settings import Settings
from devices.hub.speech import Speech, plain
from devices.hub.storage import StorageFailedError
from store.clock import Clock

log = structlog.get_logger(__name__)

CLOSED = "closed"
#: A gateway that has gone for ever must not leave "help is on its way" standing.
_LONGEST = timedelta(hours=24)
_MOST = 16


class HelpSaid(Said):
    """``down/help``. A state that is not known yet is shown by its sentence as well."""

    alarm: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
    state: Annotated[str, msgspec.Meta(pattern=r"^[a-z_]{1,32}\Z")]
    sv: str
    en: str


class _Stand(msgspec.Struct, frozen=True, kw_only=True):
    """How it stands with one alarm; ``device`` is the one that was told of it first."""

    alarm: int
    device: str
    state: str
    sv: str
    en: str
    at: datetime


class AwaitedHelp:
    """The newest state of each alarm. A closed one is remembered for a while: an older word about it may come late."""

    def __init__(self, memory: Memory, clock: Clock, speech: Speech, settings: Settings, *, hub: str) -> None:
        self._memory, self._clock, self._speech = memory, clock, speech
        self._settings, self._hub = settings, hub
        self._stands: dict[int, _Stand] = {}
        try:
            kept = msgspec.json.decode(memory.fact(hub, Fact.HELP) or "[]", type=list[_Stand])
        except msgspec.DecodeError:
            # It must not keep the hub from starting.
            log.warning("how it stands with the help cannot be read any more")
        else:
            self._stands = {one.alarm: one for one in kept if one.device in settings.names}

    def heard(self, device: str, said: HelpSaid) -> bool:
        """Show it, and say it. The gateway tells the same to the hub and to each of its devices: it is said once."""
        before = self._stands.get(said.alarm)
        if before is not None and before.state == CLOSED != said.state:
            return True
        stand = _Stand(
            alarm=said.alarm,
            device=device if before is None else before.device,
            state=said.state,
            sv=plain(said.sv),
            en=plain(said.en),
            at=self._clock.now(),
        )
        # A new word of the same state to the same device: somebody has pressed again, and waits for an answer.
        is_news = before is None or before.state != stand.state or before.device == device
        self._keep(stand)
        if is_news:
            self._speech.say(self._text(stand), self._settings.voice(device), urgent=True)
            log.info("word about help", device=device, state=stand.state)
        return True

    def standing(self) -> list[str]:
        """Return what is to be shown now, oldest alarm first."""
        now = self._clock.now()
        # Neither does one stay for ever when the clock is set back.
        return [
            self._text(one) for one in self._stands.values() if one.state != CLOSED and abs(now - one.at) < _LONGEST
        ]

    def _keep(self, stand: _Stand) -> None:
        stands = self._stands | {stand.alarm: stand}
        self._stands = dict(list(stands.items())[-_MOST:])
        try:
            self._memory.remember(self._hub, Fact.HELP, msgspec.json.encode(list(self._stands.values())).decode())
        except StorageFailedError:
            log.warning("how it stands with the help is only in memory")

    def _text(self, stand: _Stand) -> str:
        return stand.en if self._settings.voice(stand.device).language == "en" else stand.sv
