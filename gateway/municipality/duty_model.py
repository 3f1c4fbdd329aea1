"""What the file may say of duty: areas on the map and in time, rotations, and what changes them for a time."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, field_validator, model_validator

from alarms.oncall import geography
from alarms.oncall.rotation import Rotation, RotationError
from alarms.oncall.walltime import instant
from store.errors import HemvaktError

Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
Line = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
Note = Annotated[str, StringConstraints(max_length=2000, strip_whitespace=True)]
#: nurse, home_care and technician are those that the default policies know; a municipality may have others.
Skill = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
#: YAML reads 12345 as a number.
_AsText = BeforeValidator(lambda value: str(value) if isinstance(value, int) else value)
#: "123 45", or "123*" for all that begin like it.
PostalCodes = Annotated[str, _AsText, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9 -]{1,14}\*?$")]
PostalCode = Annotated[str, _AsText, StringConstraints(pattern=r"^([A-Za-z0-9][A-Za-z0-9 -]{1,14})?$")]


class Entry(BaseModel):
    """A mapping in the file. A field that is not known is an error: it may be a misspelt date."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


def moment(value: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant that the file means: by its offset, else as a wall time. A date alone is its midnight."""
    return value if value.tzinfo is not None else instant(value, zone)


class Span(Entry):
    """From one moment until, not including, another."""

    from_: Annotated[datetime, Field(alias="from")]
    to: datetime

    def within(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        return moment(self.from_, zone), moment(self.to, zone)


class Charge(Entry):
    """A time in which another team answers in an area."""

    team: Id
    from_: Annotated[datetime | None, Field(alias="from")] = None
    to: datetime | None = None


class Area(Entry):
    """A part of the municipality; one team answers there at a time. ``geometry`` is GeoJSON (RFC 7946)."""

    id: Id
    name: Line
    team: Id
    fallback: bool = False
    teams: list[Charge] = []
    postal_codes: list[PostalCodes] = []
    geometry: dict[str, Any] | None = None

    @field_validator("geometry")
    @classmethod
    def _has_closed_rings(cls, geometry: dict[str, Any] | None) -> dict[str, Any] | None:
        try:
            if geometry is not None:
                geography.polygons(geometry)
        except HemvaktError as error:
            raise ValueError(str(error)) from error
        return geometry

    def shape(self) -> geography.Shape:
        polygons = geography.polygons(self.geometry) if self.geometry is not None else ()
        return geography.Shape(self.id, tuple(geography.plain(code) for code in self.postal_codes), polygons)


class Calendar(Entry):
    """Dates on which rotations with ``days: holidays`` take the place of those with ``days: ordinary``."""

    id: Id
    name: Line
    country: Literal["SE"] | None = None
    eves: bool = False
    begins: Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")] = "00:00"
    dates: list[date] = []


class Turns(Entry):
    """A rotation: who is on duty in turn, and when the turns change. An empty turn is a time without anybody."""

    id: Id
    team: Id
    area: Id | None = None
    layer: Annotated[int, Field(ge=1, le=9)] = 1
    days: Literal["all", "ordinary", "holidays"] = "all"
    starts_on: date
    ends_on: date | None = None
    handovers: Annotated[list[str], Field(min_length=1, max_length=200)]
    turns: Annotated[list[list[Id]], Field(min_length=1, max_length=2000)]

    @field_validator("handovers")
    @classmethod
    def _are_times(cls, handovers: list[str]) -> list[str]:
        try:
            Rotation(date(2026, 1, 1), handovers, [["anybody"]], ZoneInfo("UTC"))
        except RotationError as error:
            raise ValueError(str(error)) from error
        return handovers

    @field_validator("turns")
    @classmethod
    def _have_somebody(cls, turns: list[list[str]]) -> list[list[str]]:
        if not any(turns):
            raise ValueError("a rotation without anybody is none")
        return turns

    @field_validator("ends_on")
    @classmethod
    def _ends_later(cls, ends_on: date | None, info: Any) -> date | None:
        begins = info.data.get("starts_on")
        if ends_on is not None and begins is not None and ends_on <= begins:
            raise ValueError("it must end after it begins")
        return ends_on


class Override(Span):
    """``in`` instead of ``out``; without ``out`` beside those on duty."""

    id: Id
    team: Id
    out: Id | None = None
    in_: Annotated[Id, Field(alias="in")]
    note: Note = ""


class Given(Span):
    """The shift that somebody gives away in a swap."""

    responder: Id


class Swap(Entry):
    """Two people take each other's shifts."""

    id: Id
    team: Id
    one: Given
    other: Given
    note: Note = ""

    @model_validator(mode="after")
    def _are_two(self) -> Self:
        if self.one.responder == self.other.responder:
            raise ValueError("a swap needs two people")
        return self


class Absence(Span):
    """Somebody is away. Why does not belong here."""

    id: Id
    responder: Id
