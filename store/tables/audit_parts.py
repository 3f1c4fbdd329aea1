"""What belongs to the audit and may be erased, so that the chain itself never has to be.

The rows of the audit name no resident and hold no free text. What links them to a person is here, beside the chain.
"""

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, String, Table, Text

from store.tables.base import metadata
from store.types import Utc

#: What a person wrote. The row of the audit holds only a salted hash of it, so it can be erased and never changed.
audit_text = Table(
    "audit_text",
    metadata,
    Column("seq", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False),
    Column("salt", String(32), nullable=False),
    Column("text", Text, nullable=False),
)

#: The random word by which the audit tells residents apart. Without this row it is nobody's.
audit_person = Table(
    "audit_person",
    metadata,
    Column("resident_id", ForeignKey("resident.id"), primary_key=True),
    Column("word", String(16), nullable=False, unique=True),
)

#: How far the beginning of the chain was culled when its time was over, and the hash on which the rest is built.
audit_floor = Table(
    "audit_floor",
    metadata,
    Column("seq", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False),
    Column("hash", String(64), nullable=False),
    Column("at", Utc, nullable=False),
)
