"""The wearer is asked first where the device can: one question at a time, and never a fall that is told to nobody."""

from datetime import UTC, datetime

from devices.observation import Observation
from rules.base import AlarmClass, Asks, Enrolment, Finding
from rules.fall import telling
from rules.fall.detector import Event
from rules.fall.sentences import ASKED, FINE, HELP
from rules.fall.settings import settings_of
from rules.fall.state import Asked, FallState

#: Cries for help that come faster than this are one.
_HELD_OFF_S = 10.0


def ask(state: FallState, event: Event, now: datetime, enrolment: Enrolment) -> list[Finding]:
    """Ask about a suspected fall. A second one while the question is open needs no question: staff are told of it."""
    hit, evidence = telling.place(state, event)
    if state.asked is not None:
        state.told = True
        return [telling.suspected(event, hit, evidence, enrolment)]
    ask_s = settings_of(enrolment).ask_s
    state.asked = Asked(event, hit.timestamp(), evidence, now.timestamp() + ask_s)
    facts: telling.Facts = {"impact_g": round(event.impact_g, 1), "ask_s": ask_s}
    return [telling.finding(ASKED, hit, hit, enrolment, facts=facts, evidence=evidence, asks=Asks.PROMPT)]


def answered(state: FallState, observation: Observation, enrolment: Enrolment) -> list[Finding]:
    """Take an answer: only a plain 1 says that all is well, to the question that is open or the one before it."""
    at, asked = observation.received_at, state.asked
    evidence = (*(() if asked is None else asked.evidence), observation.id)
    matters, state.asked = asked is not None or state.told, None
    if observation.value == 1.0:
        state.told = False
        # An answer that comes too late restores what was told meanwhile; a person still closes it.
        return [_answer(FINE, at, enrolment, evidence)] if matters else []
    epoch = at.timestamp()
    if asked is None and 0 <= epoch - state.helped < _HELD_OFF_S:
        return []
    state.helped, state.told = epoch, True
    return [_answer(HELP, at, enrolment, evidence)]


def unanswered(state: FallState, enrolment: Enrolment) -> list[Finding]:
    """Tell staff of the fall about which nobody answered."""
    asked, state.asked = state.asked, None
    if asked is None:
        return []
    state.told = True
    return [telling.suspected(asked.event, datetime.fromtimestamp(asked.time, UTC), asked.evidence, enrolment)]


def _answer(code: str, at: datetime, enrolment: Enrolment, evidence: tuple[int, ...]) -> Finding:
    return Finding(
        key=f"fall:{enrolment.subject}:{evidence[-1]}:{code}",
        rule="fall",
        code=code,
        alarm_class=AlarmClass.LIFE_SAFETY,
        scope=enrolment.scope,
        subject=enrolment.subject,
        time=at,
        evidence=evidence,
        restores=code == FINE,
    )
