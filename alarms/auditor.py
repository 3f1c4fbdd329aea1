"""Checks that no alarm is forgotten (invariant S4), with one query that knows nothing of how the desk works."""

from datetime import datetime, timedelta
from typing import Final

import msgspec
from sqlalchemy import Connection, and_, exists, func, or_, select

from alarms.canary import flights
from alarms.delivery import outbox
from alarms.escalation import timers
from alarms.lifecycle.states import Handling, TimerKind
from alarms.repository import NOT_CLOSED
from alarms.settings import DeskSettings
from rules.base import AlarmClass
from store.tables import alarm, timer

#: What drives an alarm on: the chain while it is open, the end of the lease while somebody has it. Nothing else counts,
#: not even a page that is being sent: it says nothing about what happens when nobody answers it.
_DRIVEN: Final = or_(
    and_(alarm.c.handling == Handling.OPEN.value, timer.c.kind.in_([TimerKind.STEP.value, TimerKind.RING.value])),
    and_(
        alarm.c.handling != Handling.OPEN.value,
        timer.c.kind == TimerKind.LEASE.value,
        timer.c.due_at == alarm.c.lease_until,
    ),
)


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """How the desk stands. ``forgotten`` are numbers of alarms; lags are seconds."""

    forgotten: tuple[int, ...]
    timer_lag_s: float
    page_lag_s: float
    open_alarms: dict[tuple[str, str], int]
    #: What the newest flight of the canary took or takes, or for how long there was none; 0 without a canary.
    canary_s: float = 0.0

    def well(self, settings: DeskSettings) -> bool:
        """Tell whether an external watcher may hear that all is well."""
        punctual = self.timer_lag_s <= settings.lag_s and self.page_lag_s <= settings.lag_s
        return not self.forgotten and punctual and self.canary_s <= settings.canary_limit_s


def forgotten(connection: Connection, now: datetime, grace: timedelta) -> tuple[int, ...]:
    """Return the life-safety alarms to which nothing will happen by itself, or should have more than ``grace`` ago."""
    will_happen = exists().where(timer.c.alarm_id == alarm.c.id, timer.c.due_at >= now - grace, _DRIVEN)
    life_safety = alarm.c.alarm_class == AlarmClass.LIFE_SAFETY.value
    query = select(alarm.c.id).where(NOT_CLOSED, life_safety, ~will_happen.correlate(alarm))
    # Sorted here: asked for an order by number, SQLite walks every alarm there ever was instead of the index.
    return tuple(sorted(connection.execute(query).scalars()))


def inspect(connection: Connection, now: datetime, settings: DeskSettings, since: datetime | None = None) -> Health:
    """Look at everything that must be so while all is well; at the canary only since ``since``, if at all."""
    due = timers.next_due(connection)
    counts = select(alarm.c.alarm_class, alarm.c.handling, func.count()).where(NOT_CLOSED)
    return Health(
        forgotten=forgotten(connection, now, timedelta(seconds=settings.forgotten_s)),
        timer_lag_s=max(0.0, (now - due).total_seconds()) if due is not None else 0.0,
        page_lag_s=outbox.lag(connection, now).total_seconds(),
        canary_s=0.0
        if since is None
        else flights.lateness_s(
            connection, now, since, every_s=settings.canary_every_s, limit_s=settings.canary_limit_s
        ),
        open_alarms={
            (row[0], row[1]): row[2]
            for row in connection.execute(counts.group_by(alarm.c.alarm_class, alarm.c.handling))
        },
    )
