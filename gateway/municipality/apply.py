"""Carries out a plan, in the transaction in which it was made."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Table, delete, insert, update

from devices import registry
from gateway.municipality.change import Change, Key
from gateway.municipality.plan import Plan
from store import roster_version, settings_versions, tables

#: Columns that name a row, where that is not its id.
KEYS = {
    "contact": ("responder_id", "channel", "address"),
    "account": ("login",),
    "area_term": ("area_id", "from_at"),
}


def apply(connection: Connection, plan: Plan, *, author: str, reason: str, now: datetime) -> None:
    """Write all of ``plan``. Settings become a new version with author and reason; no version is overwritten."""
    if plan.is_empty:
        return
    for name, key in plan.gone:
        table = tables.metadata.tables[name]
        connection.execute(delete(table).where(*_match(table, key)))
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
    connection.execute(update(table).where(*_match(table, change.key)).values(change.after))


def _match(table: Table, key: Key) -> list[ColumnElement[bool]]:
    columns = KEYS.get(table.name, ("id",))
    return [table.c[column] == value for column, value in zip(columns, key, strict=True)]
