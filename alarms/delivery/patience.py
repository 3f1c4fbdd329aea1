"""How long a contact is left alone that cannot be reached, by its provider's own receipts.

A provider that takes every message and delivers none would otherwise be handed one after the other for as long as an
alarm is open. Each contact waits for itself: no other contact, no other channel and no step of the chain waits with it,
and what is new (a press, a hand-over) goes out at once.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, bindparam, select

from alarms.delivery.backoff import doubled
from alarms.phone.provider import Progress
from alarms.repository import chunks
from store.tables import page, page_report

#: Tried again after this at the latest: somebody may have slept through it, or come back into reach, and the ring of a
#: chain that has run out comes as often (routing invariant E4).
LONGEST_S: Final = 60.0

#: An alarm, a channel and an address on it.
Contact = tuple[int, str, str]

_REPORTS: Final = (
    select(
        page.c.alarm_id,
        page.c.channel,
        page.c.address,
        page.c.sent_at,
        page_report.c.progress,
        page_report.c.last_at,
    )
    .select_from(page.outerjoin(page_report, page_report.c.page_id == page.c.id))
    .where(page.c.alarm_id.in_(bindparam("alarms", expanding=True)), page.c.attempts > 0)
    .order_by(page_report.c.last_at)
)


def waits(connection: Connection, alarm_ids: Collection[int]) -> dict[Contact, datetime]:
    """Return until when each contact is left alone whose newest messages about an alarm did not arrive."""
    failed: dict[Contact, list[datetime]] = {}
    sent: dict[Contact, list[datetime]] = {}
    for some in chunks(sorted(alarm_ids)):
        for row in connection.execute(_REPORTS, {"alarms": some}):
            here = row.alarm_id, row.channel, row.address
            if row.sent_at is not None:
                sent.setdefault(here, []).append(row.sent_at)
            if row.progress == Progress.FAILED:
                failed.setdefault(here, []).append(row.last_at)
            elif row.progress in {Progress.DELIVERED, Progress.REPLIED}:
                failed.pop(here, None)
    # A message that is under way counts from when it left: its receipt is still to come.
    return {
        here: max([*at, *sent.get(here, ())]) + timedelta(seconds=doubled(len(at), LONGEST_S))
        for here, at in failed.items()
    }
