"""A door to the outside that is opened at night, or left open."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, ClassVar, Self
from zoneinfo import ZoneInfo

import msgspec
from pydantic import Field, model_validator

from devices.observation import Kind, Observation
from rules.base import AlarmClass, Enrolment, Finding, Moment, RuleSettings, Scope
from rules.nights import WallTime, is_within
from rules.places import INNER_DOORS, is_one_of

OPENED = "opened_at_night"
LEFT_OPEN = "left_open"
CLOSED = "closed"
#: After the gateway was deaf, what waited in the broker arrives first: the door may be closed long since.
RESUME_GRACE = timedelta(minutes=15)

_Facts = dict[str, float | str]
Minutes = Annotated[float, Field(gt=0, le=1440, allow_inf_nan=False)]


class NightDoorSettings(RuleSettings):
    """Off until it is switched on for a person, as such rules are elsewhere too: who may go out at night is theirs.

    Times are wall time of the home, durations minutes. All defaults are product defaults.
    """

    enabled: bool = False
    night_from: WallTime = time(23)
    night_to: WallTime = time(6)
    #: Open for so long, and it is night: a door that has stood open since the evening is told when the night begins.
    left_open_night_min: Minutes | None = 15
    #: Open for so long at any time. Off, because doors stand open in summer.
    left_open_min: Minutes | None = None
    #: All doors are closed for so long before it is over; who goes in and out is one case.
    closed_min: Minutes = 5
    #: Words in the room of a door that does not lead out, as in the rule of inactivity.
    inner_doors: frozenset[str] = INNER_DOORS

    @model_validator(mode="after")
    def _is_a_night(self) -> Self:
        if self.night_from == self.night_to:
            message = "night_from and night_to are the same"
            raise ValueError(message)
        return self


class Door(msgspec.Struct):
    """A door that is open, or closed so lately that it may be the same case. Times are epoch seconds of arrival.

    ``id`` and ``closed_id`` are journal positions; ``closed`` is 0 while it is open. ``told``: something was told of it
    and is not over; ``told_left``: that it was left open this time.
    """

    opened: float
    id: int
    room: str = ""
    told: bool = False
    told_left: bool = False
    closed: float = 0.0
    closed_id: int = 0


class NightDoorState(msgspec.Struct):
    """Device -> its door, while it is open or something that was told is not over."""

    doors: dict[str, Door] = msgspec.field(default_factory=dict)


class NightDoorRule:
    """Care. Level, not edge: a door whose first word is that it is open was opened.

    That all is closed again restores it and closes nothing: somebody may have gone out and closed the door behind.
    """

    name: ClassVar[str] = "night_door"
    scope: ClassVar[Scope] = Scope.HOME
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.DOOR})
    Settings: ClassVar[type[RuleSettings]] = NightDoorSettings
    State: ClassVar[type[msgspec.Struct]] = NightDoorState
    sentences: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "en": {
            OPENED: "A door to the outside ({room}) was opened at {at}, within the hours {night_from}-{night_to}.",
            LEFT_OPEN: "A door to the outside ({room}) has been open for {open_s:span}.",
            CLOSED: "The doors to the outside have been closed for {closed_s:span}. That does not say who is inside.",
        },
        "sv": {
            OPENED: "En ytterdörr ({room}) öppnades kl. {at}, under tiden {night_from}-{night_to}.",
            LEFT_OPEN: "En ytterdörr ({room}) har stått öppen i {open_s:span}.",
            CLOSED: "Ytterdörrarna har varit stängda i {closed_s:span}. Det säger inte vem som är inne.",
        },
    }

    def begin(self, enrolment: Enrolment) -> NightDoorState:  # noqa: ARG002
        return NightDoorState()

    def observe(self, state: NightDoorState, observation: Observation, enrolment: Enrolment) -> Sequence[Finding]:
        settings = _settings(enrolment)
        if observation.value not in {0.0, 1.0} or not _leads_out(observation.room, settings):
            return ()
        door = state.doors.get(observation.device)
        if observation.value == 0.0:
            _close(state, door, observation)
            return ()
        if door is not None and not door.closed:
            return ()
        received, at = observation.received_at.timestamp(), min(observation.at, observation.received_at)
        told = door is not None and door.told
        same = door is not None and told and received - door.closed < 60 * settings.closed_min
        fresh = Door(received, observation.id, observation.room[:40], told=told)
        state.doors[observation.device] = fresh
        if same or not _is_night(at, enrolment, settings):
            return ()
        fresh.told = True
        facts: _Facts = {
            "room": fresh.room or "?",
            "at": at.astimezone(ZoneInfo(enrolment.zone)).strftime("%H:%M"),
            "night_from": settings.night_from.isoformat("minutes"),
            "night_to": settings.night_to.isoformat("minutes"),
        }
        return [_finding(OPENED, fresh.id, at, enrolment, facts)]

    def deadline(self, state: NightDoorState, enrolment: Enrolment, moment: Moment) -> datetime | None:
        """Return when a door has been open, or all have been closed, for long enough; None while no home is heard."""
        if moment.deaf_since is not None:
            return None
        times = [_left_open(door, enrolment) for door in state.doors.values()]
        times.append(_over(state, _settings(enrolment)))
        due = min((time for time in times if time is not None), default=None)
        return None if due is None else max(due, moment.resumed_at + RESUME_GRACE)

    def expire(self, state: NightDoorState, now: datetime, enrolment: Enrolment, moment: Moment) -> Sequence[Finding]:
        earliest = moment.resumed_at + RESUME_GRACE
        if moment.deaf_since is not None or now < earliest:
            return ()
        findings = []
        for door in state.doors.values():
            if (due := _left_open(door, enrolment)) is not None and due <= now:
                door.told = door.told_left = True
                due = max(due, earliest)
                facts: _Facts = {"room": door.room or "?", "open_s": due.timestamp() - door.opened}
                findings.append(_finding(LEFT_OPEN, door.id, due, enrolment, facts))
        if (over := _over(state, _settings(enrolment))) is not None and over <= now:
            over, last = max(over, earliest), max(state.doors.values(), key=lambda door: door.closed)
            findings.append(
                _finding(CLOSED, last.closed_id, over, enrolment, {"closed_s": over.timestamp() - last.closed})
            )
            state.doors.clear()
        return findings


def _settings(enrolment: Enrolment) -> NightDoorSettings:
    return enrolment.settings if isinstance(enrolment.settings, NightDoorSettings) else NightDoorSettings()


def _close(state: NightDoorState, door: Door | None, observation: Observation) -> None:
    if door is None or door.closed:
        return
    door.closed, door.closed_id = observation.received_at.timestamp(), observation.id
    if not any(other.told for other in state.doors.values()):
        del state.doors[observation.device]


def _leads_out(room: str, settings: NightDoorSettings) -> bool:
    return not is_one_of(room, settings.inner_doors)


def _is_night(at: datetime, enrolment: Enrolment, settings: NightDoorSettings) -> bool:
    return is_within(at, ZoneInfo(enrolment.zone), settings.night_from, settings.night_to)


def _left_open(door: Door, enrolment: Enrolment) -> datetime | None:
    """Return when ``door`` has been open for too long, None when that is never or was told."""
    if door.closed or door.told_left:
        return None
    settings, opened = _settings(enrolment), datetime.fromtimestamp(door.opened, UTC)
    times = []
    if settings.left_open_min is not None:
        times.append(opened + timedelta(minutes=settings.left_open_min))
    if settings.left_open_night_min is not None:
        times.append(_in_the_night(opened + timedelta(minutes=settings.left_open_night_min), enrolment, settings))
    return min(times, default=None)


def _in_the_night(at: datetime, enrolment: Enrolment, settings: NightDoorSettings) -> datetime:
    """Return ``at`` if it is night then, else when the next night begins."""
    if _is_night(at, enrolment, settings):
        return at
    zone = ZoneInfo(enrolment.zone)
    today = at.astimezone(zone).date()
    nights = (datetime.combine(today + timedelta(days=days), settings.night_from, zone) for days in (0, 1))
    return next(night for begins in nights if (night := begins.astimezone(UTC)) > at)


def _over(state: NightDoorState, settings: NightDoorSettings) -> datetime | None:
    """Return when all doors have been closed for long enough, None while one is open or nothing was told."""
    if not state.doors or not all(door.closed for door in state.doors.values()):
        return None
    last = max(door.closed for door in state.doors.values())
    return datetime.fromtimestamp(last, UTC) + timedelta(minutes=settings.closed_min)


def _finding(code: str, which: int, at: datetime, enrolment: Enrolment, facts: _Facts) -> Finding:
    return Finding(
        key=f"{NightDoorRule.name}:{enrolment.subject}:{code}:{which}",
        rule=NightDoorRule.name,
        code=code,
        alarm_class=AlarmClass.CARE,
        scope=enrolment.scope,
        subject=enrolment.subject,
        time=at,
        facts=facts,
        evidence=(which,),
        restores=code == CLOSED,
    )


RULE = NightDoorRule()
