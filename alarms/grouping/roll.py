"""SQL of the list of devices that an alarm about a mass loss keeps."""

from collections.abc import Collection, Mapping
from datetime import datetime

import msgspec
from sqlalchemy import Connection, case, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from alarms.repository import NOT_CLOSED
from store.tables import alarm, assignment, home, lost_device


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A device on the list, where it serves now, and whether it is heard again."""

    device_id: str
    lost_at: datetime
    restored_at: datetime | None
    own_alarm_id: int | None
    home_id: str | None
    address: str | None


def read(connection: Connection, alarm_id: int) -> dict[str, Line]:
    """Return the list of an alarm, by device: those still missing first."""
    now_at = (assignment.c.device_id == lost_device.c.device_id) & assignment.c.to_at.is_(None)
    query = (
        select(lost_device, assignment.c.home_id, home.c.address)
        .outerjoin(assignment, now_at)
        .outerjoin(home, home.c.id == assignment.c.home_id)
        .where(lost_device.c.alarm_id == alarm_id)
        .order_by(lost_device.c.restored_at.is_not(None), home.c.address, lost_device.c.device_id)
    )
    fields = Line.__struct_fields__
    return {
        row["device_id"]: Line(**{name: row[name] for name in fields}) for row in connection.execute(query).mappings()
    }


def add(connection: Connection, alarm_id: int, devices: Collection[str], now: datetime, own: Mapping[str, int]) -> None:
    """Put devices on the list; one that was on it and heard again is missing once more, one still missing stays."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    new = dialect.insert(lost_device)
    lost_at = case((lost_device.c.restored_at.is_(None), lost_device.c.lost_at), else_=new.excluded.lost_at)
    again = new.on_conflict_do_update(
        index_elements=["alarm_id", "device_id"], set_={"lost_at": lost_at, "restored_at": None}
    )
    rows = [
        {"alarm_id": alarm_id, "device_id": name, "lost_at": now, "own_alarm_id": own.get(name)} for name in devices
    ]
    if rows:
        connection.execute(again, rows)


def mark_restored(connection: Connection, device_id: str, now: datetime) -> list[int]:
    """Mark a device as heard on every list of an alarm that is not closed; return those alarms."""
    listed = (
        select(lost_device.c.alarm_id)
        .join(alarm, alarm.c.id == lost_device.c.alarm_id)
        .where(lost_device.c.device_id == device_id, lost_device.c.restored_at.is_(None), NOT_CLOSED)
    )
    numbers = list(connection.execute(listed).scalars())
    here = (lost_device.c.device_id == device_id) & lost_device.c.alarm_id.in_(numbers)
    if numbers:
        connection.execute(update(lost_device).where(here).values(restored_at=now))
    return numbers


def count(connection: Connection, alarm_id: int) -> tuple[int, int]:
    """Return how many devices on the list are heard again, and how many are on it."""
    query = select(func.count(lost_device.c.restored_at), func.count()).where(lost_device.c.alarm_id == alarm_id)
    row = connection.execute(query).one()
    return int(row[0]), int(row[1])
