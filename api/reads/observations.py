"""Observations as the API shows them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, select

from api.errors import NotFoundError
from api.identity import access, scope
from api.identity.caller import Caller
from api.reads import residents
from store.tables import home, observation, resident


def of_resident(
    connection: Connection, caller: Caller, now: datetime, resident_id: str, **page: Any
) -> list[RowMapping]:
    """Return a resident's own observations, newest first. Raises NotFoundError."""
    residents.visible(connection, caller, resident_id)
    access.log(connection, caller, [resident_id], now=now, action="read", what="observations")
    return _newest(connection, observation.c.resident_id == resident_id, **page)


def of_home(connection: Connection, caller: Caller, now: datetime, home_id: str, **page: Any) -> list[RowMapping]:
    """Return everything heard from a home, newest first. It is about all who live there. Raises NotFoundError."""
    if connection.scalar(select(home.c.id).where(home.c.id == home_id, scope.homes(caller))) is None:
        raise NotFoundError
    living = connection.scalars(select(resident.c.id).where(resident.c.home_id == home_id))
    access.log(connection, caller, living, now=now, action="read", what="observations")
    return _newest(connection, observation.c.home_id == home_id, **page)


def _newest(
    connection: Connection,
    whose: ColumnElement[bool],
    *,
    kinds: Sequence[str],
    since: datetime | None,
    until: datetime | None,
    before: int | None,
    limit: int,
) -> list[RowMapping]:
    query = select(observation).where(whose).order_by(observation.c.id.desc()).limit(limit)
    if kinds:
        query = query.where(observation.c.kind.in_(kinds))
    if since is not None:
        query = query.where(observation.c.received_at >= since)
    if until is not None:
        query = query.where(observation.c.received_at < until)
    if before is not None:
        query = query.where(observation.c.id < before)
    return list(connection.execute(query).mappings())
