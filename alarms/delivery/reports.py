"""What providers report of pages after they have taken them: late, twice, in any order, or never."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, case, exists, insert, select, update

from alarms import audit, tidy
from alarms.delivery.backoff import delay
from alarms.lifecycle.states import Handling
from alarms.phone.provider import Progress, Report
from store.bell import PAGES
from store.database import announce
from store.tables import alarm, page, page_report

_RANK = case({one.value: one.rank for one in Progress}, value=page_report.c.progress)


def record(connection: Connection, key: str, provider: str, report: Report, now: datetime) -> bool:
    """Record a report on the page with this idempotency key; tell whether it said anything new.

    What is recorded only ever goes up, so every order of the same reports ends the same (invariant D4). A page of which
    every message failed is sent again while its alarm is open (D1). No report changes an alarm (D5).
    """
    if report.progress is None:
        return False
    # The lock of the desk: whether the alarm is open must still be so when the page is put back.
    audit.lock(connection)
    found = connection.execute(select(page.c.id).where(page.c.idempotency_key == key)).scalar()
    if found is None or not _rises(connection, found, provider, report, now):
        return False
    if report.progress is Progress.DELIVERED:
        told = update(page).where(page.c.id == found, page.c.state.in_(["pending", "leased"]))
        connection.execute(told.values(state="sent", sent_at=now))
    elif report.progress is Progress.FAILED:
        _send_again(connection, found, now)
    return True


def progress_of(connection: Connection, alarm_id: int) -> dict[int, Progress]:
    """Return how far each page of an alarm has come by its provider's word; pages without any are left out."""
    query = select(page_report.c.page_id, page_report.c.progress).join(page, page_report.c.page_id == page.c.id)
    furthest: dict[int, Progress] = {}
    for row in connection.execute(query.where(page.c.alarm_id == alarm_id)):
        said = Progress(row.progress)
        furthest[row.page_id] = max(furthest.get(row.page_id, said), said, key=lambda one: one.rank)
    return furthest


def _rises(connection: Connection, page_id: int, provider: str, report: Report, now: datetime) -> bool:
    """Store a report if it is further than what is stored of the same message."""
    progress, reference = report.progress or Progress.TAKEN, tidy.text(report.reference, 64)
    mine = (
        (page_report.c.page_id == page_id)
        & (page_report.c.provider == provider)
        & (page_report.c.reference == reference)
    )
    known = connection.execute(select(page_report.c.progress).where(mine)).scalar()
    if known is None:
        new = {"page_id": page_id, "provider": provider, "reference": reference, "progress": progress.value}
        connection.execute(insert(page_report).values(**new, first_at=now, last_at=now))
        return True
    further = update(page_report).where(mine, progress.rank > _RANK).values(progress=progress.value, last_at=now)
    return connection.execute(further).rowcount > 0


def _send_again(connection: Connection, page_id: int, now: datetime) -> None:
    """Let a page that did not arrive wait again, unless another of its messages did, or nobody needs it any more."""
    arrived = exists().where(page_report.c.page_id == page_id, page_report.c.progress == Progress.DELIVERED.value)
    open_still = exists().where(alarm.c.id == page.c.alarm_id, alarm.c.handling == Handling.OPEN.value)
    attempts = connection.execute(select(page.c.attempts).where(page.c.id == page_id)).scalar_one()
    again = update(page).where(page.c.id == page_id, page.c.state == "sent", ~arrived, open_still)
    due = now + timedelta(seconds=delay(max(1, attempts)))
    if connection.execute(again.values(state="pending", due_at=due, leased_until=None)).rowcount:
        announce(connection, PAGES)
