"""Devices, whom they serve and when, what was last heard of them, and those nobody knows."""

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from store.tables.base import metadata
from store.types import BigId, Utc

device = Table(
    "device",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("family", String(32), nullable=False),
    #: The device's own name on the wire, unique within its family.
    Column("address", String(255), nullable=False),
    #: pendant, hub, pir, door, sos, smoke, leak, ...
    Column("kind", String(32), nullable=False),
    Column("model", Text, nullable=False, default=""),
    #: Expected seconds between messages; 0 when the device promises none.
    Column("interval_s", Float, nullable=False, default=0.0),
    Column("added_at", Utc, nullable=False),
    Column("retired_at", Utc),
    UniqueConstraint("family", "address"),
)

assignment = Table(
    "assignment",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("device_id", ForeignKey("device.id"), nullable=False, index=True),
    Column("home_id", ForeignKey("home.id"), nullable=False, index=True),
    #: Null for a device that serves the whole home.
    Column("resident_id", ForeignKey("resident.id"), index=True),
    Column("room", String(64), nullable=False, default=""),
    Column("from_at", Utc, nullable=False),
    Column("to_at", Utc),
)

presence = Table(
    "presence",
    metadata,
    Column("device_id", ForeignKey("device.id"), primary_key=True),
    Column("last_seen_at", Utc, nullable=False),
    Column("online", Integer),
    Column("battery", Float),
    #: As the device last called its program.
    Column("firmware", String(32)),
    #: Whether the device can speak to whoever is near it.
    Column("voice", Integer),
    #: The start of the device that was heard last, and the highest number heard of it.
    Column("boot", String(64)),
    Column("seq", BigInteger),
)

unknown_device = Table(
    "unknown_device",
    metadata,
    Column("family", String(32), primary_key=True),
    Column("address", String(255), primary_key=True),
    Column("first_seen_at", Utc, nullable=False),
    Column("last_seen_at", Utc, nullable=False),
    Column("messages", BigInteger, nullable=False),
    #: Kinds of observation heard so far, comma separated, to propose what it is.
    Column("kinds", Text, nullable=False),
    #: The newest payload, cut to 1 kB, for the technician.
    Column("sample", LargeBinary, nullable=False),
)

#: What is announced by Home Assistant's MQTT discovery: a proposal to whoever adopts, never a reading.
announcement = Table(
    "announcement",
    metadata,
    Column("topic", String(255), primary_key=True),
    #: The component's name within the announcement of a device; empty where one thing is announced by itself.
    Column("part", String(64), primary_key=True),
    #: What the things of one device share.
    Column("identifier", String(120), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("name", String(120), nullable=False),
    Column("model", String(120), nullable=False),
    Column("state_topic", String(255), nullable=False),
    #: Who reads the state topic; both empty where no family does.
    Column("family", String(32), nullable=False),
    Column("address", String(255), nullable=False),
    Column("heard_at", Utc, nullable=False),
)

#: The code on a device's label, with which a technician says on site where it serves. One for each device.
device_claim = Table(
    "device_claim",
    metadata,
    Column("device_id", ForeignKey("device.id"), primary_key=True),
    #: SHA-256 in hexadecimal.
    Column("code_hash", String(64), nullable=False, unique=True),
    Column("created_at", Utc, nullable=False),
    Column("until_at", Utc, nullable=False),
    Column("used_at", Utc),
)

#: A device that speaks to the broker under its own name and password. Who speaks under the shared one has no row.
device_identity = Table(
    "device_identity",
    metadata,
    Column("device_id", ForeignKey("device.id"), primary_key=True),
    #: bcrypt, which nats-server reads, and PBKDF2-SHA512 in the form of a Mosquitto password file.
    Column("nats_hash", Text, nullable=False),
    Column("mosquitto_hash", Text, nullable=False),
    Column("created_at", Utc, nullable=False),
    #: Which name it is that goes with the password; the first one needs no number.
    Column("serial", Integer, nullable=False, default=1, server_default="1"),
)

#: The name and password that a device had before, good until it has taken up the new ones.
former_identity = Table(
    "former_identity",
    metadata,
    Column("device_id", ForeignKey("device.id"), primary_key=True),
    Column("serial", Integer, nullable=False),
    Column("nats_hash", Text, nullable=False),
    Column("mosquitto_hash", Text, nullable=False),
    Column("until_at", Utc, nullable=False),
)
