"""SQL of the canary: who it is, its flights, and how late they are."""

from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import Connection, func, insert, select, update

from alarms.canary.sink import PERSON
from rules.canary import DEVICE, DEVICE_KIND
from store import roster_version
from store.tables import area, canary_flight, device, responder

FAMILY: Final = "hemvakt"
#: Its name on the wire.
ADDRESS: Final = "hemvakt-canary"
_FALLBACK: Final = select(area.c.team_id).order_by(area.c.fallback.desc(), area.c.id).limit(1)


class Flight(msgspec.Struct, frozen=True):
    """One flight; ``late_s`` is how long it took, or takes so far."""

    id: int
    late_s: float
    returned: bool


def installed(connection: Connection) -> datetime | None:
    """Return since when there is a canary."""
    return connection.execute(select(device.c.added_at).where(device.c.id == DEVICE)).scalar()


def install(connection: Connection, now: datetime) -> bool:
    """Make the canary and its responder if they are not there; return whether they are. Without any team they wait."""
    if installed(connection) is not None:
        return True
    team_id = connection.execute(_FALLBACK).scalar()
    if team_id is None:
        return False
    nobody = {"id": PERSON.id, "name": PERSON.name, "team_id": team_id, "active": False}
    connection.execute(insert(responder), nobody)
    row = {"id": DEVICE, "family": FAMILY, "address": ADDRESS, "kind": DEVICE_KIND, "added_at": now}
    connection.execute(insert(device), row)
    roster_version.count_up(connection)
    return True


def launch(connection: Connection, now: datetime) -> int:
    """Note a flight before it begins, so that one that never arrives is missed; return its number."""
    number: int = connection.execute(
        insert(canary_flight).values(sent_at=now).returning(canary_flight.c.id)
    ).scalar_one()
    return number


def land(connection: Connection, numbers: list[int], at: datetime) -> None:
    """Note when flights came through."""
    here = canary_flight.c.id.in_(numbers) & canary_flight.c.returned_at.is_(None)
    connection.execute(update(canary_flight).where(here).values(returned_at=at))


def newest_judged(connection: Connection, now: datetime, since: datetime, limit_s: float) -> Flight | None:
    """Return the newest flight since ``since`` of which one can tell whether it was in time."""
    query = select(canary_flight).where(canary_flight.c.sent_at >= since).order_by(canary_flight.c.id.desc()).limit(20)
    for row in connection.execute(query):
        late_s = ((row.returned_at or now) - row.sent_at).total_seconds()
        if row.returned_at is not None or late_s > limit_s:
            return Flight(row.id, late_s, row.returned_at is not None)
    return None


def grounded_s(connection: Connection, now: datetime, since: datetime) -> float:
    """Return for how many seconds no flight has begun, counted from ``since`` at the earliest."""
    last = connection.execute(select(func.max(canary_flight.c.sent_at))).scalar()
    return (now - max(last or since, since)).total_seconds()


def lateness_s(connection: Connection, now: datetime, since: datetime, *, every_s: float, limit_s: float) -> float:
    """Return for how long the chain has not carried, in seconds; within the limit while all is well.

    ``since`` is when whoever asks began to look: what was on its way when everything was stopped says nothing.
    """
    if every_s <= 0 or installed(connection) is None:
        return 0.0
    flight = newest_judged(connection, now, since, limit_s)
    late_s = flight.late_s if flight is not None else 0.0
    waited = grounded_s(connection, now, since)
    return max(late_s, waited if waited > 2 * every_s + limit_s else 0.0)
