"""What a scenario can make happen, one model each; ``do`` names it. Faults are in ``faults``."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from hemvakt_sim import faults
from hemvakt_sim.happening import SENSORS, Happening
from hemvakt_sim.units import Seconds
from hemvakt_sim.wire import UNITS


class Press(Happening):
    """Somebody presses: a pendant, or an SOS button on the wall."""

    kinds = ("pendant", "sos")
    do: Literal["press"]
    button: str = Field("main", max_length=32)


class SosTwice(Happening):
    """Somebody presses, waits, and presses again because nothing seems to happen."""

    kinds = ("sos", "pendant")
    do: Literal["sos_twice"]
    gap: Seconds = 20.0


class Fall(Happening):
    """The wearer of a pendant falls; the pendant sends its window when 12 s of stillness are over.

    With ``reply`` the pendant can ask, and this is what the wearer answers.
    """

    kinds = ("pendant",)
    do: Literal["fall"]
    press_after: Seconds | None = None
    reply: Literal["fine", "help", "nothing"] | None = None


class LongLie(Happening):
    """The resident lies on the floor: no more motion in the home. With ``worn`` the pendant feels the fall."""

    kinds = ("pendant", "pir")
    do: Literal["long_lie"]
    lasts: Seconds | None = None
    worn: bool = False


class LowBattery(Happening):
    kinds = ("pendant", "pir", "door", "smoke", "leak", "sos")
    do: Literal["low_battery"]
    percent: float = Field(7, ge=0, le=100)


class Smoke(Happening):
    kinds = ("smoke",)
    do: Literal["smoke", "smoke_clear"]


class Leak(Happening):
    kinds = ("leak",)
    do: Literal["leak", "leak_clear"]


class Motion(Happening):
    """Somebody moves where a motion sensor sees it."""

    kinds = ("pir",)
    do: Literal["motion"]


class Door(Happening):
    kinds = ("door",)
    do: Literal["open", "close"]


class Wear(Happening):
    kinds = ("pendant",)
    do: Literal["take_off", "put_on"]


class Tamper(Happening):
    kinds = ("pendant",)
    do: Literal["tamper"]


class Measure(Happening):
    """One to eight values, each in the unit of its kind: mm[Hg], /min, %, Cel, mmol/L, kg."""

    kinds = ("hub",)
    do: Literal["measure"]
    values: dict[str, float] = Field(min_length=1, max_length=8)

    @model_validator(mode="after")
    def _known_kinds(self) -> "Measure":
        if unknown := sorted(set(self.values) - set(UNITS)):
            raise ValueError(f"unknown kind {', '.join(unknown)}; known are {', '.join(UNITS)}")
        return self


class BrokerLoss(Happening):
    """The link drops without a word, so the last will is published; what is said meanwhile is kept.

    With no home or device named, all links drop at once.
    """

    kinds = ("pendant", "hub", *sorted(SENSORS))
    targeted = False
    do: Literal["broker_loss"]
    lasts: Seconds = 10.0


class Silence(Happening):
    """A device says nothing any more. With ``announced``, its last will or the bridge says that it is gone."""

    kinds = ("pendant", "hub", *sorted(SENSORS))
    do: Literal["silence"]
    announced: bool = False


class Back(Happening):
    """A silent device speaks again."""

    kinds = ("pendant", "hub", *sorted(SENSORS))
    do: Literal["back"]


class Reboot(Happening):
    kinds = ("pendant", "hub")
    do: Literal["reboot"]


class Update(Happening):
    """The device gets another program and starts anew with it."""

    kinds = ("pendant",)
    do: Literal["update"]
    firmware: str = Field(min_length=1, max_length=32)


class WrongClock(Happening):
    """The device's clock jumps: ``ahead`` or ``behind`` by so much, or is gone when neither is given.

    It is right again after ``lasts``, or stays wrong without.
    """

    kinds = ("pendant", "hub")
    do: Literal["wrong_clock"]
    ahead: Seconds | None = None
    behind: Seconds | None = None
    lasts: Seconds | None = None


class Garbage(Happening):
    """The device publishes bytes that mean nothing."""

    kinds = ("pendant", "hub", *sorted(SENSORS))
    do: Literal["garbage"]
    payload: str = '{"boot":'


AnyHappening = Annotated[
    Press
    | SosTwice
    | Fall
    | LongLie
    | LowBattery
    | Smoke
    | Leak
    | Motion
    | Door
    | Wear
    | Tamper
    | Measure
    | BrokerLoss
    | Silence
    | Back
    | Reboot
    | Update
    | WrongClock
    | faults.ClockDrift
    | Garbage
    | faults.Loss
    | faults.Duplicates
    | faults.Reorder
    | faults.Corrupt
    | faults.Flapping
    | faults.MastOutage
    | faults.BatteryDecline
    | faults.SequenceReset
    | faults.Clone
    | faults.Storm,
    Field(discriminator="do"),
]
