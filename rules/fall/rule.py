"""A fall, suspected from acceleration."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import numpy as np

from devices.observation import Kind, Observation
from rules.base import AlarmClass, Enrolment, Finding, Moment, Scope
from rules.fall.detector import Event, Judge, feed, finish
from rules.fall.features import AFTER_S, BEFORE_S
from rules.fall.model import for_position
from rules.fall.settings import THRESHOLDS, FallSettings
from rules.fall.state import FallState
from rules.fall.stream import continues, note, open_stream, samples_of

SUSPECTED = "fall"
SUSPECTED_AND_TURNED = "fall_turned"
RECOVERED = "fall_up_again"
_TURNED_DEG = 45.0
_REASONS = 3


class FallRule:
    """A life-safety finding a few seconds after a hit that looks like a fall; restored when the person walks again."""

    name: ClassVar[str] = "fall"
    scope: ClassVar[Scope] = Scope.DEVICE
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.ACCELERATION})
    Settings: ClassVar[type[FallSettings]] = FallSettings
    State: ClassVar[type[FallState]] = FallState
    sentences: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "en": {
            SUSPECTED: (
                "Fall suspected: hit of {impact_g:.1f} g, still for {still_s:.1f} of the {after_s:.0f} s after it; "
                "confidence {confidence:.2f}."
            ),
            SUSPECTED_AND_TURNED: (
                "Fall suspected: hit of {impact_g:.1f} g, turned {turned_deg:.0f}°, still for {still_s:.1f} of the "
                "{after_s:.0f} s after it; confidence {confidence:.2f}."
            ),
            RECOVERED: "Walks again {after_s:span} after a suspected fall.",
        },
        "sv": {
            SUSPECTED: (
                "Misstänkt fall: stöt på {impact_g:.1f} g, stilla {still_s:.1f} av {after_s:.0f} s efteråt; "
                "säkerhet {confidence:.2f}."
            ),
            SUSPECTED_AND_TURNED: (
                "Misstänkt fall: stöt på {impact_g:.1f} g, vändes {turned_deg:.0f}°, stilla {still_s:.1f} av "
                "{after_s:.0f} s efteråt; säkerhet {confidence:.2f}."
            ),
            RECOVERED: "Går igen {after_s:span} efter ett misstänkt fall.",
        },
    }

    def begin(self, enrolment: Enrolment) -> FallState:
        """Return the state of a device of which nothing was heard."""
        del enrolment
        return FallState()

    def observe(self, state: FallState, observation: Observation, enrolment: Enrolment) -> Sequence[Finding]:
        """Take a window. One that does not follow the last settles what was still waiting there."""
        window = observation.acceleration
        samples = None if window is None else samples_of(window)
        if window is None or samples is None:
            return ()
        findings: list[Finding] = []
        seconds = len(samples) / window.rate_hz
        missing_s = continues(state, observation, window, seconds)
        if missing_s is None:
            findings += self._settle(state, enrolment)
            open_stream(state, window)
            missing_s = 0.0
        detector = state.detector
        if detector is None:
            return findings
        note(state, observation, seconds, missing_s)
        gap = np.full((round(missing_s * window.rate_hz), 3), np.nan)
        events = feed(detector, np.concatenate((gap, samples)), _judge(detector.position, enrolment))
        return [*findings, *(_finding(state, event, enrolment) for event in events)]

    def deadline(self, state: FallState, enrolment: Enrolment, moment: Moment) -> datetime | None:
        """Return when a hit is judged on what there is, if no more is heard. What waits in the broker comes first."""
        if state.detector is None or not state.detector.undecided:
            return None
        heard = max(datetime.fromtimestamp(state.heard, UTC), moment.resumed_at)
        return heard + timedelta(seconds=_settings(enrolment).silence_s)

    def expire(self, state: FallState, now: datetime, enrolment: Enrolment, moment: Moment) -> Sequence[Finding]:
        """Judge what waits: a suspected fall goes out at once."""
        due = self.deadline(state, enrolment, moment)
        return self._settle(state, enrolment) if due is not None and due <= now else ()

    def _settle(self, state: FallState, enrolment: Enrolment) -> list[Finding]:
        if state.detector is None:
            return []
        events = finish(state.detector, _judge(state.detector.position, enrolment))
        findings = [_finding(state, event, enrolment) for event in events]
        state.detector = None
        return findings


def _settings(enrolment: Enrolment) -> FallSettings:
    return enrolment.settings if isinstance(enrolment.settings, FallSettings) else FallSettings()


def _judge(position: str, enrolment: Enrolment) -> Judge:
    return Judge(for_position(position), THRESHOLDS[_settings(enrolment).sensitivity])


def _finding(state: FallState, event: Event, enrolment: Enrolment) -> Finding:
    hit = _time(state, event.at_s)
    code = RECOVERED if event.recovered else SUSPECTED_AND_TURNED if event.turned_deg >= _TURNED_DEG else SUSPECTED
    return Finding(
        key=f"fall:{enrolment.subject}:{round(hit.timestamp() * 1000)}:{code}",
        rule=FallRule.name,
        code=code,
        alarm_class=AlarmClass.LIFE_SAFETY,
        scope=enrolment.scope,
        subject=enrolment.subject,
        time=_time(state, event.decided_s) if event.recovered else hit,
        facts={"after_s": round(event.decided_s - event.at_s)} if event.recovered else _facts(event),
        evidence=tuple(number for number, ended in state.windows if ended > event.at_s - BEFORE_S),
        restores=event.recovered,
    )


def _facts(event: Event) -> dict[str, float | str]:
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
