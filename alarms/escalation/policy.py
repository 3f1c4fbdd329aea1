"""Escalation policies as data: who is told when, for as long as nobody has accepted."""

from collections.abc import Mapping
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from rules.base import AlarmClass

#: ``on_duty`` is looked up when the step fires. ``fallback`` is the whole team of the fallback area.
Target = Annotated[str, StringConstraints(pattern=r"^(on_duty|team|supervisors|fallback|responder:[^\s]{1,64})$")]
Seconds = Annotated[float, Field(ge=0, le=7 * 86400)]

#: Longest pause between two rings of an exhausted life-safety chain (routing invariant E4).
LONGEST_RING_S: Final = 60.0


class Step(BaseModel):
    """One step: ``after_s`` seconds after the one before, the targets are told."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    after_s: Seconds
    targets: tuple[Target, ...] = Field(min_length=1)
    #: How many of a person's contacts are used, in their order; None means all at once, so that one provider that is
    #: down costs no time (D3). The console is told in any case and does not count.
    contacts: int | None = Field(default=None, ge=1)


class Policy(BaseModel):
    """What one class of alarms does until a person has taken it, and how long that person may stay silent.

    All times are seconds. When the last step has passed, ``ring`` is told every ``ring_s`` for ever.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    steps: tuple[Step, ...] = Field(min_length=1, max_length=50)
    ring: tuple[Target, ...] = Field(default=("on_duty", "team", "supervisors"), min_length=1)
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
    """One policy for each class. A team may bring its own for some of them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    life_safety: Policy = DEFAULTS[AlarmClass.LIFE_SAFETY]
    care: Policy = DEFAULTS[AlarmClass.CARE]
    technical: Policy = DEFAULTS[AlarmClass.TECHNICAL]

    @model_validator(mode="after")
    def _life_safety_rings_on(self) -> Self:
        if self.life_safety.ring_s > LONGEST_RING_S:
            raise ValueError(f"life_safety: ring_s is at most {LONGEST_RING_S:g}")
        if self.life_safety.confirm_s is None:
            raise ValueError("life_safety: confirm_s is required, a second press must be heard")
        return self

    def of(self, alarm_class: AlarmClass) -> Policy:
        """Return the policy of one class."""
        policy: Policy = getattr(self, alarm_class.value)
        return policy
