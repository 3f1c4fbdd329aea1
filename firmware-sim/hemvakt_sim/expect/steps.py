"""The steps that a scenario can have, one after the other."""

from dataclasses import dataclass
from typing import Literal

from hemvakt_sim.happenings import AnyHappening
from hemvakt_sim.pendant import Lamp

Deed = Literal["accept", "confirm", "attend", "arrive", "close"]
DEEDS: tuple[Deed, ...] = ("accept", "confirm", "attend", "arrive", "close")
CLASSES = ("life_safety", "care", "technical")
#: What may be said of how an alarm stands, beside being there.
STANDINGS = ("open", "accepted", "attending", "closed", "restored")


#: What a device can be told of help, as it is on the wire.
HELPS = ("told", "accepted", "on_its_way", "closed")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Settings of a device; None is not said. ``volume`` is per cent of the loudest."""

    heartbeat_s: int | None = None
    volume: int | None = None
    language: str | None = None

    def said(self) -> dict[str, int | str]:
        """Return those that are said, by the gateway's names."""
        return {name: value for name, value in vars(self).items() if value is not None}


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which alarm is meant. What is not said does not matter.

    ``about`` is the rule or the code of the gateway; ``source`` the device, by its id at the gateway or its name on the
    wire; ``anywhere`` takes in alarms of homes and devices that are not in the scenario.
    """

    alarm_class: str | None = None
    about: str | None = None
    team: str | None = None
    home: str | None = None
    source: str | None = None
    occurrences: int | None = None
    standing: str | None = None
    by: str | None = None
    anywhere: bool = False


@dataclass(frozen=True)
class Do:
    """Something happens in a home."""

    event: AnyHappening


@dataclass(frozen=True)
class Wait:
    """Scenario time passes."""

    seconds: float


@dataclass(frozen=True)
class Call:
    """A command of whoever runs the scenario, by the name it was given: ``call gateway-stop``."""

    name: str


@dataclass(frozen=True)
class Act:
    """A person does something with an alarm, as the account ``login``. ``outcome`` is for closing."""

    deed: Deed
    wanted: Wanted
    login: str
    outcome: str = "other"


@dataclass(frozen=True)
class Find:
    """A technician lets a device buzz for ``for_s`` seconds, as the account ``login``."""

    device: str
    for_s: int
    login: str


@dataclass(frozen=True)
class Change:
    """A technician changes settings of a device, as the account ``login``."""

    device: str
    settings: Settings
    login: str


@dataclass(frozen=True)
class ExpectAlarm:
    """An alarm is there, or has news, within so many seconds; or, with ``absent``, is not in all that time."""

    wanted: Wanted
    within_s: float
    absent: bool = False


@dataclass(frozen=True)
class ExpectPage:
    """A person is told of an alarm of the scenario, on ``channel`` or on any."""

    person: str
    channel: str | None
    wanted: Wanted
    within_s: float
    absent: bool = False


@dataclass(frozen=True)
class ExpectLamp:
    """The lamp of a pendant shows ``lamp`` within so many seconds; or, with ``absent``, at no time in them."""

    device: str
    lamp: Lamp
    within_s: float
    absent: bool = False


@dataclass(frozen=True)
class ExpectQuestion:
    """A pendant asks its wearer."""

    device: str
    within_s: float
    absent: bool = False


@dataclass(frozen=True)
class ExpectHelp:
    """The newest word that a device has heard of the help is ``state``."""

    device: str
    state: str
    within_s: float
    absent: bool = False


@dataclass(frozen=True)
class ExpectBuzz:
    """A device buzzes, so that it is found."""

    device: str
    within_s: float
    absent: bool = False


@dataclass(frozen=True)
class ExpectSettings:
    """A device goes by these settings, and with ``confirmed`` the gateway knows that it goes by the newest."""

    device: str
    settings: Settings
    confirmed: bool
    within_s: float
    absent: bool = False


@dataclass(frozen=True)
class ExpectFirmware:
    """The gateway knows of a device that runs this program."""

    version: str
    within_s: float
    absent: bool = False


OfDevice = ExpectLamp | ExpectQuestion | ExpectHelp | ExpectBuzz | ExpectSettings
OfGateway = ExpectAlarm | ExpectPage | ExpectFirmware
Expectation = OfDevice | OfGateway
Deeds = Act | Find | Change
AnyStep = Do | Wait | Call | Deeds | Expectation


@dataclass(frozen=True)
class Step:
    """A step as it was written, and where: ``line`` counts from 0 among the lines of the steps."""

    line: int
    text: str
    what: AnyStep

    @property
    def asks_the_gateway(self) -> bool:
        """Whether it needs the gateway's HTTP API."""
        return isinstance(self.what, OfGateway | Deeds) or (
            isinstance(self.what, ExpectSettings) and self.what.confirmed
        )
