"""What the hub is told: who it is, where the gateway's broker is, and which devices of the home it listens to."""

import shutil
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
_PORTS = {"mqtt": 1883, "mqtts": 8883}


class DeviceKind(StrEnum):
    """What a device is for. Only what belongs to its kind is taken from it."""

    BLOOD_PRESSURE = "blood_pressure"
    THERMOMETER = "thermometer"
    GLUCOSE = "glucose"
    OXIMETER = "oximeter"
    SCALE = "scale"
    HEART_RATE = "heart_rate"
    BUTTON = "button"
    MOTION = "motion"
    DOOR = "door"
    SMOKE = "smoke"
    GAS = "gas"
    CARBON_MONOXIDE = "carbon_monoxide"
    LEAK = "leak"


#: Kinds that need no connection, and get none.
SHOUTING = frozenset(
    {
        DeviceKind.BUTTON,
        DeviceKind.MOTION,
        DeviceKind.DOOR,
        DeviceKind.SMOKE,
        DeviceKind.GAS,
        DeviceKind.CARBON_MONOXIDE,
        DeviceKind.LEAK,
    }
)


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError("there is no such time zone; write it like Europe/Stockholm") from error
    return name


def _broker_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.username is not None or parts.password is not None:
        raise ValueError("no user and no password in the address; they have fields of their own")
    try:
        usable = parts.scheme in _PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ValueError("write it as mqtts://host, mqtts://host:port, or mqtt://host without encryption")
    return url


def _address(text: object) -> object:
    # YAML 1.1 reads an unquoted address of digits only, such as 10:20:30:40:50:59, as a number to base 60.
    if isinstance(text, int):
        raise ValueError("put the address in quotes")  # noqa: TRY004 - pydantic turns a ValueError into a problem
    return text.upper() if isinstance(text, str) else text


def _program(command: tuple[str, ...]) -> tuple[str, ...]:
    if command and shutil.which(command[0]) is None:
        raise ValueError("its first word is no program of this machine")
    return command


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Broker(_Strict):
    """The broker that the gateway listens to. ``mqtts`` verifies its certificate."""

    url: Annotated[str, AfterValidator(_broker_url)]
    user: str | None = None
    password_file: Path | None = None
    ca_file: Path | None = None

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        parts = urlsplit(self.url)
        return parts.port or _PORTS[parts.scheme]

    @property
    def is_encrypted(self) -> bool:
        return urlsplit(self.url).scheme == "mqtts"


class Device(_Strict):
    """A device of the home. ``user`` takes over the readings of this user of the device only."""

    name: Name
    address: Annotated[
        str,
        BeforeValidator(_address),
        Field(pattern=r"^[0-9A-F]{2}(:[0-9A-F]{2}){5}$|^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$"),
    ]
    kind: DeviceKind
    bond: bool = True
    user: Annotated[int, Field(ge=0, le=254)] | None = None
    key_file: Path | None = None

    @model_validator(mode="after")
    def _button_has_a_key(self) -> Self:
        if self.kind is DeviceKind.BUTTON and self.key_file is None:
            raise ValueError("a button needs a key_file: anybody can send the press of one that is not encrypted")
        return self


class HubConfig(_Strict):
    """The whole file. ``clock_is_set`` overrules what the kernel says of the hub's clock.

    ``say_command`` gets what the resident is told, in ``language``, as a line on its standard input; in its words
    ``{language}`` and ``{volume}`` stand for those that are set.
    """

    name: Name
    broker: Broker
    folder: Path
    timezone: Annotated[str, AfterValidator(_zone)] = "Europe/Stockholm"
    heartbeat_s: Annotated[float, Field(ge=10, le=86_400)] = 300.0
    page_port: Annotated[int, Field(ge=0, le=65_535)] = 8099
    clock_is_set: bool | None = None
    say_command: Annotated[tuple[str, ...], Field(max_length=32), AfterValidator(_program)] = ()
    language: Literal["sv", "en"] = "sv"
    devices: Annotated[tuple[Device, ...], Field(min_length=1, max_length=200)]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        names = [self.name, *(device.name for device in self.devices)]
        for what, said in (("name", names), ("address", [device.address for device in self.devices])):
            if twice := sorted({one for one in said if said.count(one) > 1}):
                raise ValueError(f"each {what} is used once; twice: {', '.join(twice)}")
        return self

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def at(self, address: str) -> Device | None:
        """Return the device of this home that has the address."""
        return next((device for device in self.devices if device.address == address.upper()), None)
