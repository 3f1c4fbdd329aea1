"""Rebuilds the engine as it was: the newest snapshot that can be used, and the journal after it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog
from sqlalchemy import Connection, select

from gateway import journal, numbering, snapshots
from gateway.numbering import Numbering
from gateway.rosters import Loaded, load
from rules.base import Rule
from rules.engine import Engine
from rules.snapshot import SnapshotError
from store.tables import heartbeat

log = structlog.get_logger(__name__)

#: The role under which a worker says that it listens.
ROLE = "gateway"


class Recovered(NamedTuple):
    """The engine, what is under watch, where the journal ends, how devices number their messages.

    ``listened_until`` is until when the gateway is known to have listened.
    """

    engine: Engine
    loaded: Loaded
    end: journal.End
    numbering: Numbering
    listened_until: datetime | None


def recover(
    connection: Connection, rules: Sequence[Rule], *, worker: int, zone: str, now: datetime, horizon: timedelta
) -> Recovered:
    """Return the state as of the end of the journal.

    What the replay finds is dropped: it was recorded in the transactions that wrote these observations. Without any
    snapshot the replay begins ``horizon`` before the end of the journal.
    """
    loaded = load(connection, zone)
    end = journal.end(connection)
    engine = _restored(connection, rules, worker, loaded)
    if engine is not None:
        after = engine.position
    else:
        begin = (end.received_at or now) - horizon
        after = journal.first_after(connection, begin) if end.received_at else 0
        engine = Engine(rules, loaded.roster, begin if end.received_at else now)
    count = 0
    for observation in journal.observations(connection, after=max(after, 0)):
        engine.feed(observation)
        count += 1
    log.info("engine_recovered", replayed=count, position=engine.position)
    return Recovered(engine, loaded, end, numbering.load(connection), _listened_until(connection, worker, end))


def _restored(connection: Connection, rules: Sequence[Rule], worker: int, loaded: Loaded) -> Engine | None:
    for position, state in snapshots.newest_first(connection, worker):
        try:
            return Engine.restore(state, rules, loaded.roster)
        except SnapshotError as error:
            log.warning("snapshot_unusable", position=position, reason=error.detail)
    return None


def _listened_until(connection: Connection, worker: int, end: journal.End) -> datetime | None:
    beat = connection.scalar(
        select(heartbeat.c.at).where(heartbeat.c.role == ROLE, heartbeat.c.instance == str(worker))
    )
    return max((at for at in (beat, end.received_at) if at is not None), default=None)
