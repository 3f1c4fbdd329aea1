"""A home that grows less active over weeks: nothing for tonight, something for the next visit."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from math import sqrt
from statistics import median
from typing import Annotated, ClassVar
from zoneinfo import ZoneInfo

import msgspec
from pydantic import Field

from devices.observation import Kind, Observation, Quality
from rules.base import AlarmClass, Enrolment, Finding, Moment, RuleSettings, Scope
from rules.listening import unheard_s
from rules.nights import WallTime
from rules.places import MOVEMENT

LESS_ACTIVE = "less_active"
AS_BEFORE = "as_before"
DAYS_KEPT = 90
#: Activity of a day is the number of its spans of ten minutes in which somebody was seen: it does not depend on how
#: often a sensor speaks, and hardly on how many there are.
SPAN_S = 600
_MISSED_S = 3600.0
#: Standard deviation over median absolute deviation of a normal distribution.
_SCALE = 1.4826

_Facts = dict[str, float | str]


class GradualChangeSettings(RuleSettings):
    """Off until it is switched on for a person. All defaults are product defaults.

    The median day of the last ``recent_days`` is compared with that of the ``usual_days`` before them. It is told when
    it lies ``least_percent`` lower, and lower than chance explains by ``sureness`` standard errors.
    """

    enabled: bool = False
    recent_days: int = Field(default=14, ge=7, le=30)
    usual_days: int = Field(default=28, ge=14, le=60)
    least_percent: Annotated[float, Field(gt=0, lt=100)] = 25
    sureness: Annotated[float, Field(ge=0, le=10)] = 3
    #: Wall time of the home: a note about weeks wakes nobody.
    tell_at: WallTime = time(9)


class GradualChangeState(msgspec.Struct):
    """``day`` (proleptic ordinal) is under way: its ``spans`` so far, and the ``last`` of them (epoch s // SPAN_S).

    ``days`` are the earlier ones, (ordinal, spans) each. ``usual`` is what was usual when it was told, 0 while it is
    not. ``away``: nobody is said to be at home; ``was_away``: nor at some time of this day. ``unsaid``: a day is over
    and was not looked at yet. ``id`` is the latest sign.
    """

    day: int = 0
    spans: int = 0
    last: int = 0
    away: bool = False
    was_away: bool = False
    unsaid: bool = False
    usual: float = 0.0
    id: int = -1
    days: list[tuple[int, int]] = []


class GradualChangeRule:
    """A care note, once until the home is as active as before. Days of outages and absences do not count."""

    name: ClassVar[str] = "gradual_change"
    scope: ClassVar[Scope] = Scope.HOME
    kinds: ClassVar[frozenset[Kind]] = MOVEMENT | {Kind.DOOR, Kind.AWAY}
    Settings: ClassVar[type[RuleSettings]] = GradualChangeSettings
    State: ClassVar[type[msgspec.Struct]] = GradualChangeState
    sentences: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "en": {
            LESS_ACTIVE: "Less active for weeks: {recent_h:.1f} h of a day with signs of life in the last "
            "{recent_days:g} days, {usual_h:.1f} h in the {usual_days:g} before them ({percent:.0f} % less).",
            AS_BEFORE: "As active as before again: {recent_h:.1f} h of a day with signs of life.",
        },
        "sv": {
            LESS_ACTIVE: "Mindre aktiv sedan veckor: {recent_h:.1f} h av dygnet med livstecken de senaste "
            "{recent_days:g} dygnen, {usual_h:.1f} h under de {usual_days:g} före dem ({percent:.0f} % mindre).",
            AS_BEFORE: "Lika aktiv som förut igen: {recent_h:.1f} h av dygnet med livstecken.",
        },
    }

    def begin(self, enrolment: Enrolment) -> GradualChangeState:  # noqa: ARG002
        return GradualChangeState()

    def observe(self, state: GradualChangeState, observation: Observation, enrolment: Enrolment) -> Sequence[Finding]:
        """Count a span of ten minutes with a sign of life in it."""
        if observation.kind is Kind.AWAY:
            state.away = observation.value == 1.0
            state.was_away = state.was_away or state.away
            return ()
        if Quality.LATE in observation.quality or (observation.kind in MOVEMENT and observation.value != 1.0):
            return ()
        span = int(observation.received_at.timestamp()) // SPAN_S
        if span <= state.last:
            return ()
        if not state.day:
            state.day = observation.received_at.astimezone(ZoneInfo(enrolment.zone)).toordinal()
            # The first day is not seen from its beginning.
            state.was_away = True
        state.last, state.spans, state.id = span, state.spans + 1, observation.id
        return ()

    def deadline(self, state: GradualChangeState, enrolment: Enrolment, moment: Moment) -> datetime | None:
        """Return when the day under way is over, then when its weeks are looked at in the morning after it."""
        if not state.day or moment.deaf_since is not None:
            return None
        if state.unsaid:
            return max(_wall(state.day, _settings(enrolment).tell_at, enrolment), moment.resumed_at)
        return max(_wall(state.day + 1, time(), enrolment), moment.resumed_at)

    def expire(
        self, state: GradualChangeState, now: datetime, enrolment: Enrolment, moment: Moment
    ) -> Sequence[Finding]:
        if not state.unsaid and (over := self.deadline(state, enrolment, moment)) is not None and over <= now:
            _close(state, now, enrolment, moment)
        if not state.unsaid or (due := self.deadline(state, enrolment, moment)) is None or due > now:
            return ()
        state.unsaid = False
        return _judge(state, due, enrolment)


def _settings(enrolment: Enrolment) -> GradualChangeSettings:
    settings = enrolment.settings
    return settings if isinstance(settings, GradualChangeSettings) else GradualChangeSettings()


def _wall(day: int, wall: time, enrolment: Enrolment) -> datetime:
    return datetime.combine(date.fromordinal(day), wall, ZoneInfo(enrolment.zone)).astimezone(UTC)


def _close(state: GradualChangeState, now: datetime, enrolment: Enrolment, moment: Moment) -> None:
    """End the day. A day without any sign is an absence or a fault, and the business of other rules."""
    begins, ends = (_wall(day, time(), enrolment) for day in (state.day, state.day + 1))
    if state.spans and not state.was_away and unheard_s(begins, ends, moment) < _MISSED_S:
        state.days = [*state.days[-DAYS_KEPT + 1 :], (state.day, state.spans)]
    state.day = now.astimezone(ZoneInfo(enrolment.zone)).toordinal()
    state.spans, state.was_away, state.unsaid = 0, state.away, True


def _judge(state: GradualChangeState, due: datetime, enrolment: Enrolment) -> Sequence[Finding]:
    settings, today = _settings(enrolment), state.day
    first = today - settings.recent_days
    recent = [spans for day, spans in state.days if day >= first]
    before = [spans for day, spans in state.days if first - settings.usual_days <= day < first]
    if 2 * len(recent) < settings.recent_days:
        return ()
    now = median(recent)
    if state.usual:
        if now < state.usual * (1 - settings.least_percent / 200):
            return ()
        state.usual = 0.0
        return [_finding(AS_BEFORE, due, state, enrolment, {"recent_h": now * SPAN_S / 3600})]
    if 2 * len(before) < settings.usual_days or not _is_less(recent, before, settings):
        return ()
    state.usual = median(before)
    facts: _Facts = {
        "recent_h": now * SPAN_S / 3600,
        "usual_h": state.usual * SPAN_S / 3600,
        "percent": 100 * (1 - now / state.usual),
        "recent_days": float(settings.recent_days),
        "usual_days": float(settings.usual_days),
    }
    return [_finding(LESS_ACTIVE, due, state, enrolment, facts)]


def _is_less(recent: Sequence[int], before: Sequence[int], settings: GradualChangeSettings) -> bool:
    """Say whether the median day fell by enough, and by more than days differ from each other here."""
    usual, now = median(before), median(recent)
    spread = _SCALE * median(abs(spans - usual) for spans in before)
    error = 1.25 * spread * sqrt(1 / len(before) + 1 / len(recent))
    return now < usual * (1 - settings.least_percent / 100) and usual - now > settings.sureness * error


def _finding(code: str, at: datetime, state: GradualChangeState, enrolment: Enrolment, facts: _Facts) -> Finding:
    return Finding(
        key=f"{GradualChangeRule.name}:{enrolment.subject}:{code}:{date.fromordinal(state.day).isoformat()}",
        rule=GradualChangeRule.name,
        code=code,
        alarm_class=AlarmClass.CARE,
        scope=enrolment.scope,
        subject=enrolment.subject,
        time=at,
        facts=facts,
        evidence=(state.id,),
        restores=code == AS_BEFORE,
    )


RULE = GradualChangeRule()
