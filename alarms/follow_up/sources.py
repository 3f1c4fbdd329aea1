"""Where the rows come from: the database, or a file that was exported from it. Both give the same report."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, literal_column, select

from alarms import audit_file
from alarms.audit_chain import START, Mark
from alarms.follow_up.cases import ACTIONS, fold
from alarms.follow_up.months import Month
from alarms.follow_up.report import Report, report
from store.tables import audit

#: Spelled out, not bound: so both engines see that the index of opened alarms serves.
_OPENED: Final = audit.c.action == literal_column("'opened'")
_COLUMNS: Final = ("at", "action", "alarm_id", "team_id", "detail")


def of_database(connection: Connection, month: Month, zone: str, *, through: int | None = None) -> Report:
    """Return the report of ``month`` from the rows up to ``through``, or up to the newest one."""
    newest = select(audit.c.seq, audit.c.hash, audit.c.at).order_by(audit.c.seq.desc()).limit(1)
    if through is not None:
        newest = newest.where(audit.c.seq <= through)
    last = connection.execute(newest).one_or_none()
    if last is None:
        return report([], month, zone, START, None)
    begin, end = month.bounds(zone)
    opened = select(audit.c.alarm_id).where(_OPENED, audit.c.at >= begin, audit.c.at < end, audit.c.seq <= last.seq)
    query = (
        select(*(audit.c[name] for name in _COLUMNS))
        .where(audit.c.alarm_id.in_(opened), audit.c.seq <= last.seq, audit.c.action.in_(ACTIONS))
        .order_by(audit.c.seq)
        .execution_options(yield_per=5000)
    )
    with connection.execute(query) as rows:
        cases = fold((dict(zip(_COLUMNS, row, strict=True)) for row in rows), begin, end)
    return report(cases, month, zone, Mark(last.seq, last.hash), last.at)


def of_file(path: Path, month: Month, zone: str, *, through: int | None = None) -> Report:
    """Return the same from an export of the audit. Raises NotAnExportError."""
    begin, end = month.bounds(zone)
    last: audit_file.Row | None = None

    def rows() -> Iterator[audit_file.Row]:
        nonlocal last
        for row in audit_file.read(path):
            if through is not None and row["seq"] > through:
                return
            last = row
            yield row

    cases = fold(rows(), begin, end)
    if last is None:
        return report([], month, zone, START, None)
    return report(cases, month, zone, Mark(last["seq"], last["hash"]), last["at"])
