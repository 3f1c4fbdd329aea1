"""Residents as the API shows them, each look logged before it is given."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, func, literal, or_, select, tuple_

from api.errors import BadCursorError, NotFoundError
from api.identity import access, scope
from api.identity.caller import Caller
from store import settings_versions
from store.settings_versions import Version
from store.tables import access_log, account, area, finding, home, resident
from store.types import Utc

Rows = list[RowMapping]


def listed(
    connection: Connection, caller: Caller, now: datetime, *, after: str | None, limit: int, search: str | None
) -> Rows:
    """Return residents by id, those whose name or address holds ``search``."""
    query = _residents(caller).order_by(resident.c.id).limit(limit)
    if after is not None:
        query = query.where(resident.c.id > after)
    if search:
        pattern = search.lower().replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
        fields = (resident.c.name, home.c.address)
        query = query.where(or_(*(func.lower(field).like(f"%{pattern}%", escape="\\") for field in fields)))
    rows = list(connection.execute(query).mappings())
    access.log(connection, caller, (row["id"] for row in rows), now=now, action="search", what="resident")
    return rows


def one(connection: Connection, caller: Caller, now: datetime, resident_id: str) -> RowMapping:
    """Return one resident. Raises NotFoundError, also for one that the caller may not see."""
    row = visible(connection, caller, resident_id)
    access.log(connection, caller, [resident_id], now=now, action="read", what="resident")
    return row


def visible(connection: Connection, caller: Caller, resident_id: str) -> RowMapping:
    """Return one resident without logging it: only for a unit of work that logs what it goes on to read.

    Raises NotFoundError.
    """
    row = connection.execute(_residents(caller).where(resident.c.id == resident_id)).mappings().one_or_none()
    if row is None:
        raise NotFoundError
    return row


def living_in(connection: Connection, home_id: str) -> set[str]:
    """Return who lives in a home: what is said of the home is about each of them."""
    return set(connection.scalars(select(resident.c.id).where(resident.c.home_id == home_id, resident.c.active)))


def findings(
    connection: Connection,
    caller: Caller,
    now: datetime,
    resident_id: str,
    *,
    after: str | None,
    limit: int,
    shadow: bool | None = None,
) -> tuple[Rows, dict[int, Version]]:
    """Return what rules concluded about a resident or the home, newest first, behind the finding with key ``after``.

    With them come the versions of settings that they rest on, by number. ``shadow`` picks those on trial or the others.
    """
    row = visible(connection, caller, resident_id)
    # A finding of a home's device names no resident, and is about each who lives there.
    at_home = (finding.c.home_id == row["home_id"]) & (finding.c.resident_id == "")
    order = tuple_(finding.c.recorded_at, finding.c.key)
    query = (
        select(finding)
        .where(or_(finding.c.resident_id == resident_id, at_home))
        .order_by(finding.c.recorded_at.desc(), finding.c.key.desc())
        .limit(limit)
    )
    if after is not None:
        last = connection.scalar(select(finding.c.recorded_at).where(finding.c.key == after))
        if last is None:
            raise BadCursorError
        query = query.where(order < tuple_(literal(last, Utc), literal(after)))
    if shadow is not None:
        query = query.where(finding.c.shadow.is_(shadow))
    rows = list(connection.execute(query).mappings())
    people = {resident_id}
    if any(not found["resident_id"] for found in rows):
        people |= living_in(connection, row["home_id"])
    access.log(connection, caller, people, now=now, action="read", what="findings")
    numbers = {number for row in rows for number in row["settings_versions"] or []}
    return rows, settings_versions.named(connection, numbers)


def looks(
    connection: Connection, caller: Caller, now: datetime, resident_id: str, *, before: int | None, limit: int
) -> Rows:
    """Return who looked at a resident's data, newest first. This look is logged too and comes first."""
    if connection.scalar(select(resident.c.id).where(resident.c.id == resident_id)) is None:
        raise NotFoundError
    access.log(connection, caller, [resident_id], now=now, action="read", what="access_log")
    query = (
        select(access_log, account.c.name.label("account_name"))
        .outerjoin_from(access_log, account, account.c.id == access_log.c.account_id)
        .where(access_log.c.resident_id == resident_id)
        .order_by(access_log.c.id.desc())
        .limit(limit)
    )
    return list(connection.execute(query if before is None else query.where(access_log.c.id < before)).mappings())


def _residents(caller: Caller) -> Select[Any]:
    return (
        select(
            resident.c.id,
            resident.c.name,
            resident.c.sex,
            resident.c.birth_year,
            resident.c.note,
            resident.c.home_id,
            home.c.address,
            home.c.phone,
            home.c.area_id,
            area.c.name.label("area_name"),
        )
        .join_from(resident, home)
        .join(area)
        .where(scope.homes(caller), resident.c.active)
    )
