"""Keeps the state of the engine now and then, so that a restart replays minutes and not months."""

import zlib
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from store.tables import snapshot

#: How many are kept: one more than needed, in case the newest does not decode.
KEPT = 2


def save(connection: Connection, worker: int, position: int, state: bytes, now: datetime) -> None:
    """Add a snapshot that stands for all observations up to ``position``, and forget all but the newest."""
    row = {"worker": worker, "position": position, "taken_at": now, "state": zlib.compress(state, 1)}
    connection.execute(insert(snapshot), row)
    newest = select(snapshot.c.id).where(snapshot.c.worker == worker).order_by(snapshot.c.id.desc()).limit(KEPT)
    kept = connection.scalars(newest).all()
    connection.execute(delete(snapshot).where(snapshot.c.worker == worker, snapshot.c.id.not_in(kept)))


def newest_first(connection: Connection, worker: int) -> Iterator[tuple[int, bytes]]:
    """Yield (position, state) of what is kept; a state that is damaged is left out."""
    rows = connection.execute(
        select(snapshot.c.position, snapshot.c.state).where(snapshot.c.worker == worker).order_by(snapshot.c.id.desc())
    ).all()
    for row in rows:
        try:
            yield row.position, zlib.decompress(row.state)
        except zlib.error:
            continue
