"""Something that a device said and its family cannot read.

It may have been anything that this device can say, so it takes the highest class of its device, never the lowest: what
a smoke detector says unreadably may be smoke.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import msgspec

from devices.observation import Kind, Observation
from rules.base import AlarmClass, Enrolment, Finding, RuleSettings, Scope
from rules.immediate import Immediate

UNREADABLE = "unreadable"
#: Kinds of device whose gravest word is less than life-safety. A kind that is not listed may save a life.
_GRAVEST = {
    "pir": AlarmClass.TECHNICAL,
    "door": AlarmClass.TECHNICAL,
    "bridge": AlarmClass.TECHNICAL,
    "chair": AlarmClass.TECHNICAL,
    "appliance": AlarmClass.TECHNICAL,
    "plug": AlarmClass.TECHNICAL,
    "temperature": AlarmClass.CARE,
    "bed": AlarmClass.CARE,
    "leak": AlarmClass.CARE,
    "hub": AlarmClass.CARE,
}
#: Parts of a message that never say more than this, whatever device they come from.
_LESSER_FIELDS = {
    "battery": AlarmClass.TECHNICAL,
    "tamper": AlarmClass.TECHNICAL,
    "power": AlarmClass.TECHNICAL,
    "temperature": AlarmClass.CARE,
    "water_leak": AlarmClass.CARE,
}
#: A device that invents names without end is told of this many times.
_MOST_FIELDS = 16


def gravest(device_kind: str) -> AlarmClass:
    """Return the gravest class that a device of this kind can raise by itself; life safety for a kind nobody listed."""
    return _GRAVEST.get(device_kind, AlarmClass.LIFE_SAFETY)


class UnknownState(msgspec.Struct):
    """The parts of messages found so far."""

    fields: list[str] = []


class UnknownRule(Immediate):
    """Each part of a device's messages that cannot be read is a finding, once."""

    name: ClassVar[str] = "unknown"
    scope: ClassVar[Scope] = Scope.DEVICE
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.UNKNOWN})
    Settings: ClassVar[type[RuleSettings]] = RuleSettings
    State: ClassVar[type[msgspec.Struct]] = UnknownState
    sentences: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "en": {UNREADABLE: "The device says something that cannot be read (“{field}”). It may be an alarm."},
        "sv": {UNREADABLE: "Enheten säger något som inte går att läsa (”{field}”). Det kan vara ett larm."},
    }

    def begin(self, enrolment: Enrolment) -> UnknownState:  # noqa: ARG002
        return UnknownState()

    def observe(self, state: UnknownState, observation: Observation, enrolment: Enrolment) -> Sequence[Finding]:
        # Some device's free text is nothing to show to staff; a name is.
        field = observation.text[:40] if observation.text.isidentifier() else "payload"
        if field in state.fields or len(state.fields) >= _MOST_FIELDS:
            return ()
        state.fields.append(field)
        return [
            Finding(
                key=f"{self.name}:{observation.id}",
                rule=self.name,
                code=UNREADABLE,
                alarm_class=_LESSER_FIELDS.get(field, gravest(enrolment.device_kind)),
                scope=enrolment.scope,
                subject=enrolment.subject,
                time=observation.at,
                facts={"field": field},
                evidence=(observation.id,),
            )
        ]


RULE = UnknownRule()
