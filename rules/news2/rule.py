"""NEWS2 as a rule: one score for what was taken together."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import msgspec

from devices.observation import Kind, Observation
from rules.base import AlarmClass, Enrolment, Finding, Moment, RuleSettings, Scope
from rules.news2 import taken
from rules.news2.score import Risk, Score, news2
from rules.news2.sentences import INCOMPLETE, LOW_AGAIN, SENTENCES, code, facts
from rules.news2.settings import News2Settings
from rules.news2.taken import News2State, Taken

#: What is known already calls for a response: so long is waited for the rest before it is told as the least.
PATIENCE_S = 300.0
#: After the gateway was deaf, what waited in the broker arrives first.
RESUME_GRACE = timedelta(minutes=15)
_GRAVITY = {risk: place for place, risk in enumerate(Risk)}


class News2Rule:
    """Care. A set is scored when it is complete, or when its time is up; then it says what is missing.

    A set is open from when somebody takes a score (``taken.is_being_scored``). What is known of an incomplete one and
    calls for a response by itself is told five minutes after its last value: points only add up.
    """

    name: ClassVar[str] = "news2"
    scope: ClassVar[Scope] = Scope.RESIDENT
    kinds: ClassVar[frozenset[Kind]] = frozenset(taken.PARAMETERS)
    Settings: ClassVar[type[RuleSettings]] = News2Settings
    State: ClassVar[type[msgspec.Struct]] = News2State
    sentences: ClassVar[Mapping[str, Mapping[str, str]]] = SENTENCES

    def begin(self, enrolment: Enrolment) -> News2State:  # noqa: ARG002
        return News2State()

    def observe(self, state: News2State, observation: Observation, enrolment: Enrolment) -> Sequence[Finding]:
        """Add a value to the set, and score it when that makes it complete."""
        settings, value = _settings(enrolment), taken.value_of(observation)
        at, received = min(observation.at, observation.received_at), observation.received_at.timestamp()
        if value is None:
            return ()
        new = Taken(at.timestamp(), value, observation.id)
        if not taken.take(state, observation.kind, new, 60 * settings.together_min):
            return ()
        if not state.opened and taken.is_being_scored(state):
            state.opened = received
        state.last = received
        score = _score(state, settings)
        if not score.complete:
            return ()
        findings = _say(state, score, at, enrolment)
        taken.close(state)
        return findings

    def deadline(self, state: News2State, enrolment: Enrolment, moment: Moment) -> datetime | None:
        """Return when the open set is told as it is; None while no home is heard."""
        if not state.opened or moment.deaf_since is not None:
            return None
        settings = _settings(enrolment)
        due = _closes(state, settings)
        if _tells_more(state, _score(state, settings), settings):
            due = min(due, state.last + PATIENCE_S)
        return max(datetime.fromtimestamp(due, UTC), moment.resumed_at + RESUME_GRACE)

    def expire(self, state: News2State, now: datetime, enrolment: Enrolment, moment: Moment) -> Sequence[Finding]:
        """Tell the least that the score can be, and close the set when its time is up."""
        due = self.deadline(state, enrolment, moment)
        if due is None or due > now:
            return ()
        settings = _settings(enrolment)
        findings = _say(state, _score(state, settings), due, enrolment)
        if due.timestamp() >= _closes(state, settings):
            taken.close(state)
        return findings


def _settings(enrolment: Enrolment) -> News2Settings:
    return enrolment.settings if isinstance(enrolment.settings, News2Settings) else News2Settings()


def _closes(state: News2State, settings: News2Settings) -> float:
    return state.opened + 60 * settings.together_min


def _score(state: News2State, settings: News2Settings) -> Score:
    return news2(taken.vitals(state, scale_2=settings.scale_2))


def _tells_more(state: News2State, score: Score, settings: News2Settings) -> bool:
    """Say whether the band is to be told and graver than what was told of this set."""
    gravity = _GRAVITY[score.risk]
    return gravity >= _GRAVITY[settings.tell_from] and gravity > _GRAVITY[state.told]


def _say(state: News2State, score: Score, time: datetime, enrolment: Enrolment) -> list[Finding]:
    settings = _settings(enrolment)
    if _tells_more(state, score, settings):
        state.told, state.raised = score.risk, True
        return [_finding(code(score.risk, complete=score.complete), score, state, time, enrolment)]
    if not score.complete:
        return [] if state.told is not Risk.LOW else [_finding(INCOMPLETE, score, state, time, enrolment)]
    if state.raised and _GRAVITY[score.risk] < _GRAVITY[settings.tell_from]:
        state.raised = False
        return [_finding(LOW_AGAIN, score, state, time, enrolment)]
    return []


def _finding(said: str, score: Score, state: News2State, time: datetime, enrolment: Enrolment) -> Finding:
    evidence = tuple(sorted(one.id for one in state.taken.values()))
    return Finding(
        key=f"{News2Rule.name}:{enrolment.subject}:{said}:{evidence[-1]}",
        rule=News2Rule.name,
        code=said,
        alarm_class=AlarmClass.CARE,
        scope=enrolment.scope,
        subject=enrolment.subject,
        time=time,
        facts=facts(score),
        evidence=evidence,
        restores=said == LOW_AGAIN,
    )
