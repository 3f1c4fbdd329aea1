"""When a policy applies: weekdays and times of day, on the wall clock of the team."""

from datetime import datetime
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: Final[tuple[Day, ...]] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WallTime = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class Window(BaseModel):
    """Days on which it begins, and local times between which it lasts, the end not included.

    ``from_time`` after ``to_time`` lasts over midnight: Friday 21:00-07:00 holds on Saturday at 03:00 too. Every
    instant has one local time, so windows that share out the day leave no gap and no double when the clocks change.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    days: tuple[Day, ...] | None = Field(default=None, min_length=1)
    from_time: WallTime | None = None
    to_time: WallTime | None = None

    @model_validator(mode="after")
    def _both_or_neither(self) -> Self:
        if (self.from_time is None) != (self.to_time is None):
            raise ValueError("`from` and `to` are given together, or neither for all day")
        if self.from_time is not None and self.from_time == self.to_time:
            raise ValueError("`from` and `to` are equal; leave both out for all day")
        return self

    @property
    def always(self) -> bool:
        """Whether there is no time at which it does not hold."""
        return self.from_time is None and (self.days is None or set(self.days) == set(DAYS))

    def holds(self, local: datetime) -> bool:
        """Tell whether it holds at a local time."""
        today, yesterday = DAYS[local.weekday()], DAYS[local.weekday() - 1]
        if self.from_time is None or self.to_time is None:
            return self._begins(today)
        time = local.strftime("%H:%M")
        if self.from_time < self.to_time:
            return self._begins(today) and self.from_time <= time < self.to_time
        return (self._begins(today) and time >= self.from_time) or (self._begins(yesterday) and time < self.to_time)

    def _begins(self, day: Day) -> bool:
        return self.days is None or day in self.days
