"""Who answers for a team: people with their contacts, and whoever of them is on duty."""

import itertools
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import structlog
from sqlalchemy import Connection, bindparam, select

from alarms.oncall.rotation import Rotation, RotationError, Shift
from store.tables import contact, responder, rotation, team

log = structlog.get_logger(__name__)

_PEOPLE: Final = (
    select(responder, contact.c.channel, contact.c.address)
    .outerjoin(contact, (contact.c.responder_id == responder.c.id) & contact.c.active)
    .where(
        responder.c.team_id.in_(bindparam("teams", expanding=True))
        | responder.c.id.in_(bindparam("ids", expanding=True)),
        responder.c.active,
        responder.c.centre == bindparam("centre", value=False),
    )
    .order_by(responder.c.id, contact.c.position, contact.c.id)
)
_ROTATIONS: Final = (
    select(rotation, team.c.zone)
    .join(team, rotation.c.team_id == team.c.id)
    .where(rotation.c.team_id == bindparam("the_team"), rotation.c.active)
    .order_by(rotation.c.id)
)


class Contact(msgspec.Struct, frozen=True):
    """One way to reach a person: a channel and an address on it."""

    channel: str
    address: str


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """An active responder with their active contacts in the order of use."""

    id: str
    name: str
    team_id: str
    supervisor: bool
    contacts: tuple[Contact, ...]


class Duty(msgspec.Struct, frozen=True, kw_only=True):
    """One shift of one rotation. ``area_id`` is None where the rotation answers for every area of its team."""

    rotation_id: str
    team_id: str
    area_id: str | None
    shift: Shift


def people(connection: Connection, teams: Collection[str] = (), ids: Collection[str] = ()) -> list[Person]:
    """Return the active responders of ``teams``, and those with ``ids``, by id."""
    return _read(connection, {"teams": list(teams), "ids": list(ids)})


def centres(connection: Connection, ids: Collection[str]) -> list[Person]:
    """Return the active alarm centres with ``ids``. They have contacts, and are on nobody's list of people."""
    return _read(connection, {"teams": [], "ids": list(ids), "centre": True})


def with_skill(connection: Connection, ids: list[str], skill: str | None) -> list[str]:  # noqa: ARG001
    """Return those of ``ids`` who have ``skill``, all when it is None.

    No skills are on record in this version: whoever is on duty counts as having each, so the step reaches somebody.
    """
    return ids


def _read(connection: Connection, wanted: dict[str, Any]) -> list[Person]:
    rows = connection.execute(_PEOPLE, wanted).all()
    found: list[Person] = []
    for _, group in itertools.groupby(rows, key=lambda row: row.id):
        theirs = list(group)
        contacts = tuple(Contact(row.channel, row.address) for row in theirs if row.channel is not None)
        one = theirs[0]
        found.append(
            Person(id=one.id, name=one.name, team_id=one.team_id, supervisor=one.supervisor, contacts=contacts)
        )
    return found


def on_duty(connection: Connection, team_id: str, area_id: str | None, at: datetime) -> list[str]:
    """Return the ids of those on duty at ``at`` for an area (None: any), by its own rotations and its team's."""
    ids = (name for _, _, turning in _rotations(connection, team_id, area_id) for name in turning.turn_at(at))
    return list(dict.fromkeys(ids))


def duties(connection: Connection, team_id: str, start: datetime, end: datetime) -> list[Duty]:
    """Return the shifts of all rotations of a team between ``start`` and ``end``, by start."""
    found = [
        Duty(rotation_id=name, team_id=team_id, area_id=area_id, shift=shift)
        for name, area_id, turning in _rotations(connection, team_id, None)
        for shift in turning.shifts(start, end)
    ]
    return sorted(found, key=lambda duty: (duty.shift.start, duty.rotation_id))


def _rotations(connection: Connection, team_id: str, area_id: str | None) -> Iterator[tuple[str, str | None, Rotation]]:
    for row in connection.execute(_ROTATIONS, {"the_team": team_id}).all():
        if area_id is not None and row.area_id not in {None, area_id}:
            continue
        try:
            zone = ZoneInfo(row.zone)
            yield row.id, row.area_id, Rotation(row.starts_on, row.handovers, row.turns, zone)
        except (RotationError, ZoneInfoNotFoundError, ValueError, TypeError, AttributeError) as error:
            # One unreadable rotation must not stop an escalation: its step reaches nobody and falls through.
            log.error(  # noqa: TRY400 - the values themselves do not belong in a log
                "rotation_unreadable", rotation=row.id, team=team_id, problem=type(error).__name__
            )
