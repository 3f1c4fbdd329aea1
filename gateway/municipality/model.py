"""What the file may say. Every field is checked here; what refers to what is checked in ``check``."""

from datetime import date
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from alarms.channel import kinds
from alarms.oncall.rotation import Rotation, RotationError
from alarms.phone.numbers import normal

Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
Line = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
Note = Annotated[str, StringConstraints(max_length=2000, strip_whitespace=True)]
#: rule -> field -> value; checked against the settings of the rule itself.
Settings = dict[str, dict[str, Any]]


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
        if channel == "webhook" and not address.startswith(("https://", "http://127.0.0.1", "http://localhost")):
            raise ValueError("a webhook contact needs an https:// address")
        if channel == "push":
            raise ValueError("a browser subscribes itself, on the page of its owner's contacts")
        if channel in {"sms", "voice"}:
            if not normal(address):
                raise ValueError("a telephone contact needs a number with + and country code, such as +46701234567")
            return normal(address)
        return address


class Responder(Entry):
    """Somebody who answers alarms. ``login`` gives an account for the console, without a password yet."""

    id: Id
    name: Line
    team: Id
    supervisor: bool = False
    language: Literal["sv", "en"] = "sv"
    login: Id | None = None
    contacts: list[Contact] = []


class Team(Entry):
    """Those who answer together. ``policy`` overrides the escalation steps by alarm class."""

    id: Id
    name: Line
    zone: str | None = None
    policy: dict[str, Any] | None = None


class Area(Entry):
    """A part of the municipality; one team answers there."""

    id: Id
    name: Line
    team: Id
    fallback: bool = False


class Turns(Entry):
    """A rotation: who is on duty in turn, and when the turns change."""

    id: Id
    team: Id
    area: Id | None = None
    starts_on: date
    handovers: Annotated[list[str], Field(min_length=1)]
    turns: Annotated[list[Annotated[list[Id], Field(min_length=1)]], Field(min_length=1)]

    @field_validator("handovers")
    @classmethod
    def _are_times(cls, handovers: list[str]) -> list[str]:
        try:
            Rotation(date(2026, 1, 1), handovers, [["anybody"]], ZoneInfo("UTC"))
        except RotationError as error:
            raise ValueError(str(error)) from error
        return handovers


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
    """An address with those who live there and the devices that watch over them."""

    id: Id
    area: Id
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
    rotations: list[Turns] = []
    homes: list[Home] = []
    settings: Settings = {}
