"""A device that says that it is being opened or taken off its place."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import msgspec

from devices.observation import Kind, Observation
from rules.base import AlarmClass, Enrolment, Finding, RuleSettings, Scope
from rules.immediate import Immediate

TAMPERED = "tampered"
RESTORED = "restored"


class TamperState(msgspec.Struct):
    tampered: bool = False


class TamperRule(Immediate):
    """Technical: one finding when it begins, one that restores when it ends. Another value says neither."""

    name: ClassVar[str] = "tamper"
    scope: ClassVar[Scope] = Scope.DEVICE
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.TAMPER})
    Settings: ClassVar[type[RuleSettings]] = RuleSettings
    State: ClassVar[type[msgspec.Struct]] = TamperState
    sentences: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "en": {
            TAMPERED: "The device reports that it is open or has been moved.",
            RESTORED: "The device is closed and in its place again.",
        },
        "sv": {
            TAMPERED: "Enheten anger att den är öppnad eller flyttad.",
            RESTORED: "Enheten är stängd och på plats igen.",
        },
    }

    def begin(self, enrolment: Enrolment) -> TamperState:  # noqa: ARG002
        return TamperState()

    def observe(self, state: TamperState, observation: Observation, enrolment: Enrolment) -> Sequence[Finding]:
        if observation.value not in {0.0, 1.0} or state.tampered == (observation.value == 1.0):
            return ()
        state.tampered = not state.tampered
        return [
            Finding(
                key=f"{self.name}:{observation.id}",
                rule=self.name,
                code=TAMPERED if state.tampered else RESTORED,
                alarm_class=AlarmClass.TECHNICAL,
                scope=enrolment.scope,
                subject=enrolment.subject,
                time=observation.at,
                evidence=(observation.id,),
                restores=not state.tampered,
            )
        ]


RULE = TamperRule()
