"""What a scenario file may say, and the devices that it names."""

from collections import Counter
from collections.abc import Iterator
from datetime import time
from typing import Annotated, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from hemvakt_sim.errors import StepError
from hemvakt_sim.expect.grammar import parse
from hemvakt_sim.expect.steps import Do, ExpectLamp, ExpectQuestion, OfDevice, Step
from hemvakt_sim.faults import MastOutage
from hemvakt_sim.happening import NUMBERED, Happening, Kind
from hemvakt_sim.happenings import AnyHappening
from hemvakt_sim.rhythm import Dwelling, Habits
from hemvakt_sim.units import Seconds, TimeOfDay
from hemvakt_sim.zigbee import Availability

WireName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
#: A friendly name may hold slashes, spaces and letters of any script; MQTT forbids wildcards and NUL.
FriendlyName = Annotated[str, StringConstraints(pattern=r"^[^+#\x00]{1,200}$")]


def _hours(moment: time) -> float:
    return moment.hour + moment.minute / 60


def _lines(steps: object) -> object:
    """Take a block of text for its lines."""
    return steps.splitlines() if isinstance(steps, str) else steps


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Named(NamedTuple):
    """A device of a scenario: its name on the wire, its kind, its room or door ("" for one that is worn)."""

    name: str
    kind: Kind
    place: str = ""


class Devices(_Model):
    """Devices of one home.

    A short Zigbee name is completed with the home and the kind (``kitchen`` becomes ``home-1/kitchen/pir``, a door
    ``home-1/front-door``); one with a slash is taken as it is.
    """

    pendant: WireName | None = None
    hub: WireName | None = None
    rooms: tuple[FriendlyName, ...] = ()
    doors: tuple[FriendlyName, ...] = ()
    smoke: FriendlyName | None = None
    leak: FriendlyName | None = None
    sos: FriendlyName | None = None

    def named(self, home: str) -> Iterator[Named]:
        """Yield every device with its full name."""
        if self.pendant is not None:
            yield Named(self.pendant, "pendant")
        if self.hub is not None:
            yield Named(self.hub, "hub")
        for room in self.rooms:
            yield Named(room if "/" in room else f"{home}/{room}/pir", "pir", room)
        for door in self.doors:
            yield Named(door if "/" in door else f"{home}/{door}", "door", door)
        kinds: tuple[tuple[Kind, str | None], ...] = (("smoke", self.smoke), ("leak", self.leak), ("sos", self.sos))
        for kind, place in kinds:
            if place is not None:
                yield Named(place if "/" in place else f"{home}/{place}/{kind}", kind, place)


class Rhythm(_Model):
    """The resident's day; ``outings`` and ``night_visits`` per day, ``activity`` as a share of a usual day's motion."""

    wakes: TimeOfDay = time(7, 0)
    to_bed: TimeOfDay = time(22, 30)
    outings: Annotated[float, Field(ge=0, le=10)] = 0.8
    night_visits: Annotated[float, Field(ge=0, le=10)] = 1.5
    activity: Annotated[float, Field(ge=0.05, le=1)] = 1.0

    def habits(self) -> Habits:
        """Return this rhythm as the generator of daily life takes it."""
        return Habits(
            wakes=_hours(self.wakes),
            to_bed=_hours(self.to_bed),
            outings_per_day=self.outings,
            night_visits=self.night_visits,
            activity=self.activity,
        )


class Home(_Model):
    """A home: its devices, its rhythm, its mobile ``area``, the form of availability that its bridge speaks."""

    id: WireName
    area: str | None = None
    devices: Devices
    rhythm: Rhythm = Rhythm()
    availability: Availability = Availability.JSON

    def named(self) -> tuple[Named, ...]:
        return tuple(self.devices.named(self.id))

    def dwelling(self) -> Dwelling:
        return Dwelling(rooms=self.devices.rooms, doors=self.devices.doors)


class Life(_Model):
    """When daily life begins (local time of day, by default now), and how many times faster than real it goes."""

    start: TimeOfDay | None = None
    speed: Annotated[float, Field(gt=0, le=10_000)] = 1.0


