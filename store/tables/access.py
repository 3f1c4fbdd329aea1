"""Accounts, sessions, tokens, and who looked at whose data."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, String, Table, Text

from store.tables.base import metadata
from store.types import BigId, Utc

account = Table(
    "account",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("login", String(64), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    #: responder, technician, coordinator, admin, resident or relative.
    Column("role", String(16), nullable=False),
    Column("responder_id", ForeignKey("responder.id")),
    #: argon2; null until the person has set one through a one-time link.
    Column("password_hash", Text),
    Column("language", String(8), nullable=False, default="sv"),
    Column("active", Boolean, nullable=False, default=True),
    Column("created_at", Utc, nullable=False),
)

#: Whose data the account of a resident or a relative shows. A relative has it by a power of attorney or as a trustee.
account_resident = Table(
    "account_resident",
    metadata,
    Column("account_id", ForeignKey("account.id"), primary_key=True),
    Column("resident_id", ForeignKey("resident.id"), primary_key=True),
)

#: Secrets are stored as SHA-256 only; they are random and 256 bits long, so no salt is needed.
session = Table(
    "session",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("account_id", ForeignKey("account.id"), nullable=False, index=True),
    Column("created_at", Utc, nullable=False),
    Column("expires_at", Utc, nullable=False),
)

api_token = Table(
    "api_token",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("account_id", ForeignKey("account.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("expires_at", Utc, nullable=False),
    Column("revoked_at", Utc),
)

#: Passwords with which a calendar program reads somebody's shifts, and nothing else. Random, 125 bits long, stored as
#: SHA-256 only.
calendar_feed = Table(
    "calendar_feed",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("account_id", ForeignKey("account.id"), nullable=False, index=True),
    #: What its owner calls the program.
    Column("name", Text, nullable=False),
    Column("secret_hash", String(64), nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("used_at", Utc),
    Column("revoked_at", Utc),
)

one_time_link = Table(
    "one_time_link",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("account_id", ForeignKey("account.id"), nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("expires_at", Utc, nullable=False),
    Column("used_at", Utc),
)

#: Failed sign-ins, for slowing down who guesses. Rows older than the window mean nothing.
login_attempt = Table(
    "login_attempt",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("login", String(64), nullable=False, index=True),
    #: Address of the client, so that a stranger who guesses does not lock out the person on duty.
    Column("source", String(64), nullable=False, index=True),
    Column("at", Utc, nullable=False),
)

#: Every read of a resident's data by a person (HSLF-FS 2016:40 ch. 4): who, whom, what, when, why, from where.
access_log = Table(
    "access_log",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("at", Utc, nullable=False),
    Column("account_id", BigInteger, nullable=False),
    Column("role", String(16), nullable=False),
    Column("resident_id", String(64), nullable=False, index=True),
    #: read, search, export, change.
    Column("action", String(16), nullable=False),
    #: What was looked at: resident, observations, alarm.
    Column("object", String(32), nullable=False),
    #: Number of the alarm that was the reason, when there was one.
    Column("alarm_id", BigInteger),
    Column("source", String(64), nullable=False),
)
Index("ix_access_log_account", access_log.c.account_id, access_log.c.at)
