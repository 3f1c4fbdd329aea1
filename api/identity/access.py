"""The access log: who looked at whose data (HSLF-FS 2016:40 ch. 4; patientdatalagen 8:5).

Call these in the unit of work that reads, before it returns: data that was not logged is data that was not given.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from api.identity.caller import Caller
from store.tables import access_log

#: A console shows the list of alarms again at every change. Within this time that is one look, not many.
ONE_LOOK = timedelta(minutes=15)


def log(
    connection: Connection,
    caller: Caller,
    residents: Iterable[str],
    *,
    now: datetime,
    action: str,
    what: str,
    alarm_id: int | None = None,
) -> None:
    """Write one row for each resident whose data is about to be read."""
    rows = [
        {
            "at": now,
            "account_id": caller.account_id,
            "role": caller.role.value,
            "resident_id": resident,
            "action": action,
            "object": what,
            "alarm_id": alarm_id,
            "source": caller.source[:64],
        }
        for resident in sorted(set(residents))
    ]
    if rows:
        connection.execute(access_log.insert(), rows)


def unlogged(
    connection: Connection, caller: Caller, alarms: Iterable[tuple[int, str]], *, now: datetime, what: str
) -> list[tuple[int, str]]:
    """Return those of ``(alarm, resident)`` that the caller has not been shown as ``what`` within ONE_LOOK."""
    shown = connection.execute(
        select(access_log.c.alarm_id, access_log.c.resident_id).where(
            access_log.c.account_id == caller.account_id,
            access_log.c.at > now - ONE_LOOK,
            access_log.c.object == what,
        )
    )
    seen = {(row.alarm_id, row.resident_id) for row in shown}
    return sorted({pair for pair in alarms if pair[1]} - seen)
