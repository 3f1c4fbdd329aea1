"""What all happenings of a scenario share: a time, and a target."""

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from hemvakt_sim.units import Seconds

Kind = Literal["pendant", "hub", "pir", "door", "smoke", "leak", "sos"]
NUMBERED: frozenset[Kind] = frozenset({"pendant", "hub"})
SENSORS: frozenset[Kind] = frozenset({"pir", "door", "smoke", "leak", "sos"})


class Happening(BaseModel):
    """Something at a time, in a home or at one of its devices, once or again and again."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    #: Kinds of device that can do this; a home resolves to its first device of the first kind that it has.
    kinds: ClassVar[tuple[Kind, ...]] = ()
    #: Whether it needs a home or device at all.
    targeted: ClassVar[bool] = True

    at: Seconds
    every: Annotated[Seconds, Field(ge=1)] | None = None
    home: str | None = None
    device: str | None = None

    @model_validator(mode="after")
    def _one_target(self) -> "Happening":
        if self.home is not None and self.device is not None:
            raise ValueError("name a home or a device, not both")
        if self.targeted and self.home is None and self.device is None:
            raise ValueError("say where: home: or device:")
        return self
