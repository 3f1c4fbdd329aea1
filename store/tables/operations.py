"""What the system knows of itself."""

from sqlalchemy import BigInteger, Column, String, Table, Text

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

#: Who alone may do a piece of work, such as a partition of the intake. The fence grows with every new holder; a
#: transaction of a former one that wakes up too late finds another number and fails.
lease = Table(
    "lease",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("holder", String(64), nullable=False),
    Column("fence", BigInteger, nullable=False),
    Column("until", Utc, nullable=False),
)
