"""What is still to be said to devices, and what they have heard."""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint

from store.tables.base import metadata
from store.types import BigId, Json, Utc

#: One matter between Hemvakt and one device. A newer word about it takes the place of the older one.
downlink = Table(
    "downlink",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("device_id", ForeignKey("device.id"), nullable=False),
    #: help, settings, find_me, firmware (``devices/downlink/kinds.py``).
    Column("kind", String(16), nullable=False),
    #: What it is about: the number of an alarm; empty where a device has one such matter only.
    Column("about", String(32), nullable=False),
    #: Grows with each new word; the device gives it back.
    Column("number", Integer, nullable=False),
    Column("body", Json, nullable=False),
    #: waiting, sent (a kind that is said once), heard, expired.
    Column("state", String(16), nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("due_at", Utc, nullable=False),
    Column("expires_at", Utc, nullable=False),
    #: How often the newest word was said.
    Column("attempts", Integer, nullable=False),
    Column("heard_at", Utc),
    UniqueConstraint("device_id", "kind", "about"),
)
Index(
    "ix_downlink_waiting",
    downlink.c.due_at,
    sqlite_where=downlink.c.state == "waiting",
    postgresql_where=downlink.c.state == "waiting",
)
#: Who was told of an alarm is asked at each change of it.
Index("ix_downlink_about", downlink.c.kind, downlink.c.about)
