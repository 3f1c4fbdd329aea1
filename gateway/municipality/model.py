"""What the file may say. Every field is checked here; what refers to what is checked in ``check``."""

from datetime import date
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from alarms.channel import kinds
from alarms.escalation.window import Day, WallTime
from alarms.phone.numbers import normal
from gateway.municipality.duty_model import (
    Absence,
    Area,
    Calendar,
    Id,
    Line,
    Note,
    Override,
    PostalCode,
    Skill,
    Swap,
    Turns,
)
from rules.base import AlarmClass

Longitude = Annotated[float, Field(ge=-180, le=180)]
Latitude = Annotated[float, Field(ge=-90, le=90)]
#: rule -> field -> value; checked against the settings of the rule itself. Two more fields say why they are set, and
#: when somebody is to look at them again: ``reason`` and ``review_on``.
Settings = dict[str, dict[str, Any]]


class Why(BaseModel):
    """What stands beside the fields of a rule's settings in the file."""

    model_config = ConfigDict(extra="ignore")

    reason: Annotated[str, StringConstraints(min_length=1, max_length=2000, strip_whitespace=True)] | None = None
    review_on: date | None = None


def only_settings(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of the rule itself."""
    return {name: value for name, value in fields.items() if name not in Why.model_fields}


class Entry(BaseModel):
    """A mapping in the file. A field that is not known is an error: it may be a misspelt limit."""

    model_config = ConfigDict(extra="forbid")


class Contact(Entry):
    """One way to reach a responder."""

    channel: str
    address: Annotated[str, StringConstraints(max_length=500)] = ""

    @field_validator("channel")
    @classmethod
    def _is_known(cls, channel: str) -> str:
        known = [kind.name for kind in kinds()]
        if channel not in known:
            raise ValueError(f"must be one of {', '.join(known)}")
        return channel

    @field_validator("address")
    @classmethod
    def _has_an_address(cls, address: str, info: Any) -> str:
        channel = info.data.get("channel")
        if channel == "email" and ("@" not in address or any(sign in address for sign in "\r\n ,;<>")):
            raise ValueError("an e-mail contact needs one address such as name@example.org")
        if channel == "webhook" and not _by_tls_or_here(address):
            raise ValueError("a webhook contact needs an https:// address")
        if channel == "push":
            raise ValueError("a browser subscribes itself, on the page of its owner's contacts")
        if channel in {"sms", "voice"}:
            if not normal(address):
                raise ValueError("a telephone contact needs a number with + and country code, such as +46701234567")
            return normal(address)
        return address


def _by_tls_or_here(address: str) -> bool:
    """Tell whether a URL leads by TLS to a host, or to this machine; localhost.example.org only begins like it."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    if not host or any(sign.isspace() or not sign.isprintable() for sign in address):
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host in {"127.0.0.1", "localhost"})


class Responder(Entry):
    """Somebody who answers alarms. ``login`` gives an account for the console, without a password yet."""

    id: Id
    name: Line
    team: Id
    supervisor: bool = False
    skills: list[Skill] = []
    language: Literal["sv", "en"] = "sv"
    login: Id | None = None
    contacts: list[Contact] = []


class Team(Entry):
    """Those who answer together."""

    id: Id
    name: Line
    zone: str | None = None
    calendar: Id | None = None


class Centre(Entry):
    """An alarm centre outside: policies may tell it, and it is never on duty. ``team`` keeps the agreement with it."""

    id: Id
    name: Line
    team: Id | None = None
    language: Literal["sv", "en"] = "sv"
    contacts: Annotated[list[Contact], Field(min_length=1)]

    @field_validator("contacts")
    @classmethod
    def _are_outside(cls, contacts: list[Contact]) -> list[Contact]:
        if any(contact.channel == "console" for contact in contacts):
            raise ValueError("an alarm centre has no console here; give an e-mail address or a webhook")
        return contacts


class Policy(Entry):
    """Who is told when. All other fields are those of ``alarms.escalation.policy.Policy``, checked against it."""

    model_config = ConfigDict(extra="allow", populate_by_name=True)

    id: Id
    name: Line
    alarm_class: AlarmClass = Field(alias="class")
    team: Id | None = None
    days: Annotated[list[Day], Field(min_length=1)] | None = None
    from_time: WallTime | None = Field(default=None, alias="from")
    to_time: WallTime | None = Field(default=None, alias="to")
    active: bool = True


class Resident(Entry):
    """Somebody who lives in a home. Sex and birth year are there for follow-up, which is split by sex."""

    id: Id
    name: Line
    sex: Literal["female", "male", "other", "unknown"]
    birth_year: Annotated[int, Field(ge=1900, le=2100)] | None = None
    note: Note = ""
    settings: Settings = {}


class Device(Entry):
    """A thing in a home. ``address`` is its own name on the wire; the id when left out."""

    id: Id
    family: Line = "hemvakt"
    address: Annotated[str, StringConstraints(max_length=255)] | None = None
    kind: Id
    model: Annotated[str, StringConstraints(max_length=200)] = ""
    interval: Annotated[float, Field(ge=0, le=90 * 86400)] = 0
    resident: Id | None = None
    room: Annotated[str, StringConstraints(max_length=64)] = ""
    settings: Settings = {}


class Home(Entry):
    """An address with those who live there and the devices that watch over them.

    Without ``area`` it lies in the area that has its postal code, or whose geometry holds its point.
    """

    id: Id
    area: Id | None = None
    postal_code: PostalCode = ""
    #: [longitude, latitude], as on a GeoJSON map.
    point: tuple[Longitude, Latitude] | None = None
    address: Line
    directions: Note = ""
    key_note: Note = ""
    phone: Annotated[str, StringConstraints(pattern=r"^[+0-9 ()-]{0,32}$")] = ""
    residents: Annotated[list[Resident], Field(min_length=1)]
    devices: list[Device] = []
    settings: Settings = {}


class Municipality(Entry):
    """The whole file."""

    municipality: Line
    zone: str = "Europe/Stockholm"
    teams: list[Team] = []
    areas: list[Area] = []
    responders: list[Responder] = []
    calendars: list[Calendar] = []
    rotations: list[Turns] = []
    centres: list[Centre] = []
    policies: list[Policy] = []
    overrides: list[Override] = []
    swaps: list[Swap] = []
    absences: list[Absence] = []
    homes: list[Home] = []
    settings: Settings = {}
