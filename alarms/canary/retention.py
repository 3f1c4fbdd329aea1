"""The canary flies three hundred times a day: what its old flights left is taken away, except what the audit says.

The chain of the audit lets no row go (two for each flight); what follow-up reads of it leaves the canary out.
"""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, delete, func, select, update

from alarms.lifecycle.states import Handling
from rules.canary import CanaryRule
from store.tables import alarm, canary_flight, delivery, finding, occurrence, page, page_report, timer

#: For so long one can look at how a flight went.
KEPT: Final = timedelta(days=7)
#: Taken at once, so that nobody who writes waits for long.
_MOST: Final = 200


def thin(connection: Connection, now: datetime) -> int:
    """Delete flights that ended longer ago than KEPT, with their alarms, pages and findings; return how many alarms.

    At most two hundred at a time: call it again for the rest. The newest alarm and the newest flight stay, so
    that no number is ever given twice: the audit knows alarms by their numbers.
    """
    before = now - KEPT
    newest = select(func.max(alarm.c.id)).scalar_subquery()
    query = (
        select(alarm.c.id)
        .where(
            alarm.c.rule == CanaryRule.name,
            alarm.c.handling == Handling.CLOSED.value,
            alarm.c.closed_at < before,
            alarm.c.id != newest,
        )
        .order_by(alarm.c.id)
        .limit(_MOST)
    )
    numbers = list(connection.execute(query).scalars())
    if not numbers:
        return 0
    pages = select(page.c.id).where(page.c.alarm_id.in_(numbers))
    for table in (delivery, page_report):
        connection.execute(delete(table).where(table.c.page_id.in_(pages)))
    found = select(occurrence.c.finding_key).where(occurrence.c.alarm_id.in_(numbers))
    keys = list(connection.execute(found).scalars())
    for table in (page, occurrence, timer):
        connection.execute(delete(table).where(table.c.alarm_id.in_(numbers)))
    connection.execute(delete(finding).where(finding.c.key.in_(keys), finding.c.rule == CanaryRule.name))
    connection.execute(update(alarm).where(alarm.c.repeat_of.in_(numbers)).values(repeat_of=None))
    connection.execute(delete(alarm).where(alarm.c.id.in_(numbers)))
    last = select(func.max(canary_flight.c.id)).scalar_subquery()
    connection.execute(delete(canary_flight).where(canary_flight.c.sent_at < before, canary_flight.c.id != last))
    return len(numbers)
