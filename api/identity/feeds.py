"""Passwords of calendar programs: each reads calendars in one account's name and nothing else, until it is revoked.

Calendar programs cannot send a token of ours, but all of them can ask for a user name and a password (HTTP Basic,
RFC 7617). So the address of a calendar is no secret, and the account's own password stays out of every telephone.
"""

import base64
import binascii
import re
import secrets as random
import uuid
from datetime import datetime, timedelta
from typing import Final

import msgspec
from sqlalchemy import Connection, func, insert, select, update

from api.errors import ConflictError, NotFoundError
from api.identity import secrets
from store.tables import calendar_feed

#: More programs than this have nobody who knows which is which.
MOST: Final = 10
_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz234567"
_GROUPS, _GROUP = 5, 5
_LONGEST_HEADER: Final = 1000
#: How exactly it is known when a password was used last.
_SEEN: Final = timedelta(days=1)


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """A calendar program as its owner sees it."""

    id: str
    name: str
    created_at: datetime
    used_at: datetime | None


def credentials(header: str) -> tuple[str, str] | None:
    """Return user name and password of an ``Authorization: Basic`` header; None where it holds none."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic" or len(header) > _LONGEST_HEADER:
        return None
    try:
        login, colon, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (login, password) if colon and login and "\0" not in login else None


def digest(password: str) -> str:
    """Return the only form in which a password is stored: 125 random bits need no salt, and are in no table.

    Blanks, dashes and capitals are as the telephone made them when somebody typed it in.
    """
    return secrets.digest(re.sub(r"[\s-]", "", password).lower())


def create(connection: Connection, account_id: int, name: str, now: datetime) -> tuple[Feed, str]:
    """Return a new feed and its password, which is shown this once. Raises ConflictError when there are too many."""
    mine = (calendar_feed.c.account_id == account_id) & calendar_feed.c.revoked_at.is_(None)
    if connection.execute(select(func.count()).select_from(calendar_feed).where(mine)).scalar_one() >= MOST:
        raise ConflictError(f"There are {MOST} calendar passwords already; revoke one.")
    password = "-".join("".join(random.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))
    feed = Feed(id=uuid.uuid4().hex, name=name, created_at=now, used_at=None)
    row = {"id": feed.id, "account_id": account_id, "name": name, "secret_hash": digest(password), "created_at": now}
    connection.execute(insert(calendar_feed), row)
    return feed, password


def listed(connection: Connection, account_id: int) -> list[Feed]:
    """Return the feeds of an account that are not revoked, the oldest first."""
    query = select(*(calendar_feed.c[name] for name in Feed.__struct_fields__)).where(
        calendar_feed.c.account_id == account_id, calendar_feed.c.revoked_at.is_(None)
    )
    rows = connection.execute(
        query.order_by(calendar_feed.c.created_at, calendar_feed.c.name, calendar_feed.c.id)
    ).mappings()
    return [Feed(**row) for row in rows]


def revoke(connection: Connection, account_id: int, feed_id: str, now: datetime) -> None:
    """End a feed of this account at once. Raises NotFoundError."""
    mine = (calendar_feed.c.account_id == account_id) & (calendar_feed.c.id == feed_id)
    ended = update(calendar_feed).where(mine, calendar_feed.c.revoked_at.is_(None)).values(revoked_at=now)
    if connection.execute(ended).rowcount == 0:
        raise NotFoundError


def unseen(connection: Connection, secret_hash: str, now: datetime) -> bool:
    """Tell whether it is time to note that a feed is in use: its owner must know which program still asks."""
    query = select(calendar_feed.c.used_at).where(calendar_feed.c.secret_hash == secret_hash)
    used_at = connection.execute(query.limit(1)).scalar()
    return used_at is None or now - used_at > _SEEN


def note_use(connection: Connection, secret_hash: str, now: datetime) -> None:
    """Note that a feed was used."""
    connection.execute(update(calendar_feed).where(calendar_feed.c.secret_hash == secret_hash).values(used_at=now))
