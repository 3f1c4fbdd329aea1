"""The journal: what came in, and the observations made of it, in the order of arrival."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, Row, func, select

from devices.observation import Acceleration, Kind, Observation, Quality
from gateway import bulk
from gateway.sameness import Kept
from store.tables import inbox, observation

_CHUNK = 2_000


class Filed(NamedTuple):
    """One row of the inbox, in the order of its columns."""

    id: int
    received_at: datetime
    topic: str
    payload: bytes
    disposition: str
    reason: str
    dedup_key: bytes
    device_id: str | None


class End(NamedTuple):
    """Where the journal ends: the highest numbers in use, 0 when there are none, and the last arrival."""

    inbox_id: int
    observation_id: int
    received_at: datetime | None


def end(connection: Connection) -> End:
    last = select(inbox.c.id, inbox.c.received_at).order_by(inbox.c.id.desc()).limit(1)
    filed = connection.execute(last).first()
    last = select(observation.c.id, observation.c.received_at).order_by(observation.c.id.desc()).limit(1)
    observed = connection.execute(last).first()
    times = [row.received_at for row in (filed, observed) if row is not None]
    return End(filed.id if filed else 0, observed.id if observed else 0, max(times, default=None))


def known(connection: Connection, keys: Sequence[bytes]) -> dict[bytes, Kept]:
    """Return the messages that are stored already under some of ``keys``."""
    found: dict[bytes, Kept] = {}
    for start in range(0, len(keys), 500):
        part = keys[start : start + 500]
        query = select(inbox.c.dedup_key, inbox.c.topic, inbox.c.payload).where(inbox.c.dedup_key.in_(part))
        found.update((row.dedup_key, Kept(row.topic, row.payload)) for row in connection.execute(query))
    return found


def write(connection: Connection, filed: Sequence[Filed], observed: Iterable[tuple[Observation, int | None]]) -> None:
    """Append messages, and observations with the number of the message that each came in."""
    bulk.write(connection, inbox, filed)
    bulk.write(connection, observation, [_row(one, inbox_id) for one, inbox_id in observed])


def _row(one: Observation, inbox_id: int | None) -> tuple[Any, ...]:
    return (
        one.id,
        one.received_at,
        one.time,
        inbox_id,
        one.device,
        one.home,
        one.resident,
        one.room,
        one.kind.value,
        one.value,
        one.unit,
        one.text,
        None if one.acceleration is None else msgspec.msgpack.encode(one.acceleration),
        ",".join(sorted(one.quality)) if one.quality else "",
    )


def observations(
    connection: Connection, *, after: int = 0, since: datetime | None = None, until: datetime | None = None
) -> Iterator[Observation]:
    """Yield observations with a higher number than ``after`` in order, from ``since`` to before ``until``."""
    asked = select(observation).order_by(observation.c.id).limit(_CHUNK)
    if since is not None:
        asked = asked.where(observation.c.received_at >= since)
    if until is not None:
        asked = asked.where(observation.c.received_at < until)
    while rows := connection.execute(asked.where(observation.c.id > after)).all():
        yield from map(_observation, rows)
        after = rows[-1].id


def count(connection: Connection, *, since: datetime | None = None, until: datetime | None = None) -> int:
    """Return how many observations there are from ``since`` to before ``until``."""
    asked = select(func.count()).select_from(observation)
    if since is not None:
        asked = asked.where(observation.c.received_at >= since)
    if until is not None:
        asked = asked.where(observation.c.received_at < until)
    return connection.scalar(asked) or 0


def _observation(row: Row[Any]) -> Observation:
    return Observation(
        id=row.id,
        kind=Kind(row.kind),
        received_at=row.received_at,
        time=row.time,
        device=row.device_id,
        home=row.home_id,
        resident=row.resident_id,
        room=row.room,
        value=row.value,
        unit=row.unit,
        text=row.text,
        acceleration=None if row.acceleration is None else msgspec.msgpack.decode(row.acceleration, type=Acceleration),
        quality=frozenset(map(Quality, row.quality.split(","))) if row.quality else frozenset(),
    )


def first_after(connection: Connection, moment: datetime) -> int:
    """Return the number before that of the first observation received at ``moment`` or later."""
    found = connection.scalar(select(func.min(observation.c.id)).where(observation.c.received_at >= moment))
    return (found or 1) - 1
