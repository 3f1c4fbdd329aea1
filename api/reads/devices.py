"""Devices as the API pages through them. What a technician does with one is in ``devices.registry``."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from api.identity import access
from api.identity.caller import Caller
from api.identity.roles import Permission
from store.database import Database
from store.tables import area, assignment, device, home, presence

_PLACED = assignment.c.to_at.is_(None) & (assignment.c.device_id == device.c.id)


async def seen(database: Database, caller: Caller, now: datetime, **page: Any) -> list[RowMapping]:
    """Return what ``listed`` does; where the caller may know whom a device serves, that is a look at them."""

    def look(connection: Connection) -> list[RowMapping]:
        rows = listed(connection, **page)
        people = {row["resident_id"] for row in rows if row["resident_id"]}
        access.log(connection, caller, people, now=now, action="read", what="device")
        return rows

    if caller.may(Permission.RESIDENTS_READ):
        return await database.write(look)
    return await database.read(lambda connection: listed(connection, **page))


def listed(
    connection: Connection, *, after: str | None, limit: int, never_heard: bool = False, device_id: str | None = None
) -> list[RowMapping]:
    """Return devices in service by id, with where they serve and when they were last heard."""
    query = (
        select(
            device,
            assignment.c.home_id,
            assignment.c.resident_id,
            assignment.c.room,
            home.c.address.label("home_address"),
            area.c.name.label("area_name"),
            presence.c.last_seen_at,
            presence.c.online,
            presence.c.battery,
        )
        .outerjoin(assignment, _PLACED)
        .outerjoin(home, home.c.id == assignment.c.home_id)
        .outerjoin(area, area.c.id == home.c.area_id)
        .outerjoin(presence, presence.c.device_id == device.c.id)
        .where(device.c.retired_at.is_(None))
        .order_by(device.c.id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(device.c.id > after)
    if never_heard:
        query = query.where(presence.c.last_seen_at.is_(None))
    if device_id is not None:
        query = query.where(device.c.id == device_id)
    return list(connection.execute(query).mappings())
