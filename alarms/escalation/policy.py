"""Escalation policies as data: who is told when, for as long as nobody has accepted."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from alarms.escalation.target import PATTERN
from rules.base import AlarmClass

#: Whom a step means is looked up when it fires; alarms/escalation/target.py lists the words.
Target = Annotated[str, StringConstraints(pattern=PATTERN)]
Seconds = Annotated[float, Field(ge=0, le=7 * 86400)]

#: Longest pause between two rings of an exhausted life-safety chain (routing invariant E4).
LONGEST_RING_S: Final = 60.0
#: No step of life safety comes later than this after the one before: a misplaced zero must not cost a night.
LONGEST_STEP_S: Final = 900.0
#: Targets of one step, and steps of one policy, at most.
MOST_TARGETS: Final = 20
MOST_STEPS: Final = 50


class Step(BaseModel):
    """One step: ``after_s`` seconds after the one before, the targets are told."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    after_s: Seconds
    targets: tuple[Target, ...] = Field(min_length=1, max_length=MOST_TARGETS)
    #: How many of a person's contacts are used, in their order; None means all at once, so that one provider that is
    #: down costs no time (D3). The console is told in any case and does not count.
    contacts: int | None = Field(default=None, ge=1)


class Policy(BaseModel):
    """What one class of alarms does until a person has taken it, and how long that person may stay silent.

    All times are seconds. When the last step has passed, ``ring`` is told every ``ring_s`` for ever.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    #: Which policy this is; empty for that of the installation.
    id: str = Field(default="", max_length=64)
    steps: tuple[Step, ...] = Field(min_length=1, max_length=MOST_STEPS)
    #: How many more times the steps are gone through before the ring, and the pause before each of these rounds.
    repeat: int = Field(default=0, ge=0, le=20)
    repeat_after_s: Seconds = 60.0
    ring: tuple[Target, ...] = Field(default=("on_duty", "team", "supervisors"), min_length=1, max_length=MOST_TARGETS)
    ring_s: float = Field(ge=5, le=7 * 86400)
    #: An acceptance lasts this long unless it is confirmed; the same for one who is on the way or on site.
    lease_s: float = Field(gt=0, le=7 * 86400)
    attend_lease_s: float = Field(gt=0, le=7 * 86400)
    #: After a new occurrence the owner must confirm within this; None: being told is enough.
    confirm_s: float | None = Field(default=None, gt=0, le=86400)
    #: The one an alarm is handed to must confirm within this.
    hand_over_s: float = Field(default=120.0, gt=0, le=86400)
    #: Whether each new occurrence pages, or is only counted and shown.
    hear_again: bool = True

    @property
    def length(self) -> int:
        """How many steps there are before the ring, those of all rounds."""
        return len(self.steps) * (self.repeat + 1)

    def step(self, number: int) -> Step:
        """Return a step by its number from 0, counted through all rounds."""
        return self.steps[number % len(self.steps)]

    def delay(self, number: int) -> float:
        """Return how many seconds after the one before a step comes."""
        pause = self.repeat_after_s if number and number % len(self.steps) == 0 else 0.0
        return pause + self.step(number).after_s

    def targets(self) -> set[str]:
        """Return all whom the policy may tell."""
        return {target for step in self.steps for target in step.targets} | set(self.ring)


def _steps(*rows: tuple[float, Target]) -> tuple[Step, ...]:
    return tuple(Step(after_s=after_s, targets=(target,)) for after_s, target in rows)


#: 60, 120 and 180 s for life safety are the service figures of the Telecare Services Association: 97.5 % answered
#: within 60 s, 99 % within 180 s.
DEFAULTS: Final[Mapping[AlarmClass, Policy]] = {
    AlarmClass.LIFE_SAFETY: Policy(
        steps=_steps((0, "on_duty"), (60, "on_duty"), (60, "team"), (60, "supervisors")),
        ring_s=60,
        lease_s=300,
        attend_lease_s=2700,
        confirm_s=30,
    ),
    AlarmClass.CARE: Policy(
        steps=_steps((0, "on_duty"), (600, "on_duty"), (1200, "team"), (1800, "supervisors")),
        ring_s=1800,
        lease_s=3600,
        attend_lease_s=7200,
        confirm_s=600,
    ),
    AlarmClass.TECHNICAL: Policy(
        steps=_steps((0, "on_duty"), (3600, "on_duty"), (7200, "team"), (14400, "supervisors")),
        ring_s=14400,
        lease_s=86400,
        attend_lease_s=86400,
        hear_again=False,
    ),
}


class Policies(BaseModel):
    """The installation's policy for each class: what holds where no policy in the database does."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    life_safety: Policy = DEFAULTS[AlarmClass.LIFE_SAFETY]
    care: Policy = DEFAULTS[AlarmClass.CARE]
    technical: Policy = DEFAULTS[AlarmClass.TECHNICAL]

    @model_validator(mode="after")
    def _life_safety_is_loud(self) -> Self:
        require_fit(AlarmClass.LIFE_SAFETY, self.life_safety)
        return self

    def of(self, alarm_class: AlarmClass) -> Policy:
        """Return the policy of one class."""
        policy: Policy = getattr(self, alarm_class.value)
        return policy

    def with_changes(self, alarm_class: AlarmClass, policy_id: str, content: Mapping[str, Any]) -> Policy:
        """Return the policy of one class with the fields of ``content`` in place of its own.

        Raises ValidationError for fields that cannot be read, ValueError for what does not fit the class.
        """
        policy = Policy.model_validate({**self.of(alarm_class).model_dump(), **content, "id": policy_id})
        require_fit(alarm_class, policy)
        return policy


def require_fit(alarm_class: AlarmClass, policy: Policy) -> None:
    """Raise ValueError, naming the field, for a policy that is too slow or too quiet for life safety."""
    if alarm_class is not AlarmClass.LIFE_SAFETY:
        return
    if policy.steps[0].after_s:
        raise ValueError("steps: the first step of life_safety is at once, after_s: 0")
    if max(policy.delay(number) for number in range(policy.length)) > LONGEST_STEP_S:
        raise ValueError(f"steps: a step of life_safety comes at most {LONGEST_STEP_S:g} s after the one before")
    if policy.ring_s > LONGEST_RING_S:
        raise ValueError(f"ring_s: at most {LONGEST_RING_S:g} for life_safety")
    if policy.confirm_s is None:
        raise ValueError("confirm_s: required for life_safety, a second press must be heard")