class Scenario(_Model):
    """A whole scenario: ``events`` at their times, ``steps`` one after the other.

    ``seconds`` ends it; without, it ends with its last step; without steps, it runs until it is stopped.
    """

    name: str = Field(min_length=1, max_length=200)
    about: str = ""
    homes: tuple[Home, ...]
    events: tuple[AnyHappening, ...] = ()
    steps: Annotated[tuple[str, ...], BeforeValidator(_lines), Field(max_length=10_000)] = ()
    life: Life = Life()
    heartbeat: Annotated[Seconds, Field(ge=1)] = 60.0
    check_in: Annotated[Seconds, Field(ge=1)] = 3000.0
    zigbee_base: FriendlyName = "zigbee2mqtt"
    seconds: Seconds | None = None

    @model_validator(mode="after")
    def _has_homes_with_unique_names(self) -> "Scenario":
        if not any(home.named() for home in self.homes):
            raise ValueError("there is no home with a device")
        names = Counter(device.name for home in self.homes for device in home.named())
        names.update(home.id for home in self.homes)
        if twice := sorted(name for name, uses in names.items() if uses > 1):
            raise ValueError(f"these names are used twice: {', '.join(twice)}")
        return self

    def home_of(self, event: Happening) -> Home | None:
        """Return the home that an event is in, or None for one that is everywhere or names something unknown."""
        for home in self.homes:
            if event.home == home.id or any(device.name == event.device for device in home.named()):
                return home
        return None

    def target(self, event: Happening) -> Named | None:
        """Return the device that an event is about, or None when no device of the right kind is there."""
        home = self.home_of(event)
        if home is None:
            return None
        if event.device is not None:
            return next(
                (device for device in home.named() if device.name == event.device and device.kind in event.kinds), None
            )
        by_kind = {device.kind: device for device in reversed(home.named())}
        return next((by_kind[kind] for kind in event.kinds if kind in by_kind), None)

    def problem(self, event: Happening) -> str | None:
        """Say what is wrong with an event's target, or None."""
        if isinstance(event, MastOutage) and event.area not in {home.area for home in self.homes}:
            return f"no home of this scenario is in the area {event.area}"
        if not event.targeted and event.home is None and event.device is None:
            return None
        if self.home_of(event) is None:
            return f"there is no {event.device or event.home} in this scenario"
        if self.target(event) is None:
            return f"{event.device or event.home} has no device that can do this; it takes a {' or '.join(event.kinds)}"
        return None

    def script(self) -> list[Step]:
        """Return the steps. Raises StepError for the first that is not understood; ``step_problems`` gives them all."""
        homes = {home.id for home in self.homes}
        found = (parse(number, text, homes) for number, text in enumerate(self.steps))
        return [step for step in found if step is not None]

    def step_problems(self) -> Iterator[tuple[int, str]]:
        """Yield what is wrong with the steps, by their line (from 0)."""
        homes = {home.id for home in self.homes}
        named = [device for home in self.homes for device in home.named()]
        pendants = {device.name for device in named if device.kind == "pendant"}
        numbered = {device.name for device in named if device.kind in NUMBERED}
        for number, text in enumerate(self.steps):
            try:
                step = parse(number, text, homes)
            except StepError as error:
                yield number, str(error)
                continue
            what = None if step is None else step.what
            if isinstance(what, Do) and (problem := self.problem(what.event)) is not None:
                yield number, problem
            if isinstance(what, ExpectLamp | ExpectQuestion) and what.device not in pendants:
                yield number, f"there is no pendant {what.device} in this scenario"
            elif isinstance(what, OfDevice) and what.device not in numbered:
                yield number, f"there is no pendant or hub {what.device} in this scenario"

    def warnings(self) -> list[str]:
        """Return what is allowed and may surprise."""
        return [
            f'"{device.name}" has a space: nats-server accepts none in an MQTT topic and hangs up on it'
            for home in self.homes
            for device in home.named()
            if " " in device.name
        ]
