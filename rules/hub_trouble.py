"""What a home hub says is wrong with itself or with the devices that it hears.

The hub always tells the whole list, so that a message which is lost or comes twice leaves nothing standing for ever.
Source: docs/asyncapi.yaml, message ``trouble``.
"""

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar

import msgspec

from devices.observation import Kind, Observation
from rules.base import AlarmClass, Enrolment, Finding, RuleSettings, Scope
from rules.immediate import Immediate

OTHER = "other"
RESTORED = "restored"
_KNOWN = frozenset({"radio", "disk", "pairing", "unreadable", "replayed"})
#: What one hub can have at a time, on the wire too.
_MOST = 50
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
#: Names in one sentence; the rest are counted.
_NAMED = 3


class HubTroubleState(msgspec.Struct):
    """What stands, as it came: "trouble" or "trouble/device"."""

    standing: list[str] = []


class HubTroubleRule(Immediate):
    """Technical: one finding for each sort of trouble that is new, and one that restores when none is left."""

    name: ClassVar[str] = "hub_trouble"
    scope: ClassVar[Scope] = Scope.DEVICE
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.TROUBLE})
    Settings: ClassVar[type[RuleSettings]] = RuleSettings
    State: ClassVar[type[msgspec.Struct]] = HubTroubleState
    sentences: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "en": {
            "radio": "The home hub's Bluetooth radio does not work: its devices are not heard, presses neither.",
            "disk": "The home hub can store nothing; its disk may be full. Presses are sent, measurements may be lost.",
            "pairing": "The home hub cannot read {devices}: it must be paired again.",
            "unreadable": "The home hub has heard something from {devices} that cannot be read. It is kept there.",
            "replayed": "The home hub takes no presses from {devices}: an old press came again, or its battery was "
            "changed. A technician must look at it.",
            OTHER: "The home hub reports a trouble that is not known here: {trouble}.",
            RESTORED: "The home hub reports no trouble any more.",
        },
        "sv": {
            "radio": "Hemhubbens Bluetooth fungerar inte: dess enheter hörs inte, inte heller tryck.",
            "disk": "Hemhubben kan inte lagra något; disken kan vara full. Tryck skickas, mätningar kan gå förlorade.",
            "pairing": "Hemhubben kan inte läsa {devices}: den måste parkopplas på nytt.",
            "unreadable": "Hemhubben har hört något från {devices} som inte går att läsa. Det är sparat där.",
            "replayed": "Hemhubben tar inte emot tryck från {devices}: ett gammalt tryck kom igen, eller så är "
            "batteriet bytt. En tekniker måste se på det.",
            OTHER: "Hemhubben rapporterar ett fel som inte är känt här: {trouble}.",
            RESTORED: "Hemhubben rapporterar inga fel längre.",
        },
    }

    def begin(self, enrolment: Enrolment) -> HubTroubleState:  # noqa: ARG002
        return HubTroubleState()

    def observe(self, state: HubTroubleState, observation: Observation, enrolment: Enrolment) -> Sequence[Finding]:
        before, state.standing = state.standing, observation.text.split()[:_MOST]
        if not state.standing:
            return [self._finding(RESTORED, {}, observation, enrolment)] if before else ()
        new: dict[str, list[str]] = {}
        for one in state.standing:
            if one not in before:
                trouble, _, device = one.partition("/")
                new.setdefault(_name(trouble), []).append(_name(device))
        return [
            self._finding(
                trouble if trouble in _KNOWN else OTHER,
                {"trouble": trouble, "devices": _listed(devices)},
                observation,
                enrolment,
            )
            for trouble, devices in new.items()
        ]

    def _finding(
        self, code: str, facts: dict[str, float | str], observation: Observation, enrolment: Enrolment
    ) -> Finding:
        return Finding(
            key=f"{self.name}:{observation.id}:{facts.get('trouble', RESTORED)}",
            rule=self.name,
            code=code,
            alarm_class=AlarmClass.TECHNICAL,
            scope=enrolment.scope,
            subject=enrolment.subject,
            time=observation.at,
            facts=facts,
            evidence=(observation.id,),
            restores=code == RESTORED,
        )


def _name(word: str) -> str:
    """Return a word that is a name on the wire, or "?": some device's free text is nothing to show to staff."""
    return word if not word or _NAME.fullmatch(word) else "?"


def _listed(devices: Sequence[str]) -> str:
    more = len(devices) - _NAMED
    return ", ".join(devices[:_NAMED]) + (f" (+ {more})" if more > 0 else "")


RULE = HubTroubleRule()
