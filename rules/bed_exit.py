"""Somebody who left the bed at night and has not come back to it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, ClassVar, Self
from zoneinfo import ZoneInfo

import msgspec
from pydantic import Field, model_validator

from devices.observation import Kind, Observation, Quality
from rules.base import AlarmClass, Enrolment, Finding, Moment, RuleSettings, Scope
from rules.nights import WallTime, is_within

NOT_BACK = "not_back_in_bed"
BACK = "back_in_bed"
#: After the gateway was deaf, what waited in the broker arrives first: somebody may be back long since.
RESUME_GRACE = timedelta(minutes=15)

_Facts = dict[str, float | str]


class BedExitSettings(RuleSettings):
    """Off until it is switched on for a person. Times are wall time of the home. All defaults are product defaults."""

    enabled: bool = False
    night_from: WallTime = time(22)
    night_to: WallTime = time(6)
    #: Minutes out of bed before it is told; 0 tells at once, for who must not get up alone.
    back_min: Annotated[float, Field(ge=0, le=480, allow_inf_nan=False)] = 20

    @model_validator(mode="after")
    def _is_a_night(self) -> Self:
        if self.night_from == self.night_to:
            message = "night_from and night_to are the same"
            raise ValueError(message)
        return self


class BedExitState(msgspec.Struct):
    """``left`` is when the bed was left at night (epoch s of arrival), 0 when it was not; ``id`` what told so."""

    in_bed: bool = False
    left: float = 0.0
    id: int = -1
    room: str = ""
    told: bool = False


class BedExitRule:
    """Care, once until the bed is taken again.

    Only a bed that was left within the night counts, and only if the time to come back ends within it: who has not gone
    to bed yet, or gets up for the day, is no case of this rule.
    """

    name: ClassVar[str] = "bed_exit"
    scope: ClassVar[Scope] = Scope.DEVICE
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.BED})
    Settings: ClassVar[type[RuleSettings]] = BedExitSettings
    State: ClassVar[type[msgspec.Struct]] = BedExitState
    sentences: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "en": {
            NOT_BACK: "Left the bed ({room}) at {at} and has been out of it for {out_s:span}.",
            BACK: "Back in bed after {out_s:span}.",
        },
        "sv": {
            NOT_BACK: "Lämnade sängen ({room}) kl. {at} och har varit ur den i {out_s:span}.",
            BACK: "Tillbaka i sängen efter {out_s:span}.",
        },
    }

    def begin(self, enrolment: Enrolment) -> BedExitState:  # noqa: ARG002
        return BedExitState()

    def observe(self, state: BedExitState, observation: Observation, enrolment: Enrolment) -> Sequence[Finding]:
        """Note that the bed is left, or taken again."""
        if observation.value not in {0.0, 1.0} or Quality.LATE in observation.quality:
            return ()
        epoch, was_in_bed = observation.received_at.timestamp(), state.in_bed
        state.in_bed = observation.value == 1.0
        if not state.in_bed:
            if was_in_bed:
                state.left, state.id, state.room = epoch, observation.id, observation.room[:40]
            return self._at_once(state, enrolment) if was_in_bed else ()
        left, told = state.left, state.told
        state.left, state.told = 0.0, False
        if not told:
            return ()
        facts: _Facts = {"out_s": epoch - left}
        return [_finding(BACK, state, observation.received_at, enrolment, facts, (state.id, observation.id))]

    def deadline(self, state: BedExitState, enrolment: Enrolment, moment: Moment) -> datetime | None:
        """Return when somebody should be back in bed; None while no home is heard."""
        due = _due(state, enrolment)
        if due is None or state.told or moment.deaf_since is not None:
            return None
        return max(due, moment.resumed_at + RESUME_GRACE) if moment.resumed_at > _left(state) else due

    def expire(self, state: BedExitState, now: datetime, enrolment: Enrolment, moment: Moment) -> Sequence[Finding]:
        due = self.deadline(state, enrolment, moment)
        return [_tell(state, due, enrolment)] if due is not None and due <= now else ()

    def _at_once(self, state: BedExitState, enrolment: Enrolment) -> Sequence[Finding]:
        due = _due(state, enrolment)
        return [_tell(state, due, enrolment)] if due is not None and due <= _left(state) else ()


def _settings(enrolment: Enrolment) -> BedExitSettings:
    return enrolment.settings if isinstance(enrolment.settings, BedExitSettings) else BedExitSettings()


def _left(state: BedExitState) -> datetime:
    return datetime.fromtimestamp(state.left, UTC)


def _due(state: BedExitState, enrolment: Enrolment) -> datetime | None:
    """Return when the time to come back is over; None when the bed was not left, or not in the night."""
    if not state.left:
        return None
    settings, zone, left = _settings(enrolment), ZoneInfo(enrolment.zone), _left(state)
    due = left + timedelta(minutes=settings.back_min)
    both = (is_within(at, zone, settings.night_from, settings.night_to) for at in (left, due))
    return due if all(both) else None


def _tell(state: BedExitState, due: datetime, enrolment: Enrolment) -> Finding:
    state.told = True
    facts: _Facts = {
        "room": state.room or "?",
        "at": _left(state).astimezone(ZoneInfo(enrolment.zone)).strftime("%H:%M"),
        "out_s": due.timestamp() - state.left,
    }
    return _finding(NOT_BACK, state, due, enrolment, facts, (state.id,))


def _finding(
    code: str, state: BedExitState, at: datetime, enrolment: Enrolment, facts: _Facts, evidence: tuple[int, ...]
) -> Finding:
    return Finding(
        key=f"{BedExitRule.name}:{enrolment.subject}:{code}:{state.id}",
        rule=BedExitRule.name,
        code=code,
        alarm_class=AlarmClass.CARE,
        scope=enrolment.scope,
        subject=enrolment.subject,
        time=at,
        facts=facts,
        evidence=evidence,
        restores=code == BACK,
    )


RULE = BedExitRule()
