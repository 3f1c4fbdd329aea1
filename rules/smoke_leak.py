"""Smoke, gas, carbon monoxide and water.

Level, not edge: a detector that already signals in the first message that we hear of it is a finding (Home Assistant
core #52606: a condition already true at start never fired), and one that goes on repeating is not a second finding.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import msgspec

from devices.observation import UNAUTHENTICATED, Kind, Observation
from rules.base import AlarmClass, Enrolment, Finding, RuleSettings, Scope
from rules.immediate import Immediate

CLEARED = "cleared"
#: Added to the code of a signal that anybody near the home may have sent. It is believed all the same.
OPEN = "_unauthenticated"
#: Water is care, not technical: the detector works, and somebody has to come before a wet floor makes a fall.
_CLASS = {
    Kind.SMOKE: AlarmClass.LIFE_SAFETY,
    Kind.GAS: AlarmClass.LIFE_SAFETY,
    Kind.CARBON_MONOXIDE: AlarmClass.LIFE_SAFETY,
    Kind.LEAK: AlarmClass.CARE,
}


_SIGNALS: Mapping[str, Mapping[str, str]] = {
    "en": {
        Kind.SMOKE.value: "The smoke detector signals smoke.",
        Kind.GAS.value: "The gas detector signals gas.",
        Kind.CARBON_MONOXIDE.value: "The detector signals carbon monoxide. It cannot be seen or smelled.",
        Kind.LEAK.value: "The leak sensor signals water.",
    },
    "sv": {
        Kind.SMOKE.value: "Brandvarnaren larmar om rök.",
        Kind.GAS.value: "Gasvarnaren larmar om gas.",
        Kind.CARBON_MONOXIDE.value: "Varnaren larmar om kolmonoxid. Den varken syns eller luktar.",
        Kind.LEAK.value: "Läckagesensorn larmar om vatten.",
    },
}
_DOUBT = {
    "en": "The message was not encrypted: somebody near the home may have sent it.",
    "sv": "Meddelandet var inte krypterat: någon nära hemmet kan ha skickat det.",
}
_CLEARED = {"en": "The detector signals nothing any more.", "sv": "Detektorn larmar inte längre."}


def _sentences(language: str) -> Mapping[str, str]:
    signals = _SIGNALS[language]
    doubtful = {f"{kind}{OPEN}": f"{sentence} {_DOUBT[language]}" for kind, sentence in signals.items()}
    return {**signals, **doubtful, CLEARED: _CLEARED[language]}


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
    sentences: ClassVar[Mapping[str, Mapping[str, str]]] = {language: _sentences(language) for language in _SIGNALS}

    def begin(self, enrolment: Enrolment) -> SmokeLeakState:  # noqa: ARG002
        return SmokeLeakState()

    def observe(self, state: SmokeLeakState, observation: Observation, enrolment: Enrolment) -> Sequence[Finding]:
        kind = observation.kind
        if observation.value != 0.0:
            if kind in state.signals:
                return ()
            state.signals[kind] = observation.id
            code = f"{kind}{OPEN}" if observation.text == UNAUTHENTICATED else kind.value
            return [self._finding(code, observation, enrolment, (observation.id,))]
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
