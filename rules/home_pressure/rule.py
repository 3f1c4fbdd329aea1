"""The mean of a week of blood pressure at home, once the week is complete."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

import msgspec

from devices.observation import Kind, Observation
from rules.base import AlarmClass, Enrolment, Finding, Moment, RuleSettings, Scope
from rules.home_pressure import diary
from rules.home_pressure.diary import Entry, Half, HomePressureState
from rules.home_pressure.settings import HomePressureSettings
from rules.home_pressure.week import DAYS, Reading, Week, week_mean
from rules.limits.judge import readable

ELEVATED = "elevated"
BELOW = "below"
#: What waited in a cuff, a hub or the broker arrives one by one within this.
DELIVERY = timedelta(minutes=15)


class HomePressureRule:
    """Care. A week begins with the first reading after the last one; weeks with too few readings say nothing.

    Values that cannot be read are told by the rule of limits.
    """

    name: ClassVar[str] = "home_pressure"
    scope: ClassVar[Scope] = Scope.RESIDENT
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.SYSTOLIC, Kind.DIASTOLIC})
    Settings: ClassVar[type[RuleSettings]] = HomePressureSettings
    State: ClassVar[type[msgspec.Struct]] = HomePressureState
    sentences: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "en": {
            ELEVATED: "Home blood pressure was {systolic:.1f}/{diastolic:.1f} mmHg in the mean of a week "
            "({readings:.0f} readings on {days:.0f} days, without the first day). "
            "It counts as high from {limit_systolic:g}/{limit_diastolic:g} ({source_en}).",
            BELOW: "Home blood pressure is {systolic:.1f}/{diastolic:.1f} mmHg in the mean of a week, below "
            "{limit_systolic:g}/{limit_diastolic:g} again ({readings:.0f} readings on {days:.0f} days; {source_en}).",
        },
        "sv": {
            ELEVATED: "Blodtrycket hemma var {systolic:.1f}/{diastolic:.1f} mmHg i medeltal under en vecka "
            "({readings:.0f} mätningar på {days:.0f} dagar, utan första dagen). "
            "Det räknas som högt från {limit_systolic:g}/{limit_diastolic:g} ({source_sv}).",
            BELOW: "Blodtrycket hemma är {systolic:.1f}/{diastolic:.1f} mmHg i medeltal under en vecka, åter under "
            "{limit_systolic:g}/{limit_diastolic:g} ({readings:.0f} mätningar på {days:.0f} dagar; {source_sv}).",
        },
    }

    def begin(self, enrolment: Enrolment) -> HomePressureState:  # noqa: ARG002
        return HomePressureState()

    def observe(self, state: HomePressureState, observation: Observation, enrolment: Enrolment) -> Sequence[Finding]:
        """Enter a reading when both of its values are there. Nothing is said before the week is over."""
        value = readable(observation)
        at, received = min(observation.at, observation.received_at), observation.received_at
        if not isinstance(value, float) or received - at > timedelta(days=diary.KEPT_DAYS):
            return ()
        half = Half(observation.device, at.timestamp(), observation.kind, round(value, 1), observation.id)
        pair = diary.paired(state, half)
        if pair is None:
            return ()
        systolic, diastolic = pair
        day = at.astimezone(ZoneInfo(enrolment.zone)).toordinal()
        entry = Entry(half.at, day, systolic.value, diastolic.value, systolic.id, diastolic.id)
        if diary.enter(state, entry):
            state.heard = received.timestamp()
        return ()

    def deadline(self, state: HomePressureState, enrolment: Enrolment, moment: Moment) -> datetime | None:
        """Return the morning after the seventh day, or later while readings of the week still arrive."""
        if not state.entries or moment.deaf_since is not None:
            return None
        morning = date.fromordinal(state.entries[0].day + DAYS)
        due = datetime.combine(morning, _settings(enrolment).tell_at, ZoneInfo(enrolment.zone)).astimezone(UTC)
        return max(due, datetime.fromtimestamp(state.heard, UTC) + DELIVERY, moment.resumed_at + DELIVERY)

    def expire(
        self, state: HomePressureState, now: datetime, enrolment: Enrolment, moment: Moment
    ) -> Sequence[Finding]:
        """Judge every week that is over: two of them when a cuff was fetched late."""
        findings = []
        while (due := self.deadline(state, enrolment, moment)) is not None and due <= now:
            found = _judge(state, diary.conclude(state), due, enrolment)
            findings += [] if found is None else [found]
        return findings


def _settings(enrolment: Enrolment) -> HomePressureSettings:
    settings = enrolment.settings
    return settings if isinstance(settings, HomePressureSettings) else HomePressureSettings()


def _judge(state: HomePressureState, entries: Sequence[Entry], due: datetime, enrolment: Enrolment) -> Finding | None:
    settings, start = _settings(enrolment), date.fromordinal(entries[0].day)
    week = week_mean([Reading(date.fromordinal(one.day), one.systolic, one.diastolic) for one in entries], start)
    if week is None or week.readings < settings.fewest_readings:
        return None
    before, state.elevated = state.elevated, week.reaches(settings.systolic, settings.diastolic)
    if not (state.elevated or before):
        return None
    code = ELEVATED if state.elevated else BELOW
    return Finding(
        key=f"{HomePressureRule.name}:{enrolment.subject}:{code}:{start.isoformat()}",
        rule=HomePressureRule.name,
        code=code,
        alarm_class=AlarmClass.CARE,
        scope=enrolment.scope,
        subject=enrolment.subject,
        time=due,
        facts=_facts(week, settings),
        evidence=tuple(
            id_ for one in entries if one.day > entries[0].day for id_ in (one.systolic_id, one.diastolic_id)
        ),
        restores=not state.elevated,
    )


def _facts(week: Week, settings: HomePressureSettings) -> dict[str, float | str]:
    return {
        "systolic": week.systolic,
        "diastolic": week.diastolic,
        "days": float(week.days),
        "readings": float(week.readings),
        "limit_systolic": settings.systolic,
        "limit_diastolic": settings.diastolic,
        "source_en": settings.source or "limit set by staff",
        "source_sv": settings.source or "gräns satt av personalen",
    }
