"""What time the desks go by, so that a clock that is set back makes nobody wait, once and not once for each desk."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, insert, select, update

from alarms import audit
from alarms.escalation import timers
from store.tables import meta

_NAME: Final = "desk_clock"
#: A clock that is disciplined moves back by less than this; more is a clock that was set.
_SET_BACK: Final = timedelta(seconds=1)
#: Clocks of several machines may differ by this much (invariant H1).
_APART: Final = timedelta(seconds=5)
_NO_TIME: Final = timedelta()


def note(connection: Connection, now: datetime) -> None:
    """Write down that some desk works at ``now``."""
    if connection.execute(update(meta).where(meta.c.name == _NAME).values(value=now.isoformat())).rowcount == 0:
        connection.execute(insert(meta), {"name": _NAME, "value": now.isoformat()})


def was_set_back(now: datetime, latest: datetime) -> bool:
    """Tell whether the clock was set since it showed ``latest``."""
    return now < latest - _SET_BACK


def follow(connection: Connection, now: datetime, latest: datetime | None) -> timedelta:
    """Move what is due with a clock that was set back; return by how much, nothing if another desk did it already.

    ``latest`` is the latest time that this desk has seen; None when it has just started and knows only what was
    written down.
    """
    audit.lock(connection)
    written = connection.execute(select(meta.c.value).where(meta.c.name == _NAME)).scalar()
    noted = datetime.fromisoformat(written) if written is not None else now
    if latest is None:
        by = noted - now if noted - now > _APART else _NO_TIME
    else:
        by = latest - now if was_set_back(now, noted) else _NO_TIME
    if by:
        timers.set_clock_back(connection, by, now)
    note(connection, now)
    return by
