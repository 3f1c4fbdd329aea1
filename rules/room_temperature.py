"""A room that is too cold or too warm for somebody frail, and stays so."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import Annotated, ClassVar, Self

import msgspec
from pydantic import Field, model_validator

from devices.observation import Kind, Observation, Quality
from rules.base import AlarmClass, Enrolment, Finding, Moment, RuleSettings, Scope

TOO_COLD = "too_cold"
TOO_WARM = "too_warm"
AS_IT_SHOULD = "room_as_it_should"
#: After the gateway was deaf, what waited in the broker arrives first.
RESUME_GRACE = timedelta(minutes=15)

_OF_NO_USE = frozenset({Quality.LATE, Quality.IMPOSSIBLE})

_Facts = dict[str, float | str]
Degrees = Annotated[float, Field(ge=-20, le=50, allow_inf_nan=False)]


class RoomTemperatureSettings(RuleSettings):
    """Degrees Celsius. Off until it is switched on for a home.

    18 and 26 are guideline values of the Public Health Agency of Sweden (HSLF-FS 2024:10): 18 at least, 20 for who is
    sensitive to cold; 26 at most in summer, by day and night for who is sensitive to heat. A person's own value is a
    personal setting. How long it lasts and how far it must come back are product defaults.
    """

    enabled: bool = False
    coldest: Degrees = 18
    warmest: Degrees = 26
    for_min: Annotated[float, Field(gt=0, le=1440, allow_inf_nan=False)] = 120
    #: By so much it is inside again before it is over.
    back_by: Annotated[float, Field(ge=0, le=5, allow_inf_nan=False)] = 0.5

    @model_validator(mode="after")
    def _leaves_room(self) -> Self:
        if self.coldest + self.back_by >= self.warmest - self.back_by:
            message = "coldest and warmest leave no room between them"
            raise ValueError(message)
        return self


class RoomTemperatureState(msgspec.Struct):
    """``side`` is too_cold, too_warm or empty, ``since`` when it began (epoch s of arrival), ``id`` what told so."""

    side: str = ""
    since: float = 0.0
    id: int = -1
    room: str = ""
    degrees: float = 0.0
    told: bool = False


class RoomTemperatureRule:
    """Care, once until the room is as it should again."""

    name: ClassVar[str] = "room_temperature"
    scope: ClassVar[Scope] = Scope.DEVICE
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.ROOM_TEMPERATURE})
    Settings: ClassVar[type[RuleSettings]] = RoomTemperatureSettings
    State: ClassVar[type[msgspec.Struct]] = RoomTemperatureState
    sentences: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "en": {
            TOO_COLD: "It is cold: {degrees:.1f} °C ({room}), below {limit:g} °C for {lasts_s:span}.",
            TOO_WARM: "It is hot: {degrees:.1f} °C ({room}), above {limit:g} °C for {lasts_s:span}.",
            AS_IT_SHOULD: "The temperature is as it should again: {degrees:.1f} °C.",
        },
        "sv": {
            TOO_COLD: "Det är kallt: {degrees:.1f} °C ({room}), under {limit:g} °C i {lasts_s:span}.",
            TOO_WARM: "Det är varmt: {degrees:.1f} °C ({room}), över {limit:g} °C i {lasts_s:span}.",
            AS_IT_SHOULD: "Temperaturen är som den ska igen: {degrees:.1f} °C.",
        },
    }

    def begin(self, enrolment: Enrolment) -> RoomTemperatureState:  # noqa: ARG002
        return RoomTemperatureState()

    def observe(self, state: RoomTemperatureState, observation: Observation, enrolment: Enrolment) -> Sequence[Finding]:
        """Take a temperature; between the limits and what is back inside, a room stays what it was."""
        value = observation.value
        if value is None or not isfinite(value) or observation.unit != "Cel" or observation.quality & _OF_NO_USE:
            return ()
        settings, side = _settings(enrolment), _side(value, enrolment)
        state.degrees = value
        inside = settings.coldest + settings.back_by <= value <= settings.warmest - settings.back_by
        if side and side != state.side:
            found = self._over(state, observation, enrolment)
            state.side, state.since = side, observation.received_at.timestamp()
            state.id, state.room = observation.id, observation.room[:40]
            return found
        return self._over(state, observation, enrolment) if inside else ()

    def deadline(self, state: RoomTemperatureState, enrolment: Enrolment, moment: Moment) -> datetime | None:
        """Return when it has lasted too long; None while no home is heard."""
        if not state.side or state.told or moment.deaf_since is not None:
            return None
        since = datetime.fromtimestamp(state.since, UTC)
        due = since + timedelta(minutes=_settings(enrolment).for_min)
        return max(due, moment.resumed_at + RESUME_GRACE) if moment.resumed_at > since else due

    def expire(
        self, state: RoomTemperatureState, now: datetime, enrolment: Enrolment, moment: Moment
    ) -> Sequence[Finding]:
        due = self.deadline(state, enrolment, moment)
        if due is None or due > now:
            return ()
        state.told = True
        settings = _settings(enrolment)
        facts: _Facts = {
            "degrees": state.degrees,
            "room": state.room or "?",
            "limit": settings.coldest if state.side == TOO_COLD else settings.warmest,
            "limit_field": "coldest" if state.side == TOO_COLD else "warmest",
            "lasts_s": due.timestamp() - state.since,
        }
        return [_finding(state.side, state, due, enrolment, facts, (state.id,))]

    def _over(self, state: RoomTemperatureState, observation: Observation, enrolment: Enrolment) -> Sequence[Finding]:
        told, began = state.told, state.id
        state.side, state.told = "", False
        if not told:
            return ()
        facts: _Facts = {"degrees": state.degrees}
        return [_finding(AS_IT_SHOULD, state, observation.received_at, enrolment, facts, (began, observation.id))]


def _settings(enrolment: Enrolment) -> RoomTemperatureSettings:
    settings = enrolment.settings
    return settings if isinstance(settings, RoomTemperatureSettings) else RoomTemperatureSettings()


def _side(value: float, enrolment: Enrolment) -> str:
    settings = _settings(enrolment)
    if value < settings.coldest:
        return TOO_COLD
    return TOO_WARM if value > settings.warmest else ""


def _finding(
    code: str,
    state: RoomTemperatureState,
    at: datetime,
    enrolment: Enrolment,
    facts: _Facts,
    evidence: tuple[int, ...],
) -> Finding:
    return Finding(
        key=f"{RoomTemperatureRule.name}:{enrolment.subject}:{code}:{state.id}",
        rule=RoomTemperatureRule.name,
        code=code,
        alarm_class=AlarmClass.CARE,
        scope=enrolment.scope,
        subject=enrolment.subject,
        time=at,
        facts=facts,
        evidence=evidence,
        restores=code == AS_IT_SHOULD,
    )


RULE = RoomTemperatureRule()
