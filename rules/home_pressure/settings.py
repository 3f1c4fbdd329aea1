"""When the mean of a week is too high, and when that is said."""

from datetime import time
from typing import Annotated

from pydantic import Field

from rules.base import RuleSettings
from rules.home_pressure.week import DIASTOLIC_ELEVATED, SYSTOLIC_ELEVATED
from rules.nights import WallTime

Pressure = Annotated[float, Field(gt=0, le=400, allow_inf_nan=False)]

SOURCE = "ESH 2021"


class HomePressureSettings(RuleSettings):
    """Limits in mm[Hg]: 135/85 (ESH 2021, J Hypertens 39:1293); means from there on are told.

    A mean of fewer than 12 readings after the first day is not one of the protocol and is not judged: casual readings
    say little (J Clin Hypertens 2018;20:1116, table 3).
    """

    systolic: Pressure = SYSTOLIC_ELEVATED
    diastolic: Pressure = DIASTOLIC_ELEVATED
    fewest_readings: int = Field(default=12, ge=3, le=48)
    #: Wall time of the home, on the day after the seventh: a mean of a week wakes nobody at midnight.
    tell_at: WallTime = time(9)

    @property
    def source(self) -> str:
        """Return who set the limits: a publication, or an empty text when staff did."""
        return "" if {"systolic", "diastolic"} & self.model_fields_set else SOURCE
