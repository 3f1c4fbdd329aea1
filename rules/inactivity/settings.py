"""How long a home may be quiet."""

from datetime import time
from typing import Annotated

from pydantic import Field

from rules.base import RuleSettings

Hours = Annotated[float, Field(gt=0, le=168, allow_inf_nan=False)]


class InactivitySettings(RuleSettings):
    """Limits in hours of quiet. Times are wall time of the home.

    The fixed limits (6 h by day, 10 h at night) gave 0.12 false alarms per home-day at a mean delay of 6.3 h on the
    homes of TIHM (Sci Data 2023;10:606); they hold while ``learning`` is off. With ``learning`` the home's own rhythm
    decides, and the fixed limits are what it starts from.
    """

    day_limit_h: Hours = 6.0
    night_limit_h: Hours = 10.0
    night_from: time = time(21)
    night_to: time = time(5)
    learning: bool = True
    #: False alarms that are accepted in one home in a hundred days, as the learned rhythm foresees them.
    accepted_per_100_days: float = Field(default=5.0, gt=0, le=100, allow_inf_nan=False)
    #: The learned limit stays between these.
    shortest_h: Hours = 1.5
    longest_h: Hours = 16.0
    #: Quiet that began at a door to the outside: nobody may be at home.
    away_limit_h: Hours = 24.0
    #: Rooms (as devices are assigned) whose doors do not lead out.
    inner_doors: frozenset[str] = frozenset({"fridge", "freezer", "cupboard", "kyl", "frys", "skåp"})
