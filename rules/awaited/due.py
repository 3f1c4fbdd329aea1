"""When something is expected, and how long it is waited for."""

from abc import ABC, abstractmethod
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from rules.nights import WallTime


class Due(BaseModel, ABC):
    """Something that is expected at ``at`` (wall time of the home) on ``weekdays`` (0 is Monday).

    It counts from ``early_min`` minutes before ``at``; it is missing when ``grace_min`` minutes have passed after it.
    ``remind_min`` minutes after ``at`` the resident is reminded; None, and one that is no sooner, reminds nobody.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    at: WallTime
    weekdays: frozenset[Annotated[int, Field(ge=0, le=6)]] = Field(default=frozenset(range(7)), min_length=1)
    early_min: float = Field(default=180, ge=0, le=1440, allow_inf_nan=False)
    grace_min: float = Field(default=120, ge=0, le=1440, allow_inf_nan=False)
    remind_min: Annotated[float, Field(ge=0, le=1440, allow_inf_nan=False)] | None = 60

    @property
    @abstractmethod
    def what(self) -> str:
        """Name what is expected."""

    @property
    def clock(self) -> str:
        return self.at.isoformat("minutes")

    @property
    def key(self) -> str:
        return f"{self.what}@{self.clock}"
