"""What providers report of pages after they have taken them: late, twice, in any order, or never."""

from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import Connection, case, exists, insert, select, update

from alarms import audit, tidy
from alarms.delivery import patience
from alarms.lifecycle.states import Handling
from alarms.phone.provider import Failure, Progress, Report
from store.bell import PAGES
from store.database import announce
from store.tables import alarm, page, page_report

_RANK = case({one.value: one.rank for one in Progress}, value=page_report.c.progress)


#: Written instead of a provider's name for what a person has answered.
_PERSON: Final = "person"
#: After these a page has arrived, whatever else is said of it.
_ARRIVED: Final = (Progress.DELIVERED.value, Progress.REPLIED.value)


class Heard(msgspec.Struct, frozen=True):
    """The furthest that a page has come, why it failed if it did, and since when that is known."""

    progress: Progress
    failure: Failure | None
    at: datetime


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
    if report.progress.value in _ARRIVED:
        told = update(page).where(page.c.id == found, page.c.state.in_(["pending", "leased"]))
        connection.execute(told.values(state="sent", sent_at=now))
    elif report.progress is Progress.FAILED:
        _send_again(connection, found, now)
    return True


def replied(connection: Connection, key: str, now: datetime) -> None:
    """Record that a person has answered the page with this idempotency key, whatever the answer was."""
    record(connection, key, _PERSON, Report("", Progress.REPLIED), now)


def heard_of(connection: Connection, alarm_id: int) -> dict[int, Heard]:
    """Return how far each page of an alarm has come by its provider's word; pages without any are left out."""
    query = select(page_report).join(page, page_report.c.page_id == page.c.id).where(page.c.alarm_id == alarm_id)
    furthest: dict[int, Heard] = {}
    for row in connection.execute(query.order_by(page_report.c.last_at)):
        said = Heard(Progress(row.progress), Failure(row.failure) if row.failure else None, row.last_at)
        known = furthest.get(row.page_id)
        if known is None or said.progress.rank >= known.progress.rank:
            furthest[row.page_id] = said
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
    said = {"progress": progress.value, "failure": report.failure, "last_at": now}
    if known is None:
        new = {"page_id": page_id, "provider": provider, "reference": reference}
        connection.execute(insert(page_report).values(**new, **said, first_at=now))
        return True
    further = update(page_report).where(mine, progress.rank > _RANK).values(said)
    return connection.execute(further).rowcount > 0


def _send_again(connection: Connection, page_id: int, now: datetime) -> None:
    """Let a page that did not arrive wait again, unless another of its messages did, or nobody needs it any more.

    Where another page waits already for the same ear, that one tells it.
    """
    arrived = exists().where(page_report.c.page_id == page_id, page_report.c.progress.in_(_ARRIVED))
    open_still = exists().where(alarm.c.id == page.c.alarm_id, alarm.c.handling == Handling.OPEN.value)
    query = select(page.c.alarm_id, page.c.channel, page.c.address).where(page.c.id == page_id)
    alarm_id, channel, address = connection.execute(query).one()
    other = page.alias()
    same = (other.c.alarm_id == alarm_id) & (other.c.channel == channel) & (other.c.address == address)
    told_anyway = exists().where(same, other.c.id != page_id, other.c.state == "pending")
    here = (page.c.id == page_id) & (page.c.state == "sent")
    again = update(page).where(here, ~arrived, open_still, ~told_anyway)
    due = patience.waits(connection, [alarm_id]).get((alarm_id, channel, address), now)
    if connection.execute(again.values(state="pending", due_at=due, leased_until=None)).rowcount:
        announce(connection, PAGES)
