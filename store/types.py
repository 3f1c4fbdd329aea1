"""Column types that mean the same on SQLite and on PostgreSQL."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Integer
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator, TypeEngine

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Utc(TypeDecorator[datetime]):
    """An aware instant. PostgreSQL keeps ``timestamptz``; SQLite keeps microseconds since 1970 as an integer.

    An integer orders and compares exactly; text timestamps do so only while everybody formats them alike.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(BigInteger())
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None or dialect.name != "sqlite":
            return value
        return (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if dialect.name == "sqlite":
            return _EPOCH + timedelta(microseconds=value)
        moment: datetime = value
        return moment.astimezone(UTC)


#: A JSON document; binary and indexable on PostgreSQL.
Json = JSON().with_variant(JSONB(), "postgresql")

#: A 64-bit key. SQLite numbers rows by itself only where the type says INTEGER.
BigId = BigInteger().with_variant(Integer(), "sqlite")
