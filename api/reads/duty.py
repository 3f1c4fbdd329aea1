"""What was entered for the days ahead, the notes for the next shift, and duty as calendar entries."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, select

from alarms.oncall import geography
from alarms.oncall.geography import Shape
from alarms.oncall.ical import Event
from alarms.oncall.repository import duties
from api.identity import scope
from api.identity.caller import Caller
from store.tables import absence, area, hand_over_note, responder, substitution, team

#: A calendar shows what was, a week back, and what comes.
_ENTRY = {"sv": ("Jour", "Jour i reserv"), "en": ("On call", "On call in reserve")}
BACK, AHEAD = timedelta(days=7), timedelta(days=90)


class Entry(NamedTuple):
    """An override, half of a swap, or an absence. ``key`` is what cancels it; ``kind`` is one of these words."""

    key: str
    kind: str
    team_id: str
    team_name: str
    out_name: str | None
    in_name: str | None
    start: datetime
    end: datetime
    note: str
    author: str


class Note(NamedTuple):
    """What a shift left to the next."""

    team_id: str
    team_name: str
    text: str
    author: str
    at: datetime
    until: datetime


class Person(NamedTuple):
    """Somebody who can be on duty."""

    id: str
    name: str
    team_id: str
    skills: list[str]


def entries(connection: Connection, caller: Caller, now: datetime) -> list[Entry]:
    """Return what is not over and not cancelled in the caller's teams, by start."""
    names: dict[str, str] = {row.id: row.name for row in connection.execute(select(responder.c.id, responder.c.name))}
    exchanges = (
        select(substitution, team.c.name.label("team_name"))
        .join(team, team.c.id == substitution.c.team_id)
        .where(substitution.c.cancelled_at.is_(None), substitution.c.to_at > now, scope.own_teams(caller, team.c.id))
    )
    away = (
        select(absence, team.c.id.label("team_id"), team.c.name.label("team_name"))
        .join(responder, responder.c.id == absence.c.responder_id)
        .join(team, team.c.id == responder.c.team_id)
        .where(absence.c.cancelled_at.is_(None), absence.c.to_at > now, scope.own_teams(caller, team.c.id))
    )
    found = [
        Entry(
            key=row.swap_id or row.id,
            kind="swap" if row.swap_id else "override",
            team_id=row.team_id,
            team_name=row.team_name,
            out_name=names.get(row.out_id or ""),
            in_name=names.get(row.in_id),
            start=row.from_at,
            end=row.to_at,
            note=row.note,
            author=row.author,
        )
        for row in connection.execute(exchanges)
    ]
    found += [
        Entry(
            key=row.id,
            kind="absence",
            team_id=row.team_id,
            team_name=row.team_name,
            out_name=names.get(row.responder_id),
            in_name=None,
            start=row.from_at,
            end=row.to_at,
            note="",
            author=row.author,
        )
        for row in connection.execute(away)
    ]
    return sorted(found, key=lambda entry: (entry.start, entry.key, entry.out_name or ""))


def notes(connection: Connection, caller: Caller, now: datetime) -> list[Note]:
    """Return the notes that are still for somebody in the caller's teams, newest first."""
    query = (
        select(hand_over_note, team.c.name.label("team_name"))
        .join(team, team.c.id == hand_over_note.c.team_id)
        .where(hand_over_note.c.until_at > now, scope.own_teams(caller, team.c.id))
        .order_by(hand_over_note.c.at.desc(), hand_over_note.c.id.desc())
        .limit(100)
    )
    return [
        Note(row.team_id, row.team_name, row.text, row.author, row.at, row.until_at)
        for row in connection.execute(query)
    ]


def shapes(connection: Connection) -> list[Shape]:
    """Return where the areas lie. One whose geometry cannot be read has its postal codes only."""
    found = []
    for row in connection.execute(select(area.c.id, area.c.postal_codes, area.c.geometry).order_by(area.c.id)):
        try:
            polygons = geography.polygons(row.geometry) if row.geometry else ()
        except geography.GeometryError:
            polygons = ()
        found.append(Shape(row.id, tuple(geography.plain(code) for code in row.postal_codes), polygons))
    return found


def people(connection: Connection, caller: Caller) -> list[Person]:
    """Return who works in the caller's teams, by name."""
    query = (
        select(responder.c.id, responder.c.name, responder.c.team_id, responder.c.skills)
        .where(responder.c.active, scope.own_teams(caller, responder.c.team_id))
        .order_by(responder.c.name, responder.c.id)
    )
    return [Person(row.id, row.name, row.team_id, list(row.skills)) for row in connection.execute(query)]


def team_events(connection: Connection, team_id: str, now: datetime, language: str) -> tuple[str, list[Event]] | None:
    """Return the name of a team and its shifts, each with who is on it; None when there is no such team."""
    name = connection.scalar(select(team.c.name).where(team.c.id == team_id))
    if name is None:
        return None
    names: dict[str, str] = {row.id: row.name for row in connection.execute(select(responder.c.id, responder.c.name))}
    return name, list(_events(connection, team_id, name, now, language, names))


def own_events(
    connection: Connection, responder_id: str, now: datetime, language: str
) -> tuple[str, list[Event]] | None:
    """Return the name of a person and their shifts in all teams; None when there is no such person."""
    name = connection.scalar(select(responder.c.name).where(responder.c.id == responder_id))
    if name is None:
        return None
    teams = connection.execute(select(team.c.id, team.c.name).order_by(team.c.id)).all()
    return name, [
        event for row in teams for event in _events(connection, row.id, row.name, now, language, {}, only=responder_id)
    ]


def _events(
    connection: Connection,
    team_id: str,
    team_name: str,
    now: datetime,
    language: str,
    names: dict[str, str],
    only: str = "",
) -> Iterator[Event]:
    areas: dict[str, str] = {row.id: row.name for row in connection.execute(select(area.c.id, area.c.name))}
    for duty in duties(connection, team_id, now - BACK, now + AHEAD):
        if only and only not in duty.shift.turn:
            continue
        where = f"{team_name}, {areas.get(duty.area_id, duty.area_id)}" if duty.area_id else team_name
        who = "" if only else f": {', '.join(names.get(one, one) for one in duty.shift.turn)}"
        yield Event(
            key=f"{team_id} {duty.rotation_id} {only or 'team'}",
            start=duty.shift.start,
            end=duty.shift.end,
            summary=f"{_ENTRY[language][duty.standby]}, {where}{who}",
            busy=not duty.standby,
        )
