"""The pulse of a role: a row that says when it was last known to work."""

from datetime import datetime

from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from store.tables import heartbeat


def beat(connection: Connection, role: str, instance: str, now: datetime) -> None:
    """Say that ``instance`` of ``role`` works at ``now``."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    new = dialect.insert(heartbeat).values(role=role, instance=instance, at=now, detail={})
    connection.execute(new.on_conflict_do_update(index_elements=["role", "instance"], set_={"at": new.excluded.at}))
