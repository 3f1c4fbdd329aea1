"""Somebody who has been in the bathroom for longer than is usual there."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Annotated, ClassVar, Self
from zoneinfo import ZoneInfo

import msgspec
from pydantic import Field, model_validator

from devices.observation import Kind, Observation, Quality
from rules.base import AlarmClass, Enrolment, Finding, Moment, RuleSettings, Scope
from rules.listening import unheard_s
from rules.places import BATHROOMS, MOVEMENT, is_one_of

TOO_LONG = "bathroom_too_long"
LEFT = "left_bathroom"
STAYS_KEPT = 60
RESUME_GRACE = timedelta(minutes=10)
#: Shorter than this is no stay: somebody passed the door.
_STAY_S = 60.0

_Facts = dict[str, float | str]
Minutes = Annotated[float, Field(gt=0, le=1440, allow_inf_nan=False)]


class BathroomSettings(RuleSettings):
    """Off until it is switched on for a person. All defaults are product defaults.

    It can be used where the other rooms are seen as well: a bathroom is left when somebody is seen elsewhere. The limit
    is ``times_usual`` times what 95 of 100 stays here do not exceed, between the shortest and the longest.
    """

    enabled: bool = False
    limit_min: Minutes = 90
    times_usual: float = Field(default=2.0, ge=1, le=10, allow_inf_nan=False)
    shortest_min: Minutes = 45
    longest_min: Minutes = 180
    stays_known: int = Field(default=20, ge=5, le=STAYS_KEPT)
    bathrooms: frozenset[str] = BATHROOMS

    @model_validator(mode="after")
    def _leaves_room(self) -> Self:
        if self.shortest_min > self.longest_min:
            message = "shortest_min is longer than longest_min"
            raise ValueError(message)
        return self


class BathroomState(msgspec.Struct):
    """``entered`` is when the stay began (epoch s of arrival, 0 when none), ``id`` what it was seen by.

    ``stays`` are seconds of earlier ones. ``broken`` says that a part of this one was not listened to, as far as this
    home was told by ``listening``.
    """

    entered: float = 0.0
    id: int = -1
    room: str = ""
    told: bool = False
    broken: bool = False
    listening: float = 0.0
    stays: list[float] = []


class BathroomRule:
    """Life safety: a bathroom is where falls are. Over when somebody is seen elsewhere."""

    name: ClassVar[str] = "bathroom"
    scope: ClassVar[Scope] = Scope.HOME
    kinds: ClassVar[frozenset[Kind]] = MOVEMENT | {Kind.DOOR}
    Settings: ClassVar[type[RuleSettings]] = BathroomSettings
    State: ClassVar[type[msgspec.Struct]] = BathroomState
    sentences: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "en": {
            TOO_LONG: "In the bathroom ({room}) since {since}, for {stay_s:span}, and seen nowhere else. "
            "Longer than {limit_min:g} min is unusual here (known from {stays_known:g} stays).",
            LEFT: "Seen outside the bathroom again, after {stay_s:span}.",
        },
        "sv": {
            TOO_LONG: "I badrummet ({room}) sedan kl. {since}, i {stay_s:span}, och inte sedd någon annanstans. "
            "Längre än {limit_min:g} min är ovanligt här (känt från {stays_known:g} besök).",
            LEFT: "Sedd utanför badrummet igen, efter {stay_s:span}.",
        },
    }

    def begin(self, enrolment: Enrolment) -> BathroomState:
        return BathroomState(listening=enrolment.since.timestamp())

    def observe(self, state: BathroomState, observation: Observation, enrolment: Enrolment) -> Sequence[Finding]:
        """Begin a stay with a sign in the bathroom, end it with one elsewhere, and learn how long it was."""
        door = observation.kind is Kind.DOOR
        if Quality.LATE in observation.quality or not observation.room or not (door or observation.value == 1.0):
            return ()
        epoch = observation.received_at.timestamp()
        if is_one_of(observation.room, _settings(enrolment).bathrooms):
            if not state.entered and not door:
                state.entered, state.id, state.room = epoch, observation.id, observation.room[:40]
            return ()
        if not state.entered:
            return ()
        stay_s, told = epoch - state.entered, state.told
        if stay_s >= _STAY_S and not state.broken:
            state.stays = [*state.stays[-STAYS_KEPT + 1 :], min(stay_s, 60 * _limit_min(state, _settings(enrolment)))]
        state.entered, state.told, state.broken = 0.0, False, False
        if not told:
            return ()
        evidence = (state.id, observation.id)
        return [_finding(LEFT, observation.received_at, enrolment, {"stay_s": stay_s}, evidence)]

    def deadline(self, state: BathroomState, enrolment: Enrolment, moment: Moment) -> datetime | None:
        """Return when the stay is too long, in time listened; None while no home is heard."""
        if not state.entered or state.told or moment.deaf_since is not None:
            return None
        if moment.resumed_at.timestamp() > max(state.listening, state.entered):
            return moment.resumed_at
        entered = datetime.fromtimestamp(state.entered, UTC)
        due = entered + timedelta(minutes=_limit_min(state, _settings(enrolment)))
        due += timedelta(seconds=unheard_s(entered, moment.resumed_at, moment))
        return max(due, moment.resumed_at + RESUME_GRACE) if state.broken else due

    def expire(self, state: BathroomState, now: datetime, enrolment: Enrolment, moment: Moment) -> Sequence[Finding]:
        if state.entered and moment.resumed_at.timestamp() > max(state.listening, state.entered):
            state.listening, state.broken = moment.resumed_at.timestamp(), True
        due = self.deadline(state, enrolment, moment)
        if due is None or due > now:
            return ()
        state.told = True
        facts: _Facts = {
            "room": state.room,
            "since": datetime.fromtimestamp(state.entered, ZoneInfo(enrolment.zone)).strftime("%H:%M"),
            "stay_s": due.timestamp() - state.entered,
            "limit_min": round(_limit_min(state, _settings(enrolment))),
            "stays_known": float(len(state.stays)),
        }
        return [_finding(TOO_LONG, due, enrolment, facts, (state.id,))]


def _settings(enrolment: Enrolment) -> BathroomSettings:
    return enrolment.settings if isinstance(enrolment.settings, BathroomSettings) else BathroomSettings()


def _limit_min(state: BathroomState, settings: BathroomSettings) -> float:
    if len(state.stays) < settings.stays_known:
        return settings.limit_min
    usual = sorted(state.stays)[ceil(0.95 * len(state.stays)) - 1] / 60
    limit = min(max(settings.times_usual * usual, settings.shortest_min), settings.longest_min)
    return min(limit, settings.limit_min) if "limit_min" in settings.model_fields_set else limit


def _finding(code: str, at: datetime, enrolment: Enrolment, facts: _Facts, evidence: tuple[int, ...]) -> Finding:
    return Finding(
        key=f"{BathroomRule.name}:{enrolment.subject}:{code}:{evidence[0]}",
        rule=BathroomRule.name,
        code=code,
        alarm_class=AlarmClass.LIFE_SAFETY,
        scope=enrolment.scope,
        subject=enrolment.subject,
        time=at,
        facts=facts,
        evidence=evidence,
        restores=code == LEFT,
    )


RULE = BathroomRule()
