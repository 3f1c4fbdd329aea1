"""A battery that runs low is found once, and once more when it is nearly empty, until it is well above again."""

from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import ClassVar, Self

import msgspec
from pydantic import Field, model_validator

from devices.observation import Kind, Observation
from rules.base import AlarmClass, Enrolment, Finding, RuleSettings, Scope
from rules.immediate import Immediate

LOW = "low"
CRITICAL = "critical"
RESTORED = "restored"
_PERCENT = frozenset({"%", "1"})


class Charge(IntEnum):
    """How far the battery was found to be down."""

    FINE = 0
    LOW = 1
    CRITICAL = 2


_CODE = {Charge.LOW: LOW, Charge.CRITICAL: CRITICAL}


class BatterySettings(RuleSettings):
    """Limits in per cent of a full battery: product defaults, no standard gives a figure that holds for all cells."""

    low: float = Field(default=15.0, gt=0, lt=100)
    critical: float = Field(default=5.0, ge=0, lt=100)
    #: The charge at which it is well again: above ``low``, because a cold room moves a cell by some per cent.
    restored: float = Field(default=20.0, gt=0, le=100)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.critical <= self.low <= self.restored:
            raise ValueError("critical <= low <= restored")
        return self


class BatteryState(msgspec.Struct):
    charge: Charge = Charge.FINE


class BatteryRule(Immediate):
    """Technical. A charge that is no percentage (NaN, 255 for "unknown", a voltage) is no reading of the battery."""

    name: ClassVar[str] = "battery"
    scope: ClassVar[Scope] = Scope.DEVICE
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.BATTERY})
    Settings: ClassVar[type[RuleSettings]] = BatterySettings
    State: ClassVar[type[msgspec.Struct]] = BatteryState
    sentences: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "en": {
            LOW: "The battery is low: {percent:.0f} % left (limit {limit:.0f} %).",
            CRITICAL: "The battery is almost empty: {percent:.0f} % left (limit {limit:.0f} %). Change it today.",
            RESTORED: "The battery is well again: {percent:.0f} %.",
        },
        "sv": {
            LOW: "Batteriet är lågt: {percent:.0f} % kvar (gräns {limit:.0f} %).",
            CRITICAL: "Batteriet är nästan slut: {percent:.0f} % kvar (gräns {limit:.0f} %). Byt det i dag.",
            RESTORED: "Batteriet är bra igen: {percent:.0f} %.",
        },
    }

    def begin(self, enrolment: Enrolment) -> BatteryState:  # noqa: ARG002
        return BatteryState()

    def observe(self, state: BatteryState, observation: Observation, enrolment: Enrolment) -> Sequence[Finding]:
        settings = enrolment.settings
        assert isinstance(settings, BatterySettings)  # noqa: S101 - the engine hands out Settings of this rule
        percent = observation.value
        if percent is None or not 0.0 <= percent <= 100.0 or observation.unit not in _PERCENT:
            return ()
        if state.charge is not Charge.FINE and percent >= settings.restored:
            state.charge = Charge.FINE
            return [self._finding(RESTORED, observation, enrolment, {"percent": percent})]
        charge = _charge(percent, settings)
        if charge <= state.charge:
            return ()
        state.charge = charge
        limit = settings.critical if charge is Charge.CRITICAL else settings.low
        return [self._finding(_CODE[charge], observation, enrolment, {"percent": percent, "limit": limit})]

    def _finding(
        self, code: str, observation: Observation, enrolment: Enrolment, facts: dict[str, float | str]
    ) -> Finding:
        return Finding(
            key=f"{self.name}:{observation.id}",
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


def _charge(percent: float, settings: BatterySettings) -> Charge:
    if percent <= settings.critical:
        return Charge.CRITICAL
    return Charge.LOW if percent < settings.low else Charge.FINE


RULE = BatteryRule()
