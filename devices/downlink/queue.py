"""SQL of what is to be said to devices. Each function works in its caller's transaction.

Whoever changes several rows does so in the order of device, kind and matter, so that no two wait for each other.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Connection, and_, bindparam, case, func, literal, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from devices.downlink.kinds import MANNERS, Down
from devices.family import Address, families
from store.bell import DOWNLINK
from store.database import announce
from store.tables import device, downlink
from store.types import Utc

WAITING: Final = literal("waiting", literal_execute=True)
_CHUNK: Final = 500
#: Help before everything else.
_URGENCY: Final = case((downlink.c.kind == Down.HELP.value, 0), else_=1)


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """Something to be said to a device. ``about`` tells one matter of a kind from another (at most 32 signs)."""

    device: str
    kind: Down
    about: str = ""
    body: dict[str, Any]


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """A word that is to be said now, with where to."""

    id: int
    number: int
    kind: Down
    address: Address
    body: dict[str, Any]

    @property
    def said(self) -> dict[str, Any]:
        """What the device gets: the body, and what it gives back when it has heard it."""
        return {"message": self.id, "number": self.number, **self.body}


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """A device's word that it has heard."""

    device: str
    message: int
    number: int


def put(connection: Connection, words: Iterable[Word], now: datetime) -> int:
    """Store what is to be said and ring for it; return how much of it there is.

    A device whose family hears nothing, and one out of service, is passed over. A newer word about the same takes the
    place of the older one, said or not, with a higher number.
    """
    wanted = {(word.device, word.kind, word.about): word for word in words}
    hearing = able(connection, {word.device for word in wanted.values()})
    rows = [_row(wanted[key], now) for key in sorted(wanted) if key[0] in hearing]
    if not rows:
        return 0
    statement = _upsert(connection.dialect.name)
    for row in rows:
        connection.execute(statement, row)
    announce(connection, DOWNLINK)
    return len(rows)


def hear(connection: Connection, said: Iterable[Heard], now: datetime) -> list[tuple[str, Down, dict[str, Any]]]:
    """Take a device's word that it has heard; return device, kind and body of what is now heard for the first time.

    A number that is not that of the newest word, or somebody else's message, changes nothing: that word may come late,
    or be made up.
    """
    found = []
    for one in _in_order(connection, said):
        mine = and_(
            downlink.c.id == one.message,
            downlink.c.device_id == one.device,
            downlink.c.number == one.number,
            downlink.c.state != "heard",
        )
        changed = update(downlink).where(mine).values(state="heard", heard_at=now)
        row = connection.execute(changed.returning(downlink.c.kind, downlink.c.body)).first()
        if row is not None:
            found.append((one.device, Down(row.kind), dict(row.body)))
    return found


def _in_order(connection: Connection, said: Iterable[Heard]) -> list[Heard]:
    """Return what was heard in the order in which ``put`` changes the same rows; what no row is of comes first."""
    heard = list(said)
    place: dict[int, tuple[str, ...]] = {}
    for start in range(0, len(heard), _CHUNK):
        ids = [one.message for one in heard[start : start + _CHUNK]]
        query = select(downlink.c.id, downlink.c.device_id, downlink.c.kind, downlink.c.about)
        place |= {row.id: tuple(row)[1:] for row in connection.execute(query.where(downlink.c.id.in_(ids)))}
    return sorted(heard, key=lambda one: place.get(one.message, ()))


def claim(connection: Connection, now: datetime, *, limit: int) -> list[Due]:
    """Take up to ``limit`` words that are due, most urgent first, and set when each is due again.

    So several speakers never say the same word at the same time, and one that dies now has only delayed it.
    """
    query = (
        select(downlink, device.c.family, device.c.address)
        .join(device, downlink.c.device_id == device.c.id)
        .where(downlink.c.state == WAITING, _is_due(now), downlink.c.expires_at > now)
        .order_by(_URGENCY, downlink.c.due_at, downlink.c.id)
        .limit(limit)
        .with_for_update(of=downlink, skip_locked=True)
    )
    rows = connection.execute(query).all()
    for row in rows:
        again = now + MANNERS[Down(row.kind)].pause(row.attempts + 1)
        mine = update(downlink).where(downlink.c.id == row.id)
        connection.execute(mine.values(attempts=row.attempts + 1, due_at=again))
    return [
        Due(
            id=row.id,
            number=row.number,
            kind=Down(row.kind),
            address=Address(row.family, row.address),
            body=row.body,
        )
        for row in rows
    ]


