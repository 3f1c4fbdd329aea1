"""Which failures of the database pass, and which end the process."""

import psycopg
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from store.errors import HemvaktError

#: What SQLite says when the disk refuses. A failed fsync may have thrown away what it should have kept, so trying again
#: would only seem to work (PostgreSQL's "fsyncgate", 2018).
_SQLITE_FATAL = ("disk is full", "disk i/o error", "malformed", "readonly database", "unable to open database file")
_POSTGRES_FATAL = (psycopg.errors.DiskFull, psycopg.errors.IoError, psycopg.errors.DataCorrupted)


class StorageFailedError(HemvaktError):
    """The storage fails. Nothing more is acknowledged, and the gateway stops."""


def is_fatal(error: BaseException) -> bool:
    """Tell whether the storage itself failed."""
    if not isinstance(error, DBAPIError):
        return False
    if isinstance(error.orig, _POSTGRES_FATAL):
        return True
    return any(words in str(error.orig).lower() for words in _SQLITE_FATAL)


def is_passing(error: BaseException) -> bool:
    """Tell whether the same work may succeed later: the database is away, restarts, or is locked."""
    return isinstance(error, OperationalError | InterfaceError | PoolTimeoutError) or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    )
