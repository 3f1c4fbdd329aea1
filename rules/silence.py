"""A device that stops, never starts, or is gone from its link, is found within its interval plus grace.

Silence is measured in time in which somebody listened: a gateway that was down does not make devices lost, and one
that restarts every hour does not hide that a device is. Only a reading is a proof of life. That a bridge or a session
is online says nothing of the sensor behind it (ThingsBoard #3000).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import ClassVar

import msgspec
from pydantic import Field

from devices.observation import Kind, Observation, Quality
from rules.base import AlarmClass, Enrolment, Finding, Moment, RuleSettings, Scope

SILENT = "silent"
NEVER_HEARD = "never_heard"
OFFLINE = "offline"
HEARD = "heard"
#: An interval beyond ten years is a slip of the pen, not a promise.
_LONGEST_S = 3650 * 86_400.0
_SYSTEM = frozenset({Kind.RESUMED, Kind.ROSTER, Kind.NUMBERING})


class SilenceSettings(RuleSettings):
    """When a silence counts. Three missed messages are the custom of supervised social alarms (research: domain §7)."""

    missed: int = Field(default=3, ge=1, le=1000)
    grace_s: float = Field(default=30.0, ge=0, le=86_400)
    #: A link that comes back within this was never gone.
    offline_delay_s: float = Field(default=120.0, ge=0, le=86_400)
    #: A condition that lasts is told of again this often, so that it outlives a mistaken close.
    remind_h: float = Field(default=24.0, ge=1, le=8760)
    #: For a device whose only regular word is that it is online.
    online_is_life: bool = False


class Lack(msgspec.Struct, gc=False):
    """Something that should be there and is not, since when, by which observation, and how often that was told."""

    since: datetime
    id: int = 0
    told: int = 0
    told_at: datetime | None = None


class SilenceState(msgspec.Struct, gc=False):
    """``quiet`` counts from the last reading, or from when the device came under watch. ``heard``: was it ever."""

    quiet: Lack
    heard: bool = False
    offline: Lack | None = None


class SilenceRule:
    """Technical. Restored by a reading; an "offline" alone also by "online"."""

    name: ClassVar[str] = "silence"
    scope: ClassVar[Scope] = Scope.DEVICE
    kinds: ClassVar[frozenset[Kind]] = frozenset(Kind) - _SYSTEM
    Settings: ClassVar[type[RuleSettings]] = SilenceSettings
    State: ClassVar[type[msgspec.Struct]] = SilenceState
    sentences: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "en": {
            SILENT: "The device has not been heard for {lacking_s:span}. It should be heard every {interval_s:span}.",
            NEVER_HEARD: "The device has never been heard since it was installed {lacking_s:span} ago. "
            "Check that it is switched on and paired.",
            OFFLINE: "The device has lost its connection, {lacking_s:span} ago.",
            HEARD: "The device is heard again.",
        },
        "sv": {
            SILENT: "Enheten har inte hörts på {lacking_s:span}. Den ska höras med högst {interval_s:span} mellanrum.",
            NEVER_HEARD: "Enheten har aldrig hörts sedan den installerades för {lacking_s:span} sedan. "
            "Kontrollera att den är påslagen och parkopplad.",
            OFFLINE: "Enheten tappade förbindelsen för {lacking_s:span} sedan.",
            HEARD: "Enheten hörs igen.",
        },
    }

    def begin(self, enrolment: Enrolment) -> SilenceState:
        return SilenceState(quiet=Lack(since=enrolment.since))

    def observe(self, state: SilenceState, observation: Observation, enrolment: Enrolment) -> Sequence[Finding]:
        if observation.kind is Kind.ONLINE and not (observation.value == 1.0 and _settings(enrolment).online_is_life):
            return _link(state, observation, enrolment)
        if Quality.LATE in observation.quality and observation.at >= observation.received_at:
            return ()  # a state of unknown age that the broker retained, not a message that a device kept for us
        quiet, offline = state.quiet, state.offline
        quiet.since, quiet.id, state.heard = observation.received_at, observation.id, True
        if not quiet.told and offline is None:
            return ()
        told = quiet.told > 0 or (offline is not None and offline.told > 0)
        quiet.told, quiet.told_at, state.offline = 0, None, None
        return [_heard(observation, enrolment)] if told else ()

    def deadline(self, state: SilenceState, enrolment: Enrolment, moment: Moment) -> datetime | None:
        settings = _settings(enrolment)
        quiet = _quiet_due(state, enrolment, settings, moment)
        if state.offline is None:
            return quiet
        offline = _offline_due(state, settings, moment)
        if quiet is None or offline is None:
            return quiet or offline
        return min(quiet, offline)

    def expire(self, state: SilenceState, now: datetime, enrolment: Enrolment, moment: Moment) -> Sequence[Finding]:
        settings = _settings(enrolment)
        findings = []
        due = _offline_due(state, settings, moment)
        if state.offline is not None and due is not None and due <= now:
            findings.append(_lacking(OFFLINE, state.offline, due, enrolment, {}))
        due = _quiet_due(state, enrolment, settings, moment)
        if due is not None and due <= now:
            code = SILENT if state.heard else NEVER_HEARD
            findings.append(_lacking(code, state.quiet, due, enrolment, {"interval_s": enrolment.interval_s}))
        return findings


def _link(state: SilenceState, observation: Observation, enrolment: Enrolment) -> Sequence[Finding]:
    offline = state.offline
    if observation.value == 0.0 and offline is None:
        state.offline = Lack(since=observation.received_at, id=observation.id)
    if observation.value != 1.0 or offline is None:
        return ()
    state.offline = None
    # The link is back, but while the device itself is silent the condition is not over.
    return [_heard(observation, enrolment)] if offline.told and not state.quiet.told else ()


def _quiet_due(state: SilenceState, enrolment: Enrolment, settings: SilenceSettings, moment: Moment) -> datetime | None:
    if not 0.0 < enrolment.interval_s <= _LONGEST_S or moment.deaf_since is not None:
        return None
    patience = _patience(enrolment.interval_s, settings.missed, settings.grace_s)
    return _due(state.quiet, patience, settings, moment)


def _offline_due(state: SilenceState, settings: SilenceSettings, moment: Moment) -> datetime | None:
    if state.offline is None or state.quiet.told:
        return None
    return _due(state.offline, timedelta(seconds=settings.offline_delay_s), settings, moment)


def _due(lack: Lack, patience: timedelta, settings: SilenceSettings, moment: Moment) -> datetime:
    """Return when somebody has listened for ``patience`` without hearing what lacks, or to when to remind of it.

    After a time in which nobody listened there is the grace at least: what waited in the broker arrives first.
    """
    start = lack.since
    if lack.told_at is not None:
        start, patience = lack.told_at, timedelta(hours=settings.remind_h)
    due = start + patience
    if start >= moment.resumed_at:
        return due
    for began, ended in moment.unheard:
        if began >= due:
            break
        if ended > start:
            due += ended - max(began, start)
    return max(due, moment.resumed_at + timedelta(seconds=settings.grace_s))


@lru_cache(maxsize=1024)
def _patience(interval_s: float, missed: int, grace_s: float) -> timedelta:
    return timedelta(seconds=min(_LONGEST_S, interval_s * missed) + grace_s)


def _settings(enrolment: Enrolment) -> SilenceSettings:
    settings = enrolment.settings
    return settings if isinstance(settings, SilenceSettings) else SilenceSettings()


def _lacking(code: str, lack: Lack, due: datetime, enrolment: Enrolment, facts: dict[str, float | str]) -> Finding:
    lack.told += 1
    lack.told_at = due
    which = lack.id or lack.since.isoformat()
    return Finding(
        key=f"{SilenceRule.name}:{enrolment.subject}:{code}:{which}:{lack.told}",
        rule=SilenceRule.name,
        code=code,
        alarm_class=AlarmClass.TECHNICAL,
        scope=enrolment.scope,
        subject=enrolment.subject,
        time=due,
        facts={"lacking_s": (due - lack.since).total_seconds(), **facts},
        evidence=(lack.id,) if lack.id else (),
    )


def _heard(observation: Observation, enrolment: Enrolment) -> Finding:
    return Finding(
        key=f"{SilenceRule.name}:{enrolment.subject}:{HEARD}:{observation.id}",
        rule=SilenceRule.name,
        code=HEARD,
        alarm_class=AlarmClass.TECHNICAL,
        scope=enrolment.scope,
        subject=enrolment.subject,
        time=observation.received_at,
        evidence=(observation.id,),
        restores=True,
    )


RULE = SilenceRule()