def said(connection: Connection, words: Sequence[Due]) -> None:
    """Note that the broker has words that are said once."""
    for one in words:
        if not MANNERS[one.kind].until_heard:
            mine = (downlink.c.id == one.id) & (downlink.c.number == one.number) & (downlink.c.state == WAITING)
            connection.execute(update(downlink).where(mine).values(state="sent"))


def unsaid(connection: Connection, words: Sequence[Due], now: datetime) -> None:
    """Make words due again that the broker did not get."""
    for one in words:
        mine = (downlink.c.id == one.id) & (downlink.c.number == one.number) & (downlink.c.state == WAITING)
        connection.execute(update(downlink).where(mine).values(due_at=now, attempts=downlink.c.attempts - 1))


def expire(connection: Connection, now: datetime) -> Counter[Down]:
    """Give up what nobody confirmed within its time; return how much that was, by kind."""
    late = select(downlink.c.id, downlink.c.kind).where(downlink.c.state == WAITING, downlink.c.expires_at <= now)
    rows = connection.execute(late.order_by(downlink.c.id).with_for_update(skip_locked=True)).all()
    for start in range(0, len(rows), _CHUNK):
        some = downlink.c.id.in_([row.id for row in rows[start : start + _CHUNK]])
        connection.execute(update(downlink).where(some).values(state="expired"))
    return Counter(Down(row.kind) for row in rows)


def next_due(connection: Connection, now: datetime) -> datetime | None:
    """Return when the next word is to be said or given up, None when nothing waits."""
    planned = case((downlink.c.due_at < downlink.c.expires_at, downlink.c.due_at), else_=downlink.c.expires_at)
    earliest = func.min(case((_is_due(now), bindparam("now", now, Utc())), else_=planned), type_=Utc())
    return connection.execute(select(earliest).where(downlink.c.state == WAITING)).scalar()


def waiting(connection: Connection) -> dict[str, int]:
    """Return how many words wait, by kind."""
    query = select(downlink.c.kind, func.count()).where(downlink.c.state == WAITING).group_by(downlink.c.kind)
    return {row[0]: row[1] for row in connection.execute(query)}


def told(connection: Connection, kind: Down, matters: Collection[str]) -> dict[str, set[str]]:
    """Return the devices to which something was said about these matters, by matter."""
    query = select(downlink.c.about, downlink.c.device_id).where(downlink.c.kind == kind.value)
    found: dict[str, set[str]] = {}
    ordered = sorted(matters)
    for start in range(0, len(ordered), _CHUNK):
        for row in connection.execute(query.where(downlink.c.about.in_(ordered[start : start + _CHUNK]))):
            found.setdefault(row.about, set()).add(row.device_id)
    return found


def _is_due(now: datetime) -> ColumnElement[bool]:
    # What is due later than its longest pause lasts was planned by a clock that has been set back since.
    planned_ahead = (
        (downlink.c.kind == kind.value) & (downlink.c.due_at > now + timedelta(seconds=manner.longest_s))
        for kind, manner in MANNERS.items()
    )
    return or_(downlink.c.due_at <= now, *planned_ahead)


def able(connection: Connection, ids: Collection[str]) -> set[str]:
    """Return those of these devices that are in service and whose family has words for them."""
    by_name = {family.name: family for family in families()}
    ordered, found = sorted(ids), set()
    for start in range(0, len(ordered), _CHUNK):
        query = select(device.c.id, device.c.family, device.c.address).where(
            device.c.id.in_(ordered[start : start + _CHUNK]), device.c.retired_at.is_(None)
        )
        for row in connection.execute(query):
            family = by_name.get(row.family)
            if family is not None and family.request(Address(row.family, row.address), Down.HELP.value, {}) is not None:
                found.add(row.id)
    return found


def _row(word: Word, now: datetime) -> dict[str, Any]:
    return {
        "device_id": word.device,
        "kind": word.kind.value,
        "about": word.about,
        "number": 1,
        "body": word.body,
        "state": "waiting",
        "created_at": now,
        "due_at": now,
        "expires_at": now + MANNERS[word.kind].lasts,
        "attempts": 0,
        "heard_at": None,
    }


@cache
def _upsert(dialect: str) -> Any:
    new = (sqlite if dialect == "sqlite" else postgresql).insert(downlink)
    told = new.excluded
    fresh = ("body", "state", "created_at", "due_at", "expires_at", "attempts", "heard_at")
    return new.on_conflict_do_update(
        index_elements=["device_id", "kind", "about"],
        set_={"number": downlink.c.number + 1} | {name: told[name] for name in fresh},
    )
