"""What can go wrong with networks, clocks, batteries and identities, one model each; ``do`` names it."""

from typing import Annotated, Literal

from pydantic import Field

from hemvakt_sim.happening import SENSORS, Happening
from hemvakt_sim.units import Seconds


class _Everywhere(Happening):
    """Something that befalls a device, a home, or everybody when neither is named."""

    kinds = ("pendant", "hub", *sorted(SENSORS))
    targeted = False


class _Network(_Everywhere):
    """What a bad network does to a ``share`` of the messages (0 to 1) for as long as it ``lasts``; without, to the end.

    A share of 0 ends what began before.
    A sensor's messages pass through its home's bridge, so what befalls one befalls the bridge.
    """

    share: float = Field(0.2, ge=0, le=1)
    lasts: Seconds | None = None


class Loss(_Network):
    """Messages vanish on the way; with ``acks`` also the gateway's word back. Numbered messages are repeated."""

    do: Literal["loss"]
    acks: bool = False


class Duplicates(_Network):
    """Messages arrive twice."""

    do: Literal["duplicates"]


class Reorder(_Network):
    """Messages are held back for up to ``by`` and overtaken by others."""

    do: Literal["reorder"]
    by: Annotated[Seconds, Field(gt=0, le=3600)] = 2.0


class Corrupt(_Network):
    """Bytes of messages are changed, cut off or added."""

    do: Literal["corrupt"]


class Flapping(_Everywhere):
    """The link is ``up`` and ``down`` in turns."""

    do: Literal["flapping"]
    up: Annotated[Seconds, Field(ge=0.1)] = 3.0
    down: Annotated[Seconds, Field(ge=0.1)] = 2.0
    lasts: Seconds = 30.0


class MastOutage(Happening):
    """All links of the homes of an ``area`` drop at once, as when a mobile mast fails."""

    targeted = False
    do: Literal["mast_outage"]
    area: str = Field(min_length=1, max_length=64)
    lasts: Seconds = 30.0


class BatteryDecline(Happening):
    """The battery runs down evenly from ``begins`` (as it is, when left out) to ``percent``, told at each tenth."""

    kinds = ("pendant", "pir", "door", "smoke", "leak", "sos")
    do: Literal["battery_decline"]
    begins: float | None = Field(None, ge=0, le=100)
    percent: float = Field(3, ge=0, le=100)
    lasts: Annotated[Seconds, Field(ge=1)] = 60.0


class SequenceReset(Happening):
    """The device forgets how far it has counted and begins at 1 again under the same boot, against the wire's rule."""

    kinds = ("pendant", "hub")
    do: Literal["sequence_reset"]


class Clone(Happening):
    """A second sender appears with the identity of a pendant, says that it is alive, and presses ``presses`` times.

    With ``same_client`` it also takes the MQTT client id, and broker and pendant fight over it. With ``same_numbers``
    it counts under the same boot from the same number on.
    """

    kinds = ("pendant",)
    do: Literal["clone"]
    presses: int = Field(1, ge=0, le=100)
    same_client: bool = False
    same_numbers: bool = False
    lasts: Annotated[Seconds, Field(ge=1)] = 10.0


class Storm(_Everywhere):
    """A device says that it is alive ``rate`` times a second."""

    do: Literal["storm"]
    rate: float = Field(50, gt=0, le=1000)
    lasts: Annotated[Seconds, Field(le=3600)] = 10.0


class ClockDrift(Happening):
    """The device's clock gains (``ahead``) or loses (``behind``) so much in each hour from here on."""

    kinds = ("pendant", "hub")
    do: Literal["clock_drift"]
    ahead: Seconds = 0.0
    behind: Seconds = 0.0
