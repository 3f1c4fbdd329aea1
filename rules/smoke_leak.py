"""Smoke, gas, carbon monoxide and water.

Level, not edge: a detector that already signals in the first message that we hear of it is a finding (Home Assistant
core #52606: a condition already true at start never fired), and one that goes on repeating is not a second finding.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import msgspec

from devices.observation import Kind, Observation
from rules.base import AlarmClass, Enrolment, Finding, RuleSettings, Scope
from rules.immediate import Immediate

CLEARED = "cleared"
#: Water is care, not technical: the detector works, and somebody has to come before a wet floor makes a fall.
_CLASS = {
    Kind.SMOKE: AlarmClass.LIFE_SAFETY,
    Kind.GAS: AlarmClass.LIFE_SAFETY,
    Kind.CARBON_MONOXIDE: AlarmClass.LIFE_SAFETY,
    Kind.LEAK: AlarmClass.CARE,
}


class SmokeLeakState(msgspec.Struct):
    """What the detector signals now, with the observation that began it."""

    signals: dict[Kind, int] = {}


class SmokeLeakRule(Immediate):
    """One finding when a detector begins to signal, and one that restores when it signals nothing any more.

    Only a plain 0 says that the condition is over. Any other value, and none at all, is taken as the signal: a
    detector that says something unreadable must not be taken for one that says "all clear".
    """

    name: ClassVar[str] = "smoke_leak"
    scope: ClassVar[Scope] = Scope.DEVICE
    kinds: ClassVar[frozenset[Kind]] = frozenset(_CLASS)
    Settings: ClassVar[type[RuleSettings]] = RuleSettings
    State: ClassVar[type[msgspec.Struct]] = SmokeLeakState
    sentences: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "en": {
            Kind.SMOKE.value: "The smoke detector signals smoke.",
            Kind.GAS.value: "The gas detector signals gas.",
            Kind.CARBON_MONOXIDE.value: "The detector signals carbon monoxide. It cannot be seen or smelled.",
            Kind.LEAK.value: "The leak sensor signals water.",
            CLEARED: "The detector signals nothing any more.",
        },
        "sv": {
            Kind.SMOKE.value: "Brandvarnaren larmar om rök.",
            Kind.GAS.value: "Gasvarnaren larmar om gas.",
            Kind.CARBON_MONOXIDE.value: "Varnaren larmar om kolmonoxid. Den varken syns eller luktar.",
            Kind.LEAK.value: "Läckagesensorn larmar om vatten.",
            CLEARED: "Detektorn larmar inte längre.",
        },
    }

    def begin(self, enrolment: Enrolment) -> SmokeLeakState:  # noqa: ARG002
        return SmokeLeakState()

    def observe(self, state: SmokeLeakState, observation: Observation, enrolment: Enrolment) -> Sequence[Finding]:
        kind = observation.kind
        if observation.value != 0.0:
            if kind in state.signals:
                return ()
            state.signals[kind] = observation.id
            return [self._finding(kind.value, observation, enrolment, (observation.id,))]
        began = state.signals.pop(kind, None)
        # One subject is one condition to the alarm desk: it is over when the last of the signals is.
        if began is None or state.signals:
            return ()
        return [self._finding(CLEARED, observation, enrolment, (began, observation.id))]

    def _finding(self, code: str, observation: Observation, enrolment: Enrolment, evidence: tuple[int, ...]) -> Finding:
        return Finding(
            key=f"{self.name}:{observation.id}",
            rule=self.name,
            code=code,
            alarm_class=_CLASS[observation.kind],
            scope=enrolment.scope,
            subject=enrolment.subject,
            time=observation.at,
            evidence=evidence,
            restores=code == CLEARED,
        )


RULE = SmokeLeakRule()
