"""A number that grows whenever homes, devices, assignments or settings change."""

from sqlalchemy import Connection, Integer, Text, cast, insert, select, update

from store.bell import ROSTER
from store.database import announce
from store.tables import meta

_NAME = "roster_version"


def version(connection: Connection) -> int:
    found = connection.execute(select(meta.c.value).where(meta.c.name == _NAME)).scalar()
    return int(found) if found is not None else 0


def count_up(connection: Connection) -> None:
    """Tell everybody, when this transaction commits, that there is a new roster."""
    counted = connection.execute(
        update(meta).where(meta.c.name == _NAME).values(value=cast(cast(meta.c.value, Integer) + 1, Text))
    )
    if counted.rowcount == 0:
        connection.execute(insert(meta), {"name": _NAME, "value": "1"})
    announce(connection, ROSTER)
