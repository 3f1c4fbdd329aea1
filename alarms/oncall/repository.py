"""Who answers for a team: people with their contacts, and whoever of them is on duty."""

import itertools
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, bindparam, select

from alarms.oncall import duties as shifts
from alarms.oncall.duties import Duty
from alarms.oncall.loading import roster
from store.tables import contact, responder

#: The shortest time that holds an instant.
INSTANT: Final = timedelta(microseconds=1)

_PEOPLE: Final = (
    select(responder, contact.c.channel, contact.c.address, contact.c.verified_at)
    .outerjoin(contact, (contact.c.responder_id == responder.c.id) & contact.c.active)
    .where(
        responder.c.team_id.in_(bindparam("teams", expanding=True))
        | responder.c.id.in_(bindparam("ids", expanding=True)),
        responder.c.active,
        responder.c.centre == bindparam("centre", value=False),
    )
    .order_by(responder.c.id, contact.c.position, contact.c.id)
)


class Contact(msgspec.Struct, frozen=True):
    """One way to reach a person: a channel and an address on it, and whether its owner has proved to hear there."""

    channel: str
    address: str
    verified: bool = False


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """An active responder with their active contacts in the order of use."""

    id: str
    name: str
    team_id: str
    supervisor: bool
    contacts: tuple[Contact, ...]


def people(connection: Connection, teams: Collection[str] = (), ids: Collection[str] = ()) -> list[Person]:
    """Return the active responders of ``teams``, and those with ``ids``, by id."""
    return _read(connection, {"teams": list(teams), "ids": list(ids)})


def centres(connection: Connection, ids: Collection[str]) -> list[Person]:
    """Return the active alarm centres with ``ids``. They have contacts, and are on nobody's list of people."""
    return _read(connection, {"teams": [], "ids": list(ids), "centre": True})


def _read(connection: Connection, wanted: dict[str, Any]) -> list[Person]:
    rows = connection.execute(_PEOPLE, wanted).all()
    found: list[Person] = []
    for _, group in itertools.groupby(rows, key=lambda row: row.id):
        theirs = list(group)
        contacts = tuple(
            Contact(row.channel, row.address, row.verified_at is not None) for row in theirs if row.channel is not None
        )
        one = theirs[0]
        found.append(
            Person(id=one.id, name=one.name, team_id=one.team_id, supervisor=one.supervisor, contacts=contacts)
        )
    return found


def on_duty(
    connection: Connection, team_id: str, area_id: str | None, at: datetime, skill: str | None = None
) -> list[str]:
    """Return the ids of those who answer at ``at`` for an area of a team, each once; with ``skill``, who has it.

    For any area where ``area_id`` is None.
    """
    return list(roster(connection, team_id, at, at + INSTANT).on_duty(at, area_id, skill))


def duties(connection: Connection, team_id: str, start: datetime, end: datetime) -> list[Duty]:
    """Return the shifts of a team between ``start`` and ``end``, by start, as substitutions and absences leave them."""
    # Shifts that overlap the ends are given whole, with what was entered for all of their time.
    margin = timedelta(days=8)
    return shifts.duties(roster(connection, team_id, start - margin, end + margin), start, end)
