"""What the system knows of itself."""

from sqlalchemy import Column, String, Table, Text

from store.tables.base import metadata
from store.types import Json, Utc

#: Single facts by name: the last audit number and hash, the version of the roster.
meta = Table(
    "meta",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

#: The pulse of each running role; one that stops is noticed by the others.
heartbeat = Table(
    "heartbeat",
    metadata,
    Column("role", String(16), primary_key=True),
    Column("instance", String(64), primary_key=True),
    Column("at", Utc, nullable=False),
    Column("detail", Json, nullable=False),
)
