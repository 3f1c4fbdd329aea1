"""Alarms for those who work by day: whom they tell, and how seldom."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Connection, select

from alarms.escalation.policy import MOST_STEPS, MOST_TARGETS, Policy, Step
from alarms.oncall.walltime import local
from store.tables import account, responder

_DAY_S: Final = 86_400.0


def wall(zone: str, now: datetime) -> datetime:
    """Return what the clock on the wall shows, without an offset; UTC where the zone is not known."""
    try:
        return local(now, ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError):
        return now.replace(tzinfo=None)


def holders(connection: Connection, role: str) -> list[str]:
    """Return the ids of the active responders who sign in with this role."""
    query = (
        select(responder.c.id)
        .join(account, account.c.responder_id == responder.c.id)
        .where(account.c.role == role, account.c.active, responder.c.active)
        .distinct()
        .order_by(responder.c.id)
    )
    return list(connection.execute(query).scalars())


def policy(people: Collection[str], *, hear_again: bool) -> Policy:
    """Return whom such an alarm tells: these responders, all at once, else whoever is on duty; again a day later.

    ``hear_again`` says whether each occurrence pages, or is only counted.
    """
    named = [f"responder:{name}" for name in people if not any(map(str.isspace, name))]
    told: Sequence[str] = named[: MOST_TARGETS * MOST_STEPS] or ["on_duty"]
    return Policy(
        # A step holds only so many, so there are several, without a pause between them.
        steps=tuple(
            Step(after_s=0, targets=tuple(told[first : first + MOST_TARGETS]))
            for first in range(0, len(told), MOST_TARGETS)
        ),
        ring=tuple(told[:MOST_TARGETS]),
        ring_s=_DAY_S,
        lease_s=7 * _DAY_S,
        attend_lease_s=7 * _DAY_S,
        hear_again=hear_again,
    )
