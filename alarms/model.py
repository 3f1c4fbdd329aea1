"""An alarm as the desk holds it while it works on it: one row of the table, with the words of the three axes."""

from datetime import datetime
from typing import Any

import msgspec

from alarms.escalation.policy import Policy
from alarms.lifecycle.states import ActorKind, Condition, Handling, Overlay
from rules.base import AlarmClass


class Alarm(msgspec.Struct, kw_only=True):
    """A case somebody must handle. Only a :class:`alarms.unit.Unit` changes one and writes it back."""

    id: int
    correlation_key: str
    alarm_class: AlarmClass
    rule: str
    code: str
    facts: dict[str, Any]
    home_id: str | None
    resident_id: str | None
    device_id: str
    area_id: str
    team_id: str
    condition: Condition
    handling: Handling
    exhausted: bool
    overlay: Overlay
    overlay_until: datetime | None
    overlay_by: str | None
    overlay_reason: str | None
    opened_at: datetime
    occurred_at: datetime
    occurrences: int
    owner_id: str | None
    lease_until: datetime | None
    accepted_at: datetime | None
    attending_at: datetime | None
    restored_at: datetime | None
    closed_at: datetime | None
    closed_by: str | None
    outcome: str | None
    repeat_of: int | None
    policy: Policy
    step: int
    priority: int
    insistent: bool = False
    aged: int
    version: int


class Actor(msgspec.Struct, frozen=True):
    """Who moves an alarm: a responder by id, a device, or the system itself."""

    kind: ActorKind
    id: str

    @classmethod
    def responder(cls, responder_id: str) -> "Actor":
        """Return the responder with this id; whether there is one is checked when they act."""
        return cls(ActorKind.RESPONDER, responder_id)


SYSTEM = Actor(ActorKind.SYSTEM, "desk")


class Placement(msgspec.Struct, frozen=True, kw_only=True):
    """Where something happened and who answers for it."""

    area_id: str
    team_id: str
    home_id: str | None = None
    resident_id: str | None = None
    device_id: str = ""


class Signal(msgspec.Struct, frozen=True, kw_only=True):
    """A finding that has found its place: what the desk makes alarms of."""

    key: str
    correlation_key: str
    alarm_class: AlarmClass
    rule: str
    code: str
    facts: dict[str, Any]
    time: datetime
    place: Placement
    actor: Actor
    #: What its alarm follows instead of the policy of its team and class.
    policy: Policy | None = None
