"""No sign of life in a home for longer than is usual there."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from devices.observation import Kind, Observation, Quality
from rules.base import AlarmClass, Enrolment, Finding, Moment, Scope
from rules.inactivity import fixed
from rules.inactivity.sentences import SENTENCES
from rules.inactivity.settings import InactivitySettings
from rules.inactivity.state import InactivityState

#: Nobody computes a limit for a pause shorter than this.
ASK_AFTER_S = 1800.0
#: After the gateway was deaf, what waited in the broker arrives first; only then does silence count.
RESUME_GRACE = timedelta(minutes=30)

#: Kinds whose value says "somebody is there" only when it is 1; a motion sensor that clears says nothing.
_ONLY_WHEN_SET = frozenset({Kind.MOTION, Kind.WEARING})
_MEASURED = frozenset(
    {Kind.SYSTOLIC, Kind.DIASTOLIC, Kind.PULSE, Kind.SPO2, Kind.TEMPERATURE, Kind.GLUCOSE, Kind.WEIGHT, Kind.BODY_WATER}
)


class InactivityRule:
    """A life-safety finding when a home is quiet too long; fires with no input at all."""

    name: ClassVar[str] = "inactivity"
    scope: ClassVar[Scope] = Scope.HOME
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.MOTION, Kind.DOOR, Kind.PRESS, Kind.AWAY}) | _MEASURED
    Settings: ClassVar[type[InactivitySettings]] = InactivitySettings
    State: ClassVar[type[InactivityState]] = InactivityState
    sentences: ClassVar[Mapping[str, Mapping[str, str]]] = SENTENCES

    def begin(self, enrolment: Enrolment) -> InactivityState:
        """Return the state of a home of which nothing is known: its first quiet counts from ``since``."""
        return InactivityState(seen=enrolment.since.timestamp())

    def observe(self, state: InactivityState, observation: Observation, enrolment: Enrolment) -> Sequence[Finding]:
        """Take a sign of life. A message that comes late counts from when it was sent."""
        if observation.kind in _ONLY_WHEN_SET and observation.value != 1:
            return ()
        seen = observation.received_at
        if Quality.LATE in observation.quality:
            seen = min(seen, observation.at)
        epoch = seen.timestamp()
        if observation.kind is Kind.AWAY:
            state.away = observation.value == 1
        elif epoch >= state.seen:
            state.away = False
        if epoch < state.seen:
            return ()
        quiet_h = (epoch - state.seen) / 3600
        raised, state.raised = state.raised, 0.0
        state.seen, state.room, state.due = epoch, observation.room[:40], 0.0
        state.door = observation.kind is Kind.DOOR and observation.room.lower() not in _settings(enrolment).inner_doors
        if not raised:
            return ()
        again = _finding(enrolment, "activity_again", seen, int(raised), {"quiet_h": round(quiet_h, 1)}, restores=True)
        return (again,)

    def deadline(self, state: InactivityState, enrolment: Enrolment, moment: Moment) -> datetime | None:
        """Return when to look: at first soon, then when the quiet is too long. None while raised."""
        del enrolment
        if state.raised:
            return None
        due = datetime.fromtimestamp(state.due or state.seen + ASK_AFTER_S, UTC)
        return max(due, moment.resumed_at + RESUME_GRACE)

    def expire(self, state: InactivityState, now: datetime, enrolment: Enrolment, moment: Moment) -> Sequence[Finding]:
        """Work out how long this quiet may last, or say that it has lasted too long."""
        if not state.due:
            state.limit_h = _limit_hours(state, enrolment)
            state.due = state.seen + 3600 * state.limit_h
        due = self.deadline(state, enrolment, moment)
        if due is None or due > now:
            return ()
        state.raised = state.seen
        facts: dict[str, float | str] = {
            "quiet_h": round((due.timestamp() - state.seen) / 3600, 1),
            "limit_h": round(state.limit_h, 1),
            "room": state.room,
        }
        code = "inactivity_after_door" if state.door or state.away else "inactivity"
        return (_finding(enrolment, code, due, int(state.seen), facts),)


def _limit_hours(state: InactivityState, enrolment: Enrolment) -> float:
    settings = _settings(enrolment)
    if state.door or state.away:
        return settings.away_limit_h
    return fixed.limit_hours(datetime.fromtimestamp(state.seen, UTC), enrolment.zone, settings)


def _settings(enrolment: Enrolment) -> InactivitySettings:
    return enrolment.settings if isinstance(enrolment.settings, InactivitySettings) else InactivitySettings()


def _finding(
    enrolment: Enrolment,
    code: str,
    time: datetime,
    quiet: int,
    facts: dict[str, float | str],
    *,
    restores: bool = False,
) -> Finding:
    return Finding(
        key=f"inactivity:{enrolment.subject}:{quiet}:{code}",
        rule=InactivityRule.name,
        code=code,
        alarm_class=AlarmClass.LIFE_SAFETY,
        scope=enrolment.scope,
        subject=enrolment.subject,
        time=time,
        facts=facts,
        restores=restores,
    )
