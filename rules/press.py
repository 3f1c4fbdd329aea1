"""A press on an alarm button. Every press is a finding: nobody's second press is folded into the first."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import msgspec

from devices.observation import Kind, Observation, Quality
from rules.base import AlarmClass, Enrolment, Finding, RuleSettings, Scope
from rules.canary import is_canary
from rules.immediate import Immediate

PRESSED = "pressed"
PRESSED_EARLIER = "pressed_earlier"
#: Below this, to say "earlier" helps nobody.
_LATE_S = 60.0


class PressState(msgspec.Struct):
    """A press needs no memory."""


class PressRule(Immediate):
    """Life-safety, always. What the device says beside it (value, text, quality) never turns a press into nothing."""

    name: ClassVar[str] = "press"
    scope: ClassVar[Scope] = Scope.DEVICE
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.PRESS})
    Settings: ClassVar[type[RuleSettings]] = RuleSettings
    State: ClassVar[type[msgspec.Struct]] = PressState
    sentences: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "en": {
            PRESSED: "The alarm button was pressed.",
            PRESSED_EARLIER: "The alarm button was pressed {late_s:span} before the message reached us.",
        },
        "sv": {
            PRESSED: "Larmknappen har tryckts in.",
            PRESSED_EARLIER: "Larmknappen trycktes in {late_s:span} innan meddelandet nådde oss.",
        },
    }

    def begin(self, enrolment: Enrolment) -> PressState:  # noqa: ARG002
        return PressState()

    def observe(self, state: PressState, observation: Observation, enrolment: Enrolment) -> Sequence[Finding]:  # noqa: ARG002
        if is_canary(enrolment):
            return []
        late_s = (observation.received_at - observation.at).total_seconds()
        earlier = Quality.LATE in observation.quality and late_s >= _LATE_S
        return [
            Finding(
                key=f"{self.name}:{observation.id}",
                rule=self.name,
                code=PRESSED_EARLIER if earlier else PRESSED,
                alarm_class=AlarmClass.LIFE_SAFETY,
                scope=enrolment.scope,
                subject=enrolment.subject,
                time=observation.at,
                facts={"late_s": late_s} if earlier else {},
                evidence=(observation.id,),
            )
        ]


RULE = PressRule()
