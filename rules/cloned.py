"""A device that seems to be two, or whose old messages are played again.

A copied identity shows in how messages are numbered (``gateway/numbering.py``) and in connections that come and go.
What a device has kept while it could not send is no sign of it: that was made before the device began anew. Nothing is
held back: a press counts whoever made it, and staff hear that somebody should look at the device.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import ClassVar, Final

import msgspec
from pydantic import Field

from devices.observation import Kind, NumberingSign, Observation, Quality
from rules.base import AlarmClass, Enrolment, Finding, RuleSettings, Scope
from rules.canary import is_canary
from rules.immediate import Immediate

SAME_NUMBER = "same_number"
TWO_STARTS = "two_starts"
OLD_START = "old_start"
FAR_BEHIND = "far_behind"
PLAYED_AGAIN = "played_again"
TAKEN_OVER = "taken_over"

#: How many starts of a device are remembered.
_STARTS: Final = 8
#: Clocks of one device before and after its start differ by less.
_SLACK: Final = timedelta(minutes=2)
#: The same is told again after this, and lasting mischief is not a thousand occurrences.
_AGAIN: Final = timedelta(hours=24)
#: What a device without a clock has kept is sent within minutes of its return; what comes later was not kept.
_DRAINED: Final = timedelta(minutes=10)
_MOST: Final = 1000
#: Signs of an observation's text that are looked at: a sign and the name of a start.
_LONGEST: Final = 80


class ClonedSettings(RuleSettings):
    """When it is told: product defaults, no standard gives figures."""

    #: Connections within ``window_min`` minutes that no link of a home needs.
    connections: int = Field(default=8, ge=3, le=100)
    window_min: float = Field(default=10.0, gt=0, le=1440)
    #: Returns to an earlier start, of a device whose messages carry no time.
    returns: int = Field(default=3, ge=1, le=100)
    #: Old messages that came again.
    repeats: int = Field(default=20, ge=1, le=_MOST)
    #: A start that was silent for so many days is long ago.
    old_days: float = Field(default=7.0, gt=0, le=3650)


class Start(msgspec.Struct):
    """One start of a device: when it was first and last turned to, and when a return to it was first doubted."""

    boot: str
    began: datetime
    seen: datetime
    returns: int = 0
    doubted: datetime | None = None


class ClonedState(msgspec.Struct):
    """The newest starts, in the order in which they began; the newest connections; what was told when."""

    starts: list[Start] = []
    current: str = ""
    connected: list[datetime] = []
    repeats: int = 0
    repeated: datetime | None = None
    told: dict[str, datetime] = {}


class ClonedRule(Immediate):
    """Technical, one alarm for a device, whatever was seen of it."""

    name: ClassVar[str] = "cloned"
    scope: ClassVar[Scope] = Scope.DEVICE
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.NUMBERING, Kind.ONLINE})
    Settings: ClassVar[type[RuleSettings]] = ClonedSettings
    State: ClassVar[type[msgspec.Struct]] = ClonedState
    sentences: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "en": {
            SAME_NUMBER: "Two different messages of this device have the same number. Two devices may use its name.",
            TWO_STARTS: "Messages of two starts of this device come in turn. Two devices may use its name.",
            OLD_START: "This device speaks as it did before an earlier start, last heard {silent_s:span} ago. Old "
            "messages may have been sent again, or two devices use its name.",
            FAR_BEHIND: "New messages of this device have numbers that it had left behind long ago.",
            PLAYED_AGAIN: "{count:.0f} old messages of this device came again. They may have been recorded.",
            TAKEN_OVER: "The connection of this device began {count:.0f} times within {window_min:.0f} minutes. Two "
            "devices may take it from each other, or its link is very poor.",
        },
        "sv": {
            SAME_NUMBER: "Två olika meddelanden från enheten har samma nummer. Två enheter kan ha dess namn.",
            TWO_STARTS: "Meddelanden från två starter av enheten kommer om vartannat. Två enheter kan ha dess namn.",
            OLD_START: "Enheten talar som före en tidigare start, senast hörd för {silent_s:span} sedan. Gamla "
            "meddelanden kan ha skickats om, eller så har två enheter dess namn.",
            FAR_BEHIND: "Nya meddelanden från enheten har nummer som den lämnat för länge sedan.",
            PLAYED_AGAIN: "{count:.0f} gamla meddelanden från enheten kom igen. De kan vara inspelade.",
            TAKEN_OVER: "Enhetens förbindelse började {count:.0f} gånger inom {window_min:.0f} minuter. Två enheter "
            "kan ta den från varandra, eller så är länken mycket dålig.",
        },
    }

    def begin(self, enrolment: Enrolment) -> ClonedState:  # noqa: ARG002
        return ClonedState()

    def observe(self, state: ClonedState, observation: Observation, enrolment: Enrolment) -> Sequence[Finding]:
        settings = enrolment.settings
        assert isinstance(settings, ClonedSettings)  # noqa: S101 - the engine hands out Settings of this rule
        if is_canary(enrolment):
            # Each gateway sends it off under a start of its own.
            return ()
        if observation.kind is Kind.ONLINE:
            seen = _connected(state, observation, settings)
        else:
            seen = _numbered(state, observation, settings)
        if seen is None:
            return ()
        code, facts = seen
        last = state.told.get(code)
        if last is not None and observation.received_at - last < _AGAIN:
            return ()
        state.told[code] = observation.received_at
        return [
            Finding(
                key=f"{self.name}:{observation.id}",
                rule=self.name,
                code=code,
                alarm_class=AlarmClass.TECHNICAL,
                scope=enrolment.scope,
                subject=enrolment.subject,
                time=observation.received_at,
                facts=facts,
                evidence=(observation.id,),
            )
        ]


_Seen = tuple[str, dict[str, float | str]] | None


def _connected(state: ClonedState, observation: Observation, settings: ClonedSettings) -> _Seen:
    if observation.value != 1.0 or Quality.LATE in observation.quality:
        return None
    now, window = observation.received_at, timedelta(minutes=settings.window_min)
    state.connected = [*(at for at in state.connected if now - at < window), now][-settings.connections :]
    if len(state.connected) < settings.connections:
        return None
    return TAKEN_OVER, {"count": float(len(state.connected)), "window_min": settings.window_min}


def _numbered(state: ClonedState, observation: Observation, settings: ClonedSettings) -> _Seen:
    sign, _, boot = observation.text[:_LONGEST].partition(" ")
    match sign:
        case NumberingSign.START:
            return _started(state, boot, observation, settings)
        case NumberingSign.SAME_NUMBER:
            return SAME_NUMBER, {}
        case NumberingSign.FAR_BEHIND:
            # One that was made a while ago was kept while newer ones, such as presses, went before it.
            return (FAR_BEHIND, {}) if _is_fresh(observation) else None
        case NumberingSign.OLD_AGAIN:
            return _repeated(state, observation, settings)
    return None


def _started(state: ClonedState, boot: str, observation: Observation, settings: ClonedSettings) -> _Seen:
    now = observation.received_at
    before = next((one for one in state.starts if one.boot == state.current), None)
    if before is not None:
        before.seen = now
    state.current = boot
    known = next((one for one in state.starts if one.boot == boot), None)
    if known is None:
        began = min(observation.at, now) if _has_time(observation) else now
        state.starts = [*state.starts, Start(boot, began, now)][-_STARTS:]
        return None
    silent, known.seen = now - known.seen, now
    newest = state.starts[-1]
    if known is newest:
        return None
    known.returns = min(known.returns + 1, _MOST)
    if _has_time(observation):
        if observation.at <= newest.began + _SLACK:
            return None
    elif silent < timedelta(days=settings.old_days) and not _goes_on(known, now, settings):
        return None
    if silent >= timedelta(days=settings.old_days):
        return OLD_START, {"silent_s": silent.total_seconds()}
    return TWO_STARTS, {}


def _goes_on(start: Start, now: datetime, settings: ClonedSettings) -> bool:
    """Say whether a start without a clock comes back again and again, longer than it takes to send what was kept."""
    if start.doubted is None:
        start.doubted = now
    return start.returns >= settings.returns and now - start.doubted >= _DRAINED


def _repeated(state: ClonedState, observation: Observation, settings: ClonedSettings) -> _Seen:
    now = observation.received_at
    if state.repeated is None or now - state.repeated >= _AGAIN:
        state.repeated, state.repeats = now, 0
    state.repeats = min(state.repeats + 1, _MOST)
    return (PLAYED_AGAIN, {"count": float(state.repeats)}) if state.repeats >= settings.repeats else None


def _has_time(observation: Observation) -> bool:
    return observation.unit == "s" and Quality.CLOCK not in observation.quality


def _is_fresh(observation: Observation) -> bool:
    return _has_time(observation) and Quality.LATE not in observation.quality


RULE = ClonedRule()
