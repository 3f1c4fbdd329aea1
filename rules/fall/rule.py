"""A fall, suspected from acceleration."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import msgspec
import numpy as np

from devices.observation import Kind, Observation
from rules.base import Enrolment, Finding, Moment, RuleSettings, Scope
from rules.fall import asking, telling
from rules.fall.detector import Event, Judge, feed, finish
from rules.fall.model import for_position
from rules.fall.sentences import SENTENCES
from rules.fall.settings import THRESHOLDS, FallSettings, settings_of
from rules.fall.state import FallState
from rules.fall.stream import continues, note, open_stream, samples_of


class FallRule:
    """A life-safety finding a few seconds after a hit that looks like a fall; restored when the person walks again.

    A device that can ask its wearer does so first. It goes out at once where the device cannot, and at the deadline
    when nobody answers.
    """

    name: ClassVar[str] = "fall"
    scope: ClassVar[Scope] = Scope.DEVICE
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.ACCELERATION, Kind.ANSWER, Kind.PROMPTS})
    Settings: ClassVar[type[RuleSettings]] = FallSettings
    State: ClassVar[type[msgspec.Struct]] = FallState
    sentences: ClassVar[Mapping[str, Mapping[str, str]]] = SENTENCES

    def begin(self, enrolment: Enrolment) -> FallState:
        """Return the state of a device of which nothing was heard."""
        del enrolment
        return FallState()

    def observe(self, state: FallState, observation: Observation, enrolment: Enrolment) -> Sequence[Finding]:
        """Take a window, an answer of the wearer, or what the device says of itself."""
        if observation.kind is Kind.PROMPTS:
            state.can_prompt = observation.value == 1.0
            return ()
        if observation.kind is Kind.ANSWER:
            return asking.answered(state, observation, enrolment)
        return self._feel(state, observation, enrolment)

    def _feel(self, state: FallState, observation: Observation, enrolment: Enrolment) -> Sequence[Finding]:
        """Take a window. One that does not follow the last settles what was still waiting there."""
        window = observation.acceleration
        samples = None if window is None else samples_of(window)
        if window is None or samples is None:
            return ()
        findings: list[Finding] = []
        seconds, now = len(samples) / window.rate_hz, observation.received_at
        missing_s = continues(state, observation, window, seconds)
        if missing_s is None:
            findings += self._settle(state, now, enrolment)
            open_stream(state, window)
            missing_s = 0.0
        detector = state.detector
        if detector is None:
            return findings
        note(state, observation, seconds, missing_s)
        gap = np.full((round(missing_s * window.rate_hz), 3), np.nan)
        events = feed(detector, np.concatenate((gap, samples)), _judge(detector.position, enrolment))
        return [*findings, *_told(state, events, now, enrolment)]

    def deadline(self, state: FallState, enrolment: Enrolment, moment: Moment) -> datetime | None:
        """Return when a hit is judged on what there is, or a question stays without an answer.

        What waits in the broker comes first.
        """
        wait = timedelta(seconds=settings_of(enrolment).silence_s)
        due = []
        if state.detector is not None and state.detector.undecided:
            due.append(max(datetime.fromtimestamp(state.heard, UTC), moment.resumed_at) + wait)
        if state.asked is not None:
            due.append(max(datetime.fromtimestamp(state.asked.until, UTC), moment.resumed_at + wait))
        return min(due, default=None)

    def expire(self, state: FallState, now: datetime, enrolment: Enrolment, moment: Moment) -> Sequence[Finding]:
        """Say what nobody answered, and judge what waits: it goes out at once."""
        findings: list[Finding] = []
        wait = timedelta(seconds=settings_of(enrolment).silence_s)
        asked = state.asked
        if asked is not None and max(datetime.fromtimestamp(asked.until, UTC), moment.resumed_at + wait) <= now:
            findings += asking.unanswered(state, enrolment)
        due = self.deadline(state, enrolment, moment)
        if due is not None and due <= now:
            findings += self._settle(state, due, enrolment)
        return findings

    def _settle(self, state: FallState, now: datetime, enrolment: Enrolment) -> list[Finding]:
        if state.detector is None:
            return []
        events = finish(state.detector, _judge(state.detector.position, enrolment))
        findings = _told(state, events, now, enrolment)
        state.detector = None
        return findings


def _judge(position: str, enrolment: Enrolment) -> Judge:
    return Judge(for_position(position), THRESHOLDS[settings_of(enrolment).sensitivity])


def _told(state: FallState, events: Iterable[Event], now: datetime, enrolment: Enrolment) -> list[Finding]:
    findings: list[Finding] = []
    for event in events:
        if event.recovered:
            state.asked = None
            findings.append(telling.recovered(state, event, enrolment))
        elif state.can_prompt and settings_of(enrolment).ask_s > 0 and not enrolment.settings.shadow:
            findings += asking.ask(state, event, now, enrolment)
        else:
            findings.append(telling.suspected(event, *telling.place(state, event), enrolment))
    return findings
