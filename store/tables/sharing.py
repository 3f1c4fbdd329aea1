"""What homes show of themselves in a Home Assistant of their own."""

from sqlalchemy import Boolean, Column, ForeignKey, String, Table, Text

from store.tables.base import metadata
from store.types import Json, Utc

#: One row for each home that has said yes; one that has ended stays until nothing of it is left at the broker.
shared_home = Table(
    "shared_home",
    metadata,
    Column("home_id", ForeignKey("home.id"), primary_key=True),
    #: Those who live there and have said yes for themselves: what only they use, and alarms about them.
    Column("residents", Json, nullable=False),
    #: Whether measured values are shown too.
    Column("health", Boolean, nullable=False),
    #: sv or en.
    Column("language", String(8), nullable=False),
    #: Of the home's Home Assistant at the broker; in the forms of ``device_identity``.
    Column("nats_hash", Text, nullable=False),
    Column("mosquitto_hash", Text, nullable=False),
    Column("since_at", Utc, nullable=False),
    Column("ended_at", Utc),
)
