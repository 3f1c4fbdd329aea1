"""The alarm desk: alarms, their occurrences, timers, pages to people, and the audit of it all."""

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text

from store.tables.base import metadata
from store.types import BigId, Json, Utc

alarm = Table(
    "alarm",
    metadata,
    Column("id", BigId, primary_key=True),
    #: rule and subject; at most one alarm that is not closed has it (invariant S3).
    Column("correlation_key", String(160), nullable=False),
    Column("alarm_class", String(16), nullable=False),
    Column("rule", String(32), nullable=False),
    Column("code", String(48), nullable=False),
    #: The numbers of the newest finding's sentence.
    Column("facts", Json, nullable=False),
    Column("home_id", ForeignKey("home.id"), index=True),
    Column("resident_id", ForeignKey("resident.id"), index=True),
    Column("device_id", String(64), nullable=False, default=""),
    Column("area_id", ForeignKey("area.id"), nullable=False),
    Column("team_id", ForeignKey("team.id"), nullable=False, index=True),
    # Three axes, never one status.
    Column("condition", String(16), nullable=False),
    Column("handling", String(16), nullable=False),
    Column("exhausted", Boolean, nullable=False, default=False),
    Column("overlay", String(16), nullable=False, default="none"),
    Column("overlay_until", Utc),
    Column("overlay_by", Text),
    Column("overlay_reason", Text),
    Column("opened_at", Utc, nullable=False),
    Column("occurred_at", Utc, nullable=False),
    Column("occurrences", Integer, nullable=False),
    Column("owner_id", ForeignKey("responder.id")),
    Column("lease_until", Utc),
    Column("accepted_at", Utc),
    Column("attending_at", Utc),
    Column("restored_at", Utc),
    Column("closed_at", Utc),
    Column("closed_by", Text),
    Column("outcome", String(32)),
    Column("repeat_of", BigInteger),
    #: The escalation policy as it was when the alarm opened (invariant E6).
    Column("policy", Json, nullable=False),
    #: The step that fired last; -1 before the first.
    Column("step", Integer, nullable=False),
    #: Raised by repeated presses and expired leases; orders the console within a class.
    Column("priority", Integer, nullable=False, default=0),
    #: Repeated presses have called another person and the supervisors.
    Column("insistent", Boolean, nullable=False, default=False),
    #: How often a supervisor was told that it is open, or accepted and unattended, for too long.
    Column("aged", Integer, nullable=False, default=0, server_default="0"),
    #: Grows with every change that a person should know of before acting: not when the next step fires.
    Column("version", Integer, nullable=False),
    CheckConstraint("condition IN ('active', 'restored', 'unknown')", name="condition"),
    CheckConstraint("handling IN ('open', 'accepted', 'attending', 'closed')", name="handling"),
    CheckConstraint("overlay IN ('none', 'shelved', 'test')", name="overlay"),
    CheckConstraint(
        "(handling IN ('accepted', 'attending')) = (owner_id IS NOT NULL AND lease_until IS NOT NULL)", name="owned"
    ),
    CheckConstraint("(handling = 'closed') = (closed_at IS NOT NULL AND outcome IS NOT NULL)", name="outcome"),
)
Index(
    "uq_alarm_open",
    alarm.c.correlation_key,
    unique=True,
    sqlite_where=alarm.c.handling != "closed",
    postgresql_where=alarm.c.handling != "closed",
)
#: Whether there was one like it a moment ago is asked at every opening, of all that there ever were.
Index("ix_alarm_closed", alarm.c.correlation_key, alarm.c.closed_at)
Index(
    "ix_alarm_not_closed",
    alarm.c.alarm_class,
    alarm.c.team_id,
    alarm.c.opened_at,
    sqlite_where=alarm.c.handling != "closed",
    postgresql_where=alarm.c.handling != "closed",
)

occurrence = Table(
    "occurrence",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("alarm_id", ForeignKey("alarm.id"), nullable=False, index=True),
    Column("finding_key", String(160), nullable=False, unique=True),
    Column("at", Utc, nullable=False),
    Column("recorded_at", Utc, nullable=False),
)

#: What will happen to an alarm if nobody does anything. A row is deleted in the transaction that makes it happen, so
#: what is here is what is still to come; what happened is in the audit.
timer = Table(
    "timer",
    metadata,
    Column("alarm_id", ForeignKey("alarm.id"), primary_key=True),
    #: step, ring, lease, confirm, overlay, autoclose, age.
    Column("kind", String(16), primary_key=True),
    Column("due_at", Utc, nullable=False, index=True),
)

#: One message to one person on one channel: the outbox. Written in the same transaction as the change it tells of.
page = Table(
    "page",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("alarm_id", ForeignKey("alarm.id"), nullable=False, index=True),
    Column("responder_id", ForeignKey("responder.id"), nullable=False),
    Column("channel", String(32), nullable=False),
    Column("address", Text, nullable=False),
    #: Why this person is told: step, ring, occurrence, repeated, hand_over, restored, taken, closed, aged.
    Column("reason", String(24), nullable=False),
    Column("step", Integer, nullable=False),
    Column("created_at", Utc, nullable=False),
    #: pending, leased, sent, cancelled. There is no failed: an unknown outcome is sent again with the same key.
    Column("state", String(16), nullable=False),
    Column("due_at", Utc, nullable=False),
    Column("leased_until", Utc),
    Column("leased_by", String(64)),
    Column("attempts", Integer, nullable=False, default=0),
    Column("idempotency_key", String(64), nullable=False, unique=True),
    Column("sent_at", Utc),
    Column("provider_ref", Text),
)
Index(
    "ix_page_due",
    page.c.channel,
    page.c.due_at,
    sqlite_where=page.c.state.in_(["pending", "leased"]),
    postgresql_where=page.c.state.in_(["pending", "leased"]),
)
Index(
    "ix_page_unsent",
    page.c.alarm_id,
    sqlite_where=page.c.state == "pending",
    postgresql_where=page.c.state == "pending",
)

#: Every attempt of a page and what the provider said.
delivery = Table(
    "delivery",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("page_id", ForeignKey("page.id"), nullable=False, index=True),
    Column("attempt", Integer, nullable=False),
    Column("started_at", Utc, nullable=False),
    Column("finished_at", Utc),
    #: accepted, refused, unreachable, unknown; null while nobody knows (the desk may have died in the middle).
    Column("result", String(16)),
    Column("detail", Text),
)

#: One row for each transition; triggers refuse to change or delete it. Its number is the event id of console streams.
audit = Table(
    "audit",
    metadata,
    Column("seq", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False),
    Column("at", Utc, nullable=False),
    #: system, device, responder, account, provider.
    Column("actor_kind", String(16), nullable=False),
    Column("actor", String(64), nullable=False),
    Column("action", String(32), nullable=False),
    Column("alarm_id", BigInteger, index=True),
    Column("team_id", String(64)),
    Column("detail", Json, nullable=False),
    Column("previous_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)
#: Follow-up of a month begins at the alarms that opened in it.
Index(
    "ix_audit_opened",
    audit.c.at,
    sqlite_where=audit.c.action == "opened",
    postgresql_where=audit.c.action == "opened",
)
