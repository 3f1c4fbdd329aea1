"""Somebody who is not up by the time at which they usually are."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from math import ceil
from typing import Annotated, ClassVar
from zoneinfo import ZoneInfo

import msgspec
from pydantic import Field

from devices.observation import Kind, Observation, Quality
from rules.base import AlarmClass, Enrolment, Finding, Moment, RuleSettings, Scope
from rules.listening import unheard_s
from rules.nights import WallTime
from rules.places import BATHROOMS, BEDROOMS, HALLS, INNER_DOORS, MOVEMENT, is_one_of

NOT_UP = "not_up"
UP = "up"
DAYS_KEPT = 28
#: Hubs and sensors come back one by one, and what waited in the broker arrives first.
RESUME_GRACE = timedelta(minutes=30)
#: A morning in which nobody listened for longer is not judged, and teaches nothing.
_MISSED_S = 900.0
_DAY_MIN = 1440

_Facts = dict[str, float | str]


class NotUpSettings(RuleSettings):
    """Off until it is switched on for a person. Times are wall time of the home. All defaults are product defaults.

    Up is who shows in a room of the day, or at any door, after ``morning_from``: a way to the bathroom is none.
    """

    enabled: bool = False
    morning_from: WallTime = time(4)
    #: Up by this time; without it, by what is usual (nine of ten of the last 28 days) and ``margin_min`` more.
    up_by: WallTime | None = None
    margin_min: Annotated[float, Field(ge=0, le=720, allow_inf_nan=False)] = 60
    days_known: int = Field(default=7, ge=3, le=DAYS_KEPT)
    #: Words in the names of rooms in which one is at night as well.
    night_rooms: frozenset[str] = BEDROOMS | BATHROOMS | HALLS
    #: Words in the room of a door that does not lead out.
    inner_doors: frozenset[str] = INNER_DOORS


class NotUpState(msgspec.Struct):
    """``mornings`` are the minutes of the day at which somebody was up, ``day`` the last day that is settled.

    ``told`` is the day (proleptic ordinal, as ``day``) on which it was told and is not over. ``out``: the last sign was
    at a door that leads out, or the home was set to away. ``broken`` is a day on which nobody listened for long, as far
    as this home was told by ``listening`` (epoch seconds). ``id`` is the last sign.
    """

    day: int = 0
    told: int = 0
    out: bool = False
    broken: int = 0
    listening: float = 0.0
    id: int = -1
    mornings: list[int] = []


class NotUpRule:
    """Care, once a day. Who left by the door, or whose home is set to away, is not expected up."""

    name: ClassVar[str] = "not_up"
    scope: ClassVar[Scope] = Scope.HOME
    kinds: ClassVar[frozenset[Kind]] = MOVEMENT | {Kind.DOOR, Kind.AWAY}
    Settings: ClassVar[type[RuleSettings]] = NotUpSettings
    State: ClassVar[type[msgspec.Struct]] = NotUpState
    sentences: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "en": {
            NOT_UP: "Not up at {by}. Usually up by {usual} (known for {days_known:g} days).",
            UP: "Somebody is up, since {at}.",
        },
        "sv": {
            NOT_UP: "Inte uppe kl. {by}. Är vanligen uppe kl. {usual} (känt i {days_known:g} dygn).",
            UP: "Någon är uppe, sedan kl. {at}.",
        },
    }

    def begin(self, enrolment: Enrolment) -> NotUpState:
        """Return a state that judges no day before the second one: the first is not seen from its beginning."""
        local = enrolment.since.astimezone(ZoneInfo(enrolment.zone))
        return NotUpState(day=local.toordinal(), listening=enrolment.since.timestamp())

    def observe(self, state: NotUpState, observation: Observation, enrolment: Enrolment) -> Sequence[Finding]:
        settings, at = _settings(enrolment), observation.received_at
        if observation.kind is Kind.AWAY:
            state.out = observation.value == 1.0
            return ()
        if Quality.LATE in observation.quality or (observation.kind in MOVEMENT and observation.value != 1.0):
            return ()
        door = observation.kind is Kind.DOOR
        state.out = door and not is_one_of(observation.room, settings.inner_doors)
        state.id = observation.id
        local = at.astimezone(ZoneInfo(enrolment.zone))
        if local.time() < settings.morning_from or not (door or not is_one_of(observation.room, settings.night_rooms)):
            return ()
        return _up(state, local, enrolment)

    def deadline(self, state: NotUpState, enrolment: Enrolment, moment: Moment) -> datetime | None:
        """Return when somebody should be up on the next open day; None while that is not known, or no home is heard."""
        if moment.deaf_since is not None:
            return None
        if moment.resumed_at.timestamp() > state.listening:
            return moment.resumed_at
        minute = _by(state, _settings(enrolment))
        if minute is None or state.id < 0:
            return None
        return max(_moment(state.day + 1, minute, enrolment), moment.resumed_at + RESUME_GRACE)

    def expire(self, state: NotUpState, now: datetime, enrolment: Enrolment, moment: Moment) -> Sequence[Finding]:
        """Say that nobody is up; of several days that passed unseen only the last one is judged."""
        if moment.resumed_at.timestamp() > state.listening:
            _take_up(state, enrolment, moment)
        due = self.deadline(state, enrolment, moment)
        minute = _by(state, _settings(enrolment))
        if due is None or due > now or minute is None:
            return ()
        today = _local(now, enrolment).toordinal()
        settled = today if _moment(today, minute, enrolment) <= now else today - 1
        state.day = max(settled, state.day + 1)
        if state.out or state.broken >= state.day or state.told:
            return ()
        state.told = state.day
        usual = _usual(state)
        facts: _Facts = {
            "by": _clock(minute),
            "usual": _clock(minute if usual is None else usual),
            "days_known": float(len(state.mornings)),
        }
        return [_finding(NOT_UP, state.day, due, enrolment, facts, (state.id,))]


def _settings(enrolment: Enrolment) -> NotUpSettings:
    return enrolment.settings if isinstance(enrolment.settings, NotUpSettings) else NotUpSettings()


def _local(at: datetime, enrolment: Enrolment) -> datetime:
    return at.astimezone(ZoneInfo(enrolment.zone))


def _moment(day: int, minute: int, enrolment: Enrolment) -> datetime:
    wall = time(minute // 60, minute % 60)
    return datetime.combine(date.fromordinal(day), wall, ZoneInfo(enrolment.zone)).astimezone(UTC)


def _take_up(state: NotUpState, enrolment: Enrolment, moment: Moment) -> None:
    """Mark the day on which work was taken up again if much of its morning was missed."""
    state.listening = moment.resumed_at.timestamp()
    today = _local(moment.resumed_at, enrolment)
    start = _settings(enrolment).morning_from
    morning = _moment(today.toordinal(), 60 * start.hour + start.minute, enrolment)
    if unheard_s(morning, moment.resumed_at, moment) > _MISSED_S:
        state.broken = today.toordinal()


def _up(state: NotUpState, local: datetime, enrolment: Enrolment) -> Sequence[Finding]:
    day, told = local.toordinal(), state.told
    if day > state.day or told == day:
        if day != state.broken:
            state.mornings = [*state.mornings[-DAYS_KEPT + 1 :], 60 * local.hour + local.minute]
        state.day = max(day, state.day)
    state.told = 0
    if not told:
        return ()
    return [_finding(UP, told, local.astimezone(UTC), enrolment, {"at": local.strftime("%H:%M")}, (state.id,))]


def _usual(state: NotUpState) -> int | None:
    return sorted(state.mornings)[ceil(0.9 * len(state.mornings)) - 1] if state.mornings else None


def _by(state: NotUpState, settings: NotUpSettings) -> int | None:
    """Return the minute of the day by which somebody should be up; None while that is not known."""
    if settings.up_by is not None:
        return 60 * settings.up_by.hour + settings.up_by.minute
    usual = _usual(state)
    if usual is None or len(state.mornings) < settings.days_known:
        return None
    return min(round(usual + settings.margin_min), _DAY_MIN - 1)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _finding(
    code: str, day: int, at: datetime, enrolment: Enrolment, facts: _Facts, evidence: tuple[int, ...]
) -> Finding:
    return Finding(
        key=f"{NotUpRule.name}:{enrolment.subject}:{code}:{date.fromordinal(day).isoformat()}:{evidence[0]}",
        rule=NotUpRule.name,
        code=code,
        alarm_class=AlarmClass.CARE,
        scope=enrolment.scope,
        subject=enrolment.subject,
        time=at,
        facts=facts,
        evidence=evidence,
        restores=code == UP,
    )


RULE = NotUpRule()
