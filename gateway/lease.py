"""One worker per partition, also when two gateways run or one wakes up after it was taken for dead."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from store.errors import HemvaktError
from store.tables import lease

#: How long a holder that says nothing keeps others out. Fencing, not this time, is what makes a takeover safe, so
#: clocks that differ by some seconds only change how soon it happens.
HELD = timedelta(seconds=10)


class LeaseLostError(HemvaktError):
    """Another gateway has taken over this partition, so this one stops."""


def acquire(connection: Connection, name: str, holder: str, now: datetime) -> int | None:
    """Take the lease when it is free, expired or ``holder``'s own from an earlier life; return its fencing number.

    Return None while another holds it.
    """
    row = connection.execute(select(lease).where(lease.c.name == name).with_for_update()).first()
    values = {"holder": holder, "until": now + HELD}
    if row is None:
        connection.execute(insert(lease), {"name": name, "fence": 1, **values})
        return 1
    if row.holder != holder and row.until > now:
        return None
    connection.execute(update(lease).where(lease.c.name == name).values(fence=row.fence + 1, **values))
    return int(row.fence) + 1


def renew(connection: Connection, name: str, fence: int, now: datetime) -> None:
    """Hold on to the lease, in the transaction of the work that it guards. Raises LeaseLostError."""
    mine = (lease.c.name == name) & (lease.c.fence == fence)
    if connection.execute(update(lease).where(mine).values(until=now + HELD)).rowcount != 1:
        raise LeaseLostError(name)


def release(connection: Connection, name: str, fence: int, now: datetime) -> None:
    """Let the next one in at once."""
    connection.execute(update(lease).where((lease.c.name == name) & (lease.c.fence == fence)).values(until=now))
