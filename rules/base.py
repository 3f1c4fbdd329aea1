"""What a rule is: a pure fold from observations to findings."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Protocol

import msgspec
from pydantic import BaseModel, ConfigDict

from devices.observation import Kind, Observation


class AlarmClass(StrEnum):
    """How grave an alarm is. The order of the members is the order of attention."""

    LIFE_SAFETY = "life_safety"
    CARE = "care"
    TECHNICAL = "technical"


class Scope(StrEnum):
    """Whose state a rule keeps."""

    DEVICE = "device"
    HOME = "home"
    RESIDENT = "resident"


class Asks(StrEnum):
    """What a finding asks of whoever is at a device, before anybody else is told. Values are channels of the wire."""

    #: The wearer is asked whether help is needed.
    PROMPT = "prompt"
    #: The resident is reminded of a measurement.
    REMINDER = "reminder"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule concluded.

    ``key`` is deterministic: the same observations in the same order give the same keys, live or replayed.
    ``facts`` holds the numbers of the sentence (rounded, with units in their names) and nothing that names a person.
    ``restores`` says that the condition of earlier findings with the same rule and subject is over.
    ``shadow`` marks a finding of a rule on trial: it is stored and raises nothing.
    ``versions`` are the numbers of the versions of settings made for this subject that it rests on; the engine fills
    them in. A rule whose finding rests on one field says which in the fact ``limit_field``.
    ``asks`` marks one that goes to the device of its subject instead of to staff: it is stored and raises nothing.
    """

    key: str
    rule: str
    code: str
    alarm_class: AlarmClass
    scope: Scope
    subject: str
    time: datetime
    facts: dict[str, float | str] = {}
    evidence: tuple[int, ...] = ()
    restores: bool = False
    shadow: bool = False
    versions: tuple[int, ...] = ()
    asks: Asks | None = None


class RuleSettings(BaseModel):
    """Settings of a rule. Personal overrides are merged over the defaults, field by field."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = True
    shadow: bool = False


class Enrolment(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule may know of its subject.

    ``since`` is when the subject came under watch. ``device_kind`` and ``interval_s`` (expected seconds between
    messages, 0 when it promises none) are set for devices. ``zone`` is an IANA time zone name. ``personal`` names the
    version of settings behind each field that was set for this home, resident or device.
    """

    scope: Scope
    subject: str
    since: datetime
    zone: str = "Europe/Stockholm"
    device_kind: str = ""
    interval_s: float = 0.0
    settings: RuleSettings = RuleSettings()
    personal: Mapping[str, int] = {}


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule may know of the gateway: when it last took up work after a time in which nobody listened.

    ``unheard`` are the spans (from, to) in which nobody listened, oldest first, the last one ending at ``resumed_at``.
    A rule that measures a silence takes them out of it, so that neither a long outage nor many short restarts
    decide whether it fires.

    ``deaf_since`` is set while the gateway listens but no home at all is heard (``rules/outage.py``): no silence is
    judged until it ends, and then the time since goes to ``unheard``.
    """

    resumed_at: datetime
    unheard: tuple[tuple[datetime, datetime], ...] = ()
    deaf_since: datetime | None = None


class Rule(Protocol):
    """One rule. Implementations hold no state of their own; everything is in the state struct they hand out.

    State is a mutable ``msgspec.Struct`` of plain values, so that a snapshot can hold it. Physics uses
    ``observation.at``; absence uses ``received_at`` and deadlines. No wall clock.
    """

    name: ClassVar[str]
    scope: ClassVar[Scope]
    kinds: ClassVar[frozenset[Kind]]
    Settings: ClassVar[type[RuleSettings]]
    State: ClassVar[type[msgspec.Struct]]
    #: language -> code -> sentence template over ``facts`` (``str.format``).
    sentences: ClassVar[Mapping[str, Mapping[str, str]]]

    def begin(self, enrolment: Enrolment) -> Any:
        """Return the state of a subject that comes under watch at ``enrolment.since``."""
        ...

    def observe(self, state: Any, observation: Observation, enrolment: Enrolment) -> Sequence[Finding]:
        """Fold one observation of one of ``kinds`` into ``state``, in place."""
        ...

    def deadline(self, state: Any, enrolment: Enrolment, moment: Moment) -> datetime | None:
        """Return when ``expire`` must be called if nothing is heard, or None."""
        ...

    def expire(self, state: Any, now: datetime, enrolment: Enrolment, moment: Moment) -> Sequence[Finding]:
        """Conclude from silence: ``deadline`` has passed. Findings carry the deadline as time, not ``now``."""
        ...
