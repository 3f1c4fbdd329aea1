"""What came in, as it came, and what was made of it."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
)

from store.tables.base import metadata
from store.types import BigId, Json, Utc

inbox = Table(
    "inbox",
    metadata,
    Column("id", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False),
    Column("received_at", Utc, nullable=False),
    Column("topic", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    #: accepted, unknown_device, announced, quarantined, ignored (a topic that nobody reads). A repeat is not stored
    #: again.
    Column("disposition", String(16), nullable=False),
    #: Why it was quarantined; never quotes a measured value.
    Column("reason", Text, nullable=False, default=""),
    #: Device, boot and seq, or content and packet id: 16 bytes that make a repeat the same message.
    Column("dedup_key", LargeBinary, nullable=False, unique=True),
    Column("device_id", String(64)),
)
Index(
    "ix_inbox_quarantine",
    inbox.c.id,
    sqlite_where=inbox.c.disposition == "quarantined",
    postgresql_where=inbox.c.disposition == "quarantined",
)

#: A hypertable on received_at where TimescaleDB is present. No foreign keys: it is written thousands of times a second.
observation = Table(
    "observation",
    metadata,
    Column("id", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False),
    Column("received_at", Utc, nullable=False),
    Column("time", Utc, nullable=False),
    Column("inbox_id", BigInteger),
    Column("device_id", String(64), nullable=False),
    Column("home_id", String(64), nullable=False),
    Column("resident_id", String(64), nullable=False),
    Column("room", String(64), nullable=False),
    Column("kind", String(24), nullable=False),
    Column("value", Float),
    Column("unit", String(16), nullable=False),
    Column("text", Text, nullable=False),
    #: Acceleration window as msgpack, else null.
    Column("acceleration", LargeBinary),
    #: Quality flags, comma separated.
    Column("quality", String(48), nullable=False),
)
Index("ix_observation_resident", observation.c.resident_id, observation.c.kind, observation.c.received_at)
Index("ix_observation_home", observation.c.home_id, observation.c.received_at)

finding = Table(
    "finding",
    metadata,
    Column("key", String(160), primary_key=True),
    Column("rule", String(32), nullable=False),
    Column("code", String(48), nullable=False),
    Column("alarm_class", String(16), nullable=False),
    Column("scope", String(16), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("home_id", String(64), nullable=False, index=True),
    Column("resident_id", String(64), nullable=False),
    Column("device_id", String(64), nullable=False),
    Column("time", Utc, nullable=False),
    Column("recorded_at", Utc, nullable=False),
    Column("facts", Json, nullable=False),
    Column("evidence", Json, nullable=False),
    Column("restores", Boolean, nullable=False),
    Column("shadow", Boolean, nullable=False),
    #: Numbers of the versions of settings made for this person, home or device that the finding rests on.
    Column("settings_versions", Json),
)

snapshot = Table(
    "snapshot",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("worker", SmallInteger, nullable=False),
    #: The last observation that the state has taken in.
    Column("position", BigInteger, nullable=False),
    Column("taken_at", Utc, nullable=False),
    Column("state", LargeBinary, nullable=False),
)
