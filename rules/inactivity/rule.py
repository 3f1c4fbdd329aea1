"""No sign of life in a home for longer than is usual there."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from math import inf
from typing import ClassVar

import msgspec

from devices.observation import Kind, Observation
from rules.base import AlarmClass, Enrolment, Finding, Moment, RuleSettings, Scope
from rules.inactivity import quiet, signs
from rules.inactivity.sentences import SENTENCES
from rules.inactivity.settings import InactivitySettings
from rules.inactivity.state import InactivityState
from rules.inactivity.typical import QUIET_AFTER_H

#: After the gateway was deaf, what waited in the broker arrives first; only then does silence count.
RESUME_GRACE = timedelta(minutes=30)
#: Who sets the home to away still passes sensors on the way out.
WAY_OUT_S = 300.0


class InactivityRule:
    """A life-safety finding when a home is quiet too long; fires with no input at all."""

    name: ClassVar[str] = "inactivity"
    scope: ClassVar[Scope] = Scope.HOME
    kinds: ClassVar[frozenset[Kind]] = signs.KINDS
    Settings: ClassVar[type[RuleSettings]] = InactivitySettings
    State: ClassVar[type[msgspec.Struct]] = InactivityState
    sentences: ClassVar[Mapping[str, Mapping[str, str]]] = SENTENCES

    def begin(self, enrolment: Enrolment) -> InactivityState:
        """Return the state of a home of which nothing is known; it is judged from its first sign of daily life on."""
        return InactivityState(seen=enrolment.since.timestamp())

    def observe(self, state: InactivityState, observation: Observation, enrolment: Enrolment) -> Sequence[Finding]:
        """Take a sign of life, and learn from the pause or quiet that it ends."""
        if not signs.is_sign(observation):
            return ()
        seen = signs.seen_at(observation)
        epoch = seen.timestamp()
        if epoch < state.seen:
            return ()
        settings = _settings(enrolment)
        raised, before = state.raised, state.seen
        quiet.learn(state, epoch, enrolment)
        state.seen, state.room = epoch, observation.room[:40]
        state.door = signs.is_way_out(observation, settings)
        state.away = _away(state, observation)
        state.armed = state.armed or signs.is_everyday(observation, settings)
        state.day = state.day or seen.toordinal()
        state.due, state.raised, state.broken = 0.0, 0.0, False
        if not raised:
            return ()
        facts: dict[str, float | str] = {"quiet_h": round((state.seen - before) / quiet.HOUR, 1)}
        return (_finding(enrolment, "activity_again", seen, raised, facts),)

    def deadline(self, state: InactivityState, enrolment: Enrolment, moment: Moment) -> datetime | None:
        """Return when to look: after a break, then when a pause becomes a quiet, then when it is too long.

        None without a sensor of everyday life, while it is raised, and while no home is heard: many quiet homes at
        once are a fault, not emergencies.
        """
        del enrolment
        if not state.armed or moment.deaf_since is not None:
            return None
        if moment.resumed_at.timestamp() > state.listening:
            return moment.resumed_at
        if state.raised:
            return None
        if not state.due:
            return datetime.fromtimestamp(state.seen + QUIET_AFTER_H * quiet.HOUR, UTC)
        due = datetime.fromtimestamp(state.due + quiet.unheard_s(state.start, state.due, moment.unheard), UTC)
        return max(due, moment.resumed_at + RESUME_GRACE) if state.broken else due

    def expire(self, state: InactivityState, now: datetime, enrolment: Enrolment, moment: Moment) -> Sequence[Finding]:
        """Work out how long this quiet may last, or say that it has lasted too long."""
        if moment.resumed_at.timestamp() > state.listening:
            state.listening = moment.resumed_at.timestamp()
            state.broken = state.broken or state.seen < state.listening
            state.due = 0.0
        if state.raised or now.timestamp() < state.seen + QUIET_AFTER_H * quiet.HOUR:
            return ()
        if not state.due:
            state.start = quiet.counts_from(state.seen, moment.unheard)
            began = datetime.fromtimestamp(state.start + quiet.unheard_s(state.start, inf, moment.unheard), UTC)
            state.limit_h = quiet.limit_hours(state, began, enrolment, _settings(enrolment))
            state.due = state.start + quiet.HOUR * state.limit_h
        due = self.deadline(state, enrolment, moment)
        if due is None or due > now:
            return ()
        state.raised = state.seen
        facts: dict[str, float | str] = {
            "quiet_h": round((due.timestamp() - state.seen) / quiet.HOUR, 1),
            "limit_h": round(state.limit_h, 1),
            "room": state.room or "?",
            "days_known": round(quiet.days_known(state)),
            "sureness": round(quiet.sureness(state, enrolment), 2),
        }
        code = "away_too_long" if state.away else "inactivity_after_door" if state.door else "inactivity"
        return (_finding(enrolment, code, due, state.seen, facts),)


def _away(state: InactivityState, observation: Observation) -> float:
    """Return when the home was set to away; who is seen later than on the way out is at home."""
    if observation.kind is Kind.AWAY:
        return state.seen if observation.value == 1 else 0.0
    return state.away if state.seen - state.away <= WAY_OUT_S else 0.0


def _settings(enrolment: Enrolment) -> InactivitySettings:
    return enrolment.settings if isinstance(enrolment.settings, InactivitySettings) else InactivitySettings()


def _finding(enrolment: Enrolment, code: str, time: datetime, began: float, facts: dict[str, float | str]) -> Finding:
    return Finding(
        key=f"inactivity:{enrolment.subject}:{began:.0f}:{code}",
        rule=InactivityRule.name,
        code=code,
        alarm_class=AlarmClass.LIFE_SAFETY,
        scope=enrolment.scope,
        subject=enrolment.subject,
        time=time,
        facts=facts,
        restores=code == "activity_again",
    )
