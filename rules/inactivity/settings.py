"""How long a home may be quiet."""

from datetime import time
from typing import Annotated, Self

from pydantic import Field, model_validator

from rules.base import RuleSettings
from rules.nights import WallTime
from rules.places import INNER_DOORS

Hours = Annotated[float, Field(gt=0, le=168, allow_inf_nan=False)]


class InactivitySettings(RuleSettings):
    """Limits in hours of quiet. Times are wall time of the home.

    With ``learning`` the home's own rhythm decides. Without it the fixed limits do; 6 h by day and 10 h at night gave
    0.12 false alarms per home-day at a mean delay of 6.3 h on the homes of TIHM (Sci Data 2023;10:606). A fixed limit
    that was set for a person or a home is never exceeded, learning or not.
    """

    day_limit_h: Hours = 6.0
    night_limit_h: Hours = 10.0
    #: Quiet that began at a door to the outside: nobody may be at home.
    away_limit_h: Hours = 24.0
    night_from: WallTime = time(21)
    night_to: WallTime = time(5)
    learning: bool = True
    #: Days between two false alarms in one home as its rhythm foresees them. Real life holds surprises that no rhythm
    #: does: on the homes of TIHM 50 foreseen days were 20.
    days_between: float = Field(default=50.0, ge=1, le=1000, allow_inf_nan=False)
    #: The learned limit stays between these.
    shortest_h: Hours = 2.0
    longest_h: Hours = 36.0
    #: Words in the room of a door that does not lead out.
    inner_doors: frozenset[str] = INNER_DOORS

    @model_validator(mode="after")
    def _leaves_room(self) -> Self:
        if self.shortest_h > self.longest_h:
            message = "shortest_h is longer than longest_h"
            raise ValueError(message)
        return self

    def set_for_home(self, field: str) -> bool:
        """Say whether ``field`` was set for this home or its resident."""
        return field in self.model_fields_set
