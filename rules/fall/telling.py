"""Events of the detector as findings."""

from datetime import UTC, datetime

from rules.base import AlarmClass, Asks, Enrolment, Finding
from rules.fall.detector import Event
from rules.fall.features import AFTER_S, BEFORE_S
from rules.fall.sentences import RECOVERED, SUSPECTED, SUSPECTED_AND_TURNED
from rules.fall.state import FallState

_TURNED_DEG = 45.0
_REASONS = 3

Facts = dict[str, float | str]


def place(state: FallState, event: Event) -> tuple[datetime, tuple[int, ...]]:
    """Return when ``event`` was, and the windows that show it."""
    evidence = tuple(number for number, ended in state.windows if ended > event.at_s - BEFORE_S)
    return _time(state, event.at_s), evidence


def suspected(event: Event, hit: datetime, evidence: tuple[int, ...], enrolment: Enrolment) -> Finding:
    """Return the finding for staff."""
    code = SUSPECTED_AND_TURNED if event.turned_deg >= _TURNED_DEG else SUSPECTED
    return finding(code, hit, hit, enrolment, facts=_facts(event), evidence=evidence)


def recovered(state: FallState, event: Event, enrolment: Enrolment) -> Finding:
    """Return the finding that the person is up."""
    hit, evidence = place(state, event)
    facts: Facts = {"after_s": round(event.decided_s - event.at_s)}
    up = _time(state, event.decided_s)
    return finding(RECOVERED, hit, up, enrolment, facts=facts, evidence=evidence, restores=True)


def finding(
    code: str,
    hit: datetime,
    time: datetime,
    enrolment: Enrolment,
    *,
    facts: Facts | None = None,
    evidence: tuple[int, ...] = (),
    restores: bool = False,
    asks: Asks | None = None,
) -> Finding:
    """Return a finding of this rule about the hit at ``hit``."""
    return Finding(
        key=f"fall:{enrolment.subject}:{round(hit.timestamp() * 1000)}:{code}",
        rule="fall",
        code=code,
        alarm_class=AlarmClass.LIFE_SAFETY,
        scope=enrolment.scope,
        subject=enrolment.subject,
        time=time,
        facts=facts or {},
        evidence=evidence,
        restores=restores,
        asks=asks,
    )


def _facts(event: Event) -> Facts:
    return {
        "impact_g": round(event.impact_g, 1),
        "turned_deg": round(event.turned_deg),
        "still_s": round(event.still_s, 1),
        "after_s": round(min(AFTER_S, event.decided_s - event.at_s), 1),
        "confidence": round(event.confidence, 3),
        "decided_by": ", ".join(list(event.evidence)[:_REASONS]),
    }


def _time(state: FallState, stream_s: float) -> datetime:
    return datetime.fromtimestamp(round(state.began + stream_s - state.fed, 3), UTC)
