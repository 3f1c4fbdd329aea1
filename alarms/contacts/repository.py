"""SQL of contacts. A contact that is not verified is used all the same: a wrong number is better than none."""

from datetime import datetime

import msgspec
from sqlalchemy import Connection, func, insert, select, update

from alarms.channel import reliable
from store.tables import contact, responder


class Reachable(msgspec.Struct, frozen=True, kw_only=True):
    """One active contact of a responder, in the order of use."""

    id: int
    channel: str
    address: str
    language: str
    verified_at: datetime | None


def contacts_of(connection: Connection, responder_id: str) -> list[Reachable]:
    """Return the active contacts of an active responder."""
    columns = (contact.c.id, contact.c.channel, contact.c.address, contact.c.verified_at, responder.c.language)
    query = (
        select(*columns)
        .join(responder, contact.c.responder_id == responder.c.id)
        .where(contact.c.responder_id == responder_id, contact.c.active, responder.c.active)
        .order_by(contact.c.position, contact.c.id)
    )
    return [Reachable(**row) for row in connection.execute(query).mappings()]


def verified_channels(connection: Connection, responder_id: str) -> frozenset[str]:
    """Return the channels on which a responder can be relied on to hear a page.

    These have a contact whose owner has verified it. The console does not count, for it reaches only those who look at
    it, nor does a secondary channel.
    """
    known = contacts_of(connection, responder_id)
    return frozenset(one.channel for one in known if one.verified_at is not None) & reliable()


def forget(connection: Connection, channel: str, address: str) -> None:
    """Use an address no more, whosever it is."""
    same = (contact.c.channel == channel) & (contact.c.address == address)
    connection.execute(update(contact).where(same).values(active=False, verified_at=None))


def add(connection: Connection, responder_id: str, channel: str, address: str) -> int:
    """Give a responder a contact, last in the order of use, and return its number; one that is there is used again.

    What reaches one person's device reaches nobody else: the same address of another responder is used no more.
    """
    same = (contact.c.channel == channel) & (contact.c.address == address)
    others = update(contact).where(same, contact.c.responder_id != responder_id)
    connection.execute(others.values(active=False, verified_at=None))
    mine = contact.c.responder_id == responder_id
    known = connection.execute(select(contact.c.id).where(same, mine)).scalar()
    if known is not None:
        connection.execute(update(contact).where(contact.c.id == known).values(active=True))
        return int(known)
    last = connection.execute(select(func.max(contact.c.position)).where(mine)).scalar()
    row = {"responder_id": responder_id, "channel": channel, "address": address, "position": (last or 0) + 1}
    return int(connection.execute(insert(contact).values(**row).returning(contact.c.id)).scalar_one())
