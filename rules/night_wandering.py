"""Somebody who walks from room to room at night, more than is usual there."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from math import ceil
from typing import Annotated, ClassVar, Self
from zoneinfo import ZoneInfo

import msgspec
from pydantic import Field, model_validator

from devices.observation import Kind, Observation, Quality
from rules.base import AlarmClass, Enrolment, Finding, Moment, RuleSettings, Scope
from rules.listening import unheard_s
from rules.nights import WallTime, is_within, next_at
from rules.places import MOVEMENT

WANDERS = "wanders"
CALM = "calm"
NIGHTS_KEPT = 28
RESUME_GRACE = timedelta(minutes=15)
#: A night in which nobody listened for longer teaches nothing.
_MISSED_S = 1800.0

_Facts = dict[str, float | str]


class NightWanderingSettings(RuleSettings):
    """Off until it is switched on for a person. Times are wall time of the home. All defaults are product defaults.

    What is usual is nine of ten of the last 28 nights. ``most_moves`` is the limit until ``nights_known`` nights are
    known; set for a home or a person, it is never exceeded.
    """

    enabled: bool = False
    night_from: WallTime = time(23)
    night_to: WallTime = time(6)
    #: From one room to another, or to a door, in one night.
    most_moves: int = Field(default=20, ge=1, le=1000)
    #: The limit is so many times what is usual, and no less than ``fewest_moves``.
    times_usual: float = Field(default=2.0, ge=1, le=10, allow_inf_nan=False)
    fewest_moves: int = Field(default=8, ge=1, le=1000)
    nights_known: int = Field(default=7, ge=3, le=NIGHTS_KEPT)
    #: Nobody has moved for so long: it is over.
    calm_min: Annotated[float, Field(gt=0, le=720, allow_inf_nan=False)] = 45

    @model_validator(mode="after")
    def _is_a_night(self) -> Self:
        if self.night_from == self.night_to:
            message = "night_from and night_to are the same"
            raise ValueError(message)
        return self


class NightWanderingState(msgspec.Struct):
    """Times are epoch seconds of arrival. ``begins`` and ``ends`` are those of the night under way, 0 when none is.

    ``moves`` counts since the night began or it was calm again, ``total`` the whole night; ``nights`` are the totals of
    earlier nights. ``evidence`` are the latest moves, ``told`` says that it was told and is not over.
    """

    room: str = ""
    begins: float = 0.0
    ends: float = 0.0
    moved: float = 0.0
    moves: int = 0
    total: int = 0
    told: bool = False
    evidence: list[int] = []
    nights: list[int] = []


class NightWanderingRule:
    """Care, once until it is calm again or the night is over."""

    name: ClassVar[str] = "night_wandering"
    scope: ClassVar[Scope] = Scope.HOME
    kinds: ClassVar[frozenset[Kind]] = MOVEMENT | {Kind.DOOR}
    Settings: ClassVar[type[RuleSettings]] = NightWanderingSettings
    State: ClassVar[type[msgspec.Struct]] = NightWanderingState
    sentences: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "en": {
            WANDERS: "Walks about at night: {moves:g} times from room to room since {since}, last in {room}. "
            "More than {limit:g} is unusual here (known for {nights_known:g} nights).",
            CALM: "Nobody has walked about for {calm_s:span}.",
        },
        "sv": {
            WANDERS: "Vandrar på natten: {moves:g} gånger mellan rum sedan kl. {since}, senast i {room}. "
            "Fler än {limit:g} är ovanligt här (känt i {nights_known:g} nätter).",
            CALM: "Ingen har gått omkring på {calm_s:span}.",
        },
    }

    def begin(self, enrolment: Enrolment) -> NightWanderingState:  # noqa: ARG002
        return NightWanderingState()

    def observe(self, state: NightWanderingState, observation: Observation, enrolment: Enrolment) -> Sequence[Finding]:
        """Count a sign in another room than the one before."""
        # What comes late is in no order with the rest: it says nothing of the way somebody went.
        if observation.value != 1.0 or not observation.room or Quality.LATE in observation.quality:
            return ()
        settings, at = _settings(enrolment), observation.received_at
        elsewhere, state.room = observation.room[:40] != state.room, observation.room[:40]
        if not is_within(at, ZoneInfo(enrolment.zone), settings.night_from, settings.night_to):
            return ()
        if not state.ends:
            _fall_asleep(state, at, enrolment)
        if not elsewhere:
            return ()
        state.moves, state.total, state.moved = state.moves + 1, state.total + 1, at.timestamp()
        state.evidence = [*state.evidence[-9:], observation.id]
        limit = _limit(state, settings)
        if state.told or state.moves <= limit:
            return ()
        state.told = True
        facts: _Facts = {
            "moves": float(state.moves),
            "limit": float(limit),
            "since": settings.night_from.isoformat("minutes"),
            "room": state.room,
            "nights_known": float(len(state.nights)),
        }
        return [_finding(WANDERS, at, enrolment, facts, tuple(state.evidence))]

    def deadline(self, state: NightWanderingState, enrolment: Enrolment, moment: Moment) -> datetime | None:
        """Return when it has been calm for long enough, or the night is over; None while no home is heard."""
        if not state.ends or moment.deaf_since is not None:
            return None
        due = datetime.fromtimestamp(state.ends, UTC)
        if state.told:
            due = min(due, _calm(state, enrolment))
        return max(due, moment.resumed_at + RESUME_GRACE)

    def expire(
        self, state: NightWanderingState, now: datetime, enrolment: Enrolment, moment: Moment
    ) -> Sequence[Finding]:
        due = self.deadline(state, enrolment, moment)
        if due is None or due > now:
            return ()
        findings = []
        if state.told:
            state.told, state.moves = False, 0
            facts: _Facts = {"calm_s": due.timestamp() - state.moved}
            findings.append(_finding(CALM, due, enrolment, facts, tuple(state.evidence[-1:])))
        if now.timestamp() >= state.ends:
            _wake(state, moment, _settings(enrolment))
        return findings


def _settings(enrolment: Enrolment) -> NightWanderingSettings:
    settings = enrolment.settings
    return settings if isinstance(settings, NightWanderingSettings) else NightWanderingSettings()


def _fall_asleep(state: NightWanderingState, at: datetime, enrolment: Enrolment) -> None:
    state.begins = at.timestamp()
    state.ends = next_at(at, ZoneInfo(enrolment.zone), _settings(enrolment).night_to).timestamp()
    state.moves = state.total = 0


def _wake(state: NightWanderingState, moment: Moment, settings: NightWanderingSettings) -> None:
    """Learn from the night: what was told of it counts as no more than the limit, so that it becomes no habit."""
    begins, ends = (datetime.fromtimestamp(at, UTC) for at in (state.begins, state.ends))
    if unheard_s(begins, ends, moment) < _MISSED_S:
        state.nights = [*state.nights[-NIGHTS_KEPT + 1 :], min(state.total, _limit(state, settings))]
    state.begins = state.ends = 0.0


def _limit(state: NightWanderingState, settings: NightWanderingSettings) -> int:
    if len(state.nights) < settings.nights_known:
        return settings.most_moves
    usual = sorted(state.nights)[ceil(0.9 * len(state.nights)) - 1]
    limit = max(settings.fewest_moves, ceil(settings.times_usual * usual))
    return min(limit, settings.most_moves) if "most_moves" in settings.model_fields_set else limit


def _calm(state: NightWanderingState, enrolment: Enrolment) -> datetime:
    return datetime.fromtimestamp(state.moved, UTC) + timedelta(minutes=_settings(enrolment).calm_min)


def _finding(code: str, at: datetime, enrolment: Enrolment, facts: _Facts, evidence: tuple[int, ...]) -> Finding:
    return Finding(
        key=f"{NightWanderingRule.name}:{enrolment.subject}:{code}:{evidence[-1]}",
        rule=NightWanderingRule.name,
        code=code,
        alarm_class=AlarmClass.CARE,
        scope=enrolment.scope,
        subject=enrolment.subject,
        time=at,
        facts=facts,
        evidence=evidence,
        restores=code == CALM,
    )


RULE = NightWanderingRule()
