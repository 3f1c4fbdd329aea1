"""Carries out a plan, in the transaction in which it was made."""

from datetime import datetime

from sqlalchemy import Connection, insert, update

from devices import registry
from gateway.municipality.plan import Change, Plan
from store import roster_version, settings_versions, tables

#: Columns that name a row, where that is not its id.
KEYS = {"contact": ("responder_id", "channel", "address"), "account": ("login",)}


def apply(connection: Connection, plan: Plan, *, author: str, reason: str, now: datetime) -> None:
    """Write all of ``plan``. Settings become a new version with author and reason; no version is overwritten."""
    if plan.is_empty:
        return
    for change in plan.rows:
        _write(connection, change)
    for device_id, place in plan.assignments:
        registry.assign(connection, device_id, place, now)
    signed = {"author": author, "reason": reason, "valid_from": now, "origin": settings_versions.IMPORT}
    settings_versions.add(connection, [signed | row for row in plan.settings])
    roster_version.count_up(connection)


def _write(connection: Connection, change: Change) -> None:
    table = tables.metadata.tables[change.table]
    if change.is_new:
        connection.execute(insert(table), change.after)
        return
    columns = KEYS.get(change.table, ("id",))
    match = [table.c[column] == value for column, value in zip(columns, change.key, strict=True)]
    connection.execute(update(table).where(*match).values(change.after))
