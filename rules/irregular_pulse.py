"""A cuff that feels an irregular pulse: asked for again, then told."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import msgspec
from pydantic import Field

from devices.observation import Kind, Observation
from rules.base import AlarmClass, Enrolment, Finding, RuleSettings, Scope
from rules.immediate import Immediate

REPEAT = "irregular_repeat"
IRREGULAR = "irregular"
REGULAR = "regular_again"
LATEST = 3


class IrregularPulseSettings(RuleSettings):
    """Two of the last three measurements, within ``within_h`` hours, tell: a cuff is easily disturbed once.

    A cuff only points at it; an electrocardiogram decides (ESC 2020, Eur Heart J 2021;42:373, section 3).
    """

    within_h: float = Field(default=48, gt=0, le=24 * 30, allow_inf_nan=False)


class Felt(msgspec.Struct):
    """A measurement with the cuff: when it arrived (epoch s), where it is in the journal, and what was felt."""

    at: float
    id: int
    irregular: bool = False


class IrregularPulseState(msgspec.Struct):
    """The latest measurements, oldest first, and what of them was told and is not over."""

    felt: list[Felt] = []
    told: str = ""


class IrregularPulseRule(Immediate):
    """Care. A measurement of pressure that says nothing of the pulse counts as a regular one."""

    name: ClassVar[str] = "irregular_pulse"
    scope: ClassVar[Scope] = Scope.RESIDENT
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.IRREGULAR_PULSE, Kind.SYSTOLIC})
    Settings: ClassVar[type[RuleSettings]] = IrregularPulseSettings
    State: ClassVar[type[msgspec.Struct]] = IrregularPulseState
    sentences: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "en": {
            REPEAT: "The cuff felt an irregular pulse. Rest, and measure twice more: two of three decide.",
            IRREGULAR: "The cuff felt an irregular pulse in {irregular:g} of the last {measured:g} measurements. "
            "An electrocardiogram decides what it is (ESC 2020).",
            REGULAR: "The cuff felt a regular pulse in the last {measured:g} measurements.",
        },
        "sv": {
            REPEAT: "Manschetten kände en oregelbunden puls. Vila och mät två gånger till: två av tre avgör.",
            IRREGULAR: "Manschetten kände en oregelbunden puls i {irregular:g} av de senaste {measured:g} mätningarna. "
            "Ett EKG avgör vad det är (ESC 2020).",
            REGULAR: "Manschetten kände en regelbunden puls i de senaste {measured:g} mätningarna.",
        },
    }

    def begin(self, enrolment: Enrolment) -> IrregularPulseState:  # noqa: ARG002
        return IrregularPulseState()

    def observe(self, state: IrregularPulseState, observation: Observation, enrolment: Enrolment) -> Sequence[Finding]:
        """Take a measurement; its pressure and its pulse arrive together and are one."""
        at, felt = observation.received_at.timestamp(), observation.kind is Kind.IRREGULAR_PULSE
        if felt and observation.value not in {0.0, 1.0}:
            return ()
        if not state.felt or state.felt[-1].at != at:
            state.felt = [*state.felt[-LATEST + 1 :], Felt(at, observation.id)]
        if felt and observation.value == 1.0:
            state.felt[-1].irregular, state.felt[-1].id = True, observation.id
        code = _code(state, at, enrolment)
        if code in {"", state.told} or (code == REPEAT and state.told):
            return ()
        state.told = "" if code == REGULAR else code
        return [_finding(code, state, observation, enrolment)]


def _code(state: IrregularPulseState, at: float, enrolment: Enrolment) -> str:
    settings = enrolment.settings
    within_h = settings.within_h if isinstance(settings, IrregularPulseSettings) else IrregularPulseSettings().within_h
    irregular = sum(one.irregular for one in state.felt if at - one.at <= 3600 * within_h)
    if irregular >= LATEST - 1:
        return IRREGULAR
    if state.felt[-1].irregular:
        return REPEAT
    return REGULAR if state.told and len(state.felt) == LATEST and not any(one.irregular for one in state.felt) else ""


def _finding(code: str, state: IrregularPulseState, observation: Observation, enrolment: Enrolment) -> Finding:
    return Finding(
        key=f"{IrregularPulseRule.name}:{enrolment.subject}:{code}:{observation.id}",
        rule=IrregularPulseRule.name,
        code=code,
        alarm_class=AlarmClass.CARE,
        scope=enrolment.scope,
        subject=enrolment.subject,
        time=min(observation.at, observation.received_at),
        facts={"irregular": float(sum(one.irregular for one in state.felt)), "measured": float(len(state.felt))},
        evidence=tuple(one.id for one in state.felt),
        restores=code == REGULAR,
    )


RULE = IrregularPulseRule()
