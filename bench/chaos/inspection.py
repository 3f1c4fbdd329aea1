"""Looks into the database from outside: while it happens whether anybody is forgotten, and at the end what was lost."""

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, String, cast, func, literal, select

from alarms import audit, auditor
from alarms.canary.sink import CHANNEL
from alarms.lifecycle.states import Handling
from bench.chaos.pendants import Press
from rules.base import AlarmClass
from store.tables import alarm, inbox, observation, occurrence, page

#: Longer than any run: a timer that is overdue by less is there, which is all that is asked of a desk that is down.
_EVER = timedelta(days=3650)
#: Channels that no provider outside sees: the console reads what is stored, the canary's page comes home by itself.
_OWN = ("console", CHANNEL)
_LIFE_SAFETY = alarm.c.alarm_class == AlarmClass.LIFE_SAFETY.value


def forgotten(connection: Connection, now: datetime) -> tuple[int, ...]:
    """Return the life-safety alarms that nothing drives on (S4), whoever is down at this moment."""
    return auditor.forgotten(connection, now, _EVER)


def unsettled(connection: Connection) -> dict[str, int]:
    """Count what is still to be done: life-safety alarms that are not closed, pages that were not sent."""
    open_alarms = select(func.count()).where(_LIFE_SAFETY, alarm.c.handling != Handling.CLOSED.value)
    unsent = select(func.count()).where(page.c.state.in_(["pending", "leased"]))
    return {"open": connection.scalar(open_alarms) or 0, "unsent": connection.scalar(unsent) or 0}


@dataclass(kw_only=True)
class Account:
    """What became of everything, by the database alone."""

    alarms: int
    occurrences: int
    pages: Counter[str]
    #: How many occurrences each numbered press has.
    heard: Counter[Press]
    sos_heard: int
    life_safety: set[int]
    #: Keys of the pages that were handed to a provider, if the database is right.
    sent_keys: set[str]
    audit_rows: int
    audit_broken_at: int | None
    forgotten: tuple[int, ...] = field(default=())


def account(connection: Connection, now: datetime) -> Account:
    heard: Counter[Press] = Counter()
    sos_heard = 0
    joined = (
        occurrence.join(observation, occurrence.c.finding_key == literal("press:") + cast(observation.c.id, String))
    ).join(inbox, observation.c.inbox_id == inbox.c.id)
    presses = select(inbox.c.device_id, inbox.c.payload).select_from(joined).where(observation.c.kind == "press")
    for row in connection.execute(presses):
        if row.device_id == "sos":
            sos_heard += 1
        else:
            heard[row.device_id, int(json.loads(row.payload)["seq"])] += 1
    verdict = audit.verify(connection)
    states = select(page.c.state, func.count()).where(page.c.channel.not_in(_OWN)).group_by(page.c.state)
    sent = select(page.c.idempotency_key).where(page.c.channel.not_in(_OWN), page.c.state == "sent")
    return Account(
        alarms=connection.scalar(select(func.count()).select_from(alarm)) or 0,
        occurrences=connection.scalar(select(func.count()).select_from(occurrence)) or 0,
        pages=Counter({row[0]: row[1] for row in connection.execute(states)}),
        heard=heard,
        sos_heard=sos_heard,
        life_safety=set(connection.scalars(select(alarm.c.id).where(_LIFE_SAFETY))),
        sent_keys=set(connection.scalars(sent)),
        audit_rows=verdict.rows,
        audit_broken_at=verdict.broken_at,
        forgotten=forgotten(connection, now),
    )
