"""Parameters and values that many routes share: identifiers, instants, pages of a list."""

import base64
import binascii
from datetime import UTC, datetime
from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import AfterValidator, AwareDatetime, BaseModel, Field, StringConstraints

from api.errors import BadCursorError

T = TypeVar("T")

#: What both databases hold in a key column.
LARGEST = 2**63 - 1
MOST = 200

#: An identifier as the municipality's file names it.
Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
#: A word of our own: a kind of observation, an outcome, a family of devices.
Word = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,31}$")]
Number = Annotated[int, Field(ge=1, le=LARGEST)]
#: Free text of a person.
Text = Annotated[str, StringConstraints(max_length=2000, pattern=r"^[^\x00]*$", strip_whitespace=True)]
Limit = Annotated[int, Query(ge=1, le=MOST, description="At most this many.")]
Cursor = Annotated[str | None, Query(max_length=200, description="`next` of the page before.")]


def _plausible(value: datetime) -> datetime:
    # Converted only after the comparison: the ends of the calendar do not survive a change of zone.
    if not 1970 < value.year < 2200:
        raise ValueError("must lie between the years 1971 and 2199")
    return value.astimezone(UTC)


Instant = Annotated[AwareDatetime, AfterValidator(_plausible)]


class Listing(BaseModel, Generic[T]):
    """A page of a list. ``next`` is the cursor of the page after it, null on the last one."""

    items: list[T]
    next: str | None = None


def cursor_of(key: str | int) -> str:
    """Return an opaque cursor behind ``key``."""
    return base64.urlsafe_b64encode(str(key).encode()).decode().rstrip("=")


def key_of(cursor: str) -> str:
    """Return the key in a cursor. Raises BadCursorError."""
    try:
        key = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise BadCursorError from error
    if not key or "\0" in key:
        raise BadCursorError
    return key


def number_of(cursor: str) -> int:
    """Return the number in a cursor. Raises BadCursorError."""
    key = key_of(cursor)
    if not (key.isascii() and key.isdigit() and len(key) < 19):
        raise BadCursorError
    return int(key)
