"""What the engine keeps for one rule and one subject, and the rules with their subjects."""

from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from devices.observation import Observation
from rules.base import Enrolment, Rule, Scope
from rules.immediate import Immediate

if TYPE_CHECKING:
    from datetime import datetime

#: A subject in its rule's own scope goes by its id alone; one that a rule falls back to is named with its scope.
SlotKey = str | tuple[Scope, str]

_SUBJECT: dict[Scope, Callable[[Observation], str]] = {
    Scope.DEVICE: attrgetter("device"),
    Scope.HOME: attrgetter("home"),
    Scope.RESIDENT: attrgetter("resident"),
}


class Slot:
    """The state of one rule for one subject.

    ``stray``: the roster does not know the subject. ``scheduled``: where the one live entry in the heap stands.
    ``fired``: the deadline that fired last, with nothing heard since; the same deadline does not fire twice.
    ``failed_at``: when a failure of the rule was last reported. ``state`` is None while the rule cannot even begin.
    """

    __slots__ = ("enrolment", "failed_at", "fired", "plan", "scheduled", "state", "stray")

    def __init__(self, plan: "Plan", enrolment: Enrolment, state: Any, *, stray: bool) -> None:
        self.plan = plan
        self.enrolment = enrolment
        self.state = state
        self.stray = stray
        self.scheduled: datetime | None = None
        self.fired: datetime | None = None
        self.failed_at: datetime | None = None


class Plan:
    """A rule with its subjects."""

    __slots__ = ("deadline", "name", "observe", "rule", "scope", "slots", "subject", "waits")

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.name = rule.name
        self.scope = rule.scope
        #: Whether a subject that was never heard can have a deadline.
        self.waits = not isinstance(rule, Immediate)
        self.slots: dict[SlotKey, Slot] = {}
        # Bound once: an attribute look-up less for every observation.
        self.subject = _SUBJECT[rule.scope]
        self.observe = rule.observe
        self.deadline = rule.deadline

    def key(self, scope: Scope, subject: str) -> SlotKey:
        """Return where the slot of a subject is kept."""
        return subject if scope is self.scope else (scope, subject)


def nearest(wanted: Scope, observation: Observation) -> tuple[Scope, str]:
    """Return whose state an observation belongs to: the nearest known of resident, home and device, never nobody.

    A pendant that is not assigned yet still raises its alarm, for the device.
    """
    if wanted is Scope.RESIDENT and observation.resident:
        return Scope.RESIDENT, observation.resident
    if wanted is not Scope.DEVICE and observation.home:
        return Scope.HOME, observation.home
    return Scope.DEVICE, observation.device
