"""What the API and the console show of alarms."""

from datetime import datetime
from typing import Any

import msgspec

from alarms.audit import AuditEvent
from alarms.lifecycle.states import Condition, Handling, Overlay, TimerKind
from alarms.phone.provider import Failure, Progress
from rules.base import AlarmClass


class AlarmView(msgspec.Struct, frozen=True, kw_only=True):
    """One alarm with the names a responder needs. ``facts`` are the numbers of the rule's sentence."""

    id: int
    version: int
    alarm_class: AlarmClass
    rule: str
    code: str
    facts: dict[str, Any]
    condition: Condition
    handling: Handling
    #: The step of the chain that fired last, from 0; -1 before the first.
    step: int
    exhausted: bool
    overlay: Overlay
    overlay_until: datetime | None
    priority: int
    #: Repeated presses have called another person and the supervisors.
    insistent: bool
    #: How often a supervisor was told that it has been without anybody on site for too long.
    aged: int
    opened_at: datetime
    occurred_at: datetime
    occurrences: int
    owner_id: str | None
    owner_name: str | None
    lease_until: datetime | None
    accepted_at: datetime | None
    attending_at: datetime | None
    restored_at: datetime | None
    closed_at: datetime | None
    closed_by: str | None
    outcome: str | None
    repeat_of: int | None
    team_id: str
    area_id: str
    area_name: str
    home_id: str | None
    address: str | None
    resident_id: str | None
    resident_name: str | None
    birth_year: int | None
    device_id: str


class AlarmPage(msgspec.Struct, frozen=True):
    """A page of a list; give ``cursor`` back to read on, None when there is no more."""

    alarms: list[AlarmView]
    cursor: str | None


class OccurrenceView(msgspec.Struct, frozen=True, kw_only=True):
    """One press or finding on the alarm."""

    id: int
    at: datetime
    recorded_at: datetime
    code: str
    facts: dict[str, Any]


class AttemptView(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt of a page; ``result`` is None while nobody knows how it ended."""

    attempt: int
    started_at: datetime
    finished_at: datetime | None
    result: str | None
    detail: str | None


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """Who was told, when, on what, with what result. Addresses are not shown."""

    page_id: int
    responder_id: str
    responder_name: str
    channel: str
    reason: str
    step: int
    created_at: datetime
    state: str
    sent_at: datetime | None
    attempts: list[AttemptView]
    #: How far it has come after its provider had it, why it failed there, and since when; None where nobody says.
    progress: Progress | None
    failure: Failure | None
    reported_at: datetime | None


class Upcoming(msgspec.Struct, frozen=True, kw_only=True):
    """What happens next if nobody does anything; ``targets`` are those of the step, where it is one."""

    kind: TimerKind
    due_at: datetime
    step: int | None
    targets: tuple[str, ...]


class LostDevice(msgspec.Struct, frozen=True, kw_only=True):
    """A device on the list of a mass loss, where it serves now, and since when it is heard again."""

    device_id: str
    home_id: str | None
    address: str | None
    lost_at: datetime
    restored_at: datetime | None


class AlarmDetail(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one alarm, oldest first; of very many occurrences or pages the newest are shown."""

    alarm: AlarmView
    directions: str | None
    key_note: str | None
    phone: str | None
    occurrences: list[OccurrenceView]
    told: list[Told]
    upcoming: list[Upcoming]
    #: For an alarm about the loss of many: all of them, those still missing first.
    devices: list[LostDevice]
    audit: list[AuditEvent]
    #: The policy that the alarm opened with; empty for the installation's own.
    policy_id: str
