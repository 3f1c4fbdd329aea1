"""The canary: a press that the gateway itself sends through the whole chain, to know that the chain works (L4)."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

import msgspec

from devices.observation import Kind, Observation
from rules.base import AlarmClass, Enrolment, Finding, RuleSettings, Scope
from rules.immediate import Immediate

#: Both must fit, so that no real device is taken for the canary: the API gives no device an id with a colon.
DEVICE: Final = "hemvakt:canary"
DEVICE_KIND: Final = "canary"
FLOWN: Final = "flown"


def is_canary(enrolment: Enrolment) -> bool:
    """Tell whether this is the canary and nobody's button."""
    return enrolment.subject == DEVICE and enrolment.device_kind == DEVICE_KIND


class CanaryState(msgspec.Struct):
    """A flight needs no memory."""


class CanaryRule(Immediate):
    """Each press of the canary is a flight; ``text`` of the button is its number."""

    name: ClassVar[str] = "canary"
    scope: ClassVar[Scope] = Scope.DEVICE
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.PRESS})
    Settings: ClassVar[type[RuleSettings]] = RuleSettings
    State: ClassVar[type[msgspec.Struct]] = CanaryState
    sentences: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "en": {FLOWN: "The system tests itself, flight {flight}. Nobody needs help."},
        "sv": {FLOWN: "Systemet provar sig självt, flygning {flight}. Ingen behöver hjälp."},
    }

    def begin(self, enrolment: Enrolment) -> CanaryState:  # noqa: ARG002
        return CanaryState()

    def observe(self, state: CanaryState, observation: Observation, enrolment: Enrolment) -> Sequence[Finding]:  # noqa: ARG002
        if not is_canary(enrolment):
            return ()
        return [
            Finding(
                key=f"{self.name}:{observation.id}",
                rule=self.name,
                code=FLOWN,
                alarm_class=AlarmClass.TECHNICAL,
                scope=enrolment.scope,
                subject=enrolment.subject,
                time=observation.at,
                facts={"flight": observation.text[:20]},
                evidence=(observation.id,),
            )
        ]


RULE = CanaryRule()
