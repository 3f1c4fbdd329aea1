"""The rows that the file asks for where it speaks of duty."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, select

from alarms.oncall.terms import NEVER
from gateway.municipality.duty_check import term_of
from gateway.municipality.model import Municipality
from gateway.municipality.zones import zone_of
from store import tables

Row = dict[str, Any]
Wanted = tuple[Table, tuple[str, ...], list[Row]]


def calendars(town: Municipality) -> Wanted:
    return (
        tables.calendar,
        ("id",),
        [
            {
                "id": one.id,
                "name": one.name,
                "country": one.country or "",
                "eves": one.eves,
                "begins": one.begins,
                "days": sorted(day.isoformat() for day in one.dates),
            }
            for one in town.calendars
        ],
    )


def terms(town: Municipality) -> Wanted:
    zone = zone_of(town, None)
    found = [(area.id, term_of(charge, area, zone)) for area in town.areas for charge in area.teams]
    rows = [
        {
            "area_id": area_id,
            "team_id": term.team_id,
            "from_at": term.start,
            "to_at": term.end if term.end != NEVER else None,
        }
        for area_id, term in found
    ]
    return tables.area_term, ("area_id", "from_at"), rows


def terms_gone(connection: Connection, town: Municipality) -> list[tuple[str, datetime]]:
    """Return the keys of terms of the areas in the file that the file no longer has: two teams must not overlap."""
    known = {area.id for area in town.areas}
    wanted = {(row["area_id"], row["from_at"]) for row in terms(town)[2]}
    stored = connection.execute(select(tables.area_term.c.area_id, tables.area_term.c.from_at)).all()
    return [(row.area_id, row.from_at) for row in stored if row.area_id in known and tuple(row) not in wanted]


def changes(town: Municipality, now: datetime) -> Iterator[Wanted]:
    """Yield substitutions and absences. One that was cancelled by hand stays cancelled."""
    made = {"author": "import", "created_at": now}
    rows: list[Row] = []
    for one in town.overrides:
        start, end = one.within(zone_of(town, one.team))
        who = {"swap_id": None, "team_id": one.team, "out_id": one.out, "in_id": one.in_}
        rows.append({"id": one.id, **who, "from_at": start, "to_at": end, "note": one.note, **made})
    for swap in town.swaps:
        for name, given, other in (("one", swap.one, swap.other), ("other", swap.other, swap.one)):
            start, end = given.within(zone_of(town, swap.team))
            who = {"swap_id": swap.id, "team_id": swap.team, "out_id": given.responder, "in_id": other.responder}
            key = f"{swap.id[:57]}.{name}"
            rows.append({"id": key, **who, "from_at": start, "to_at": end, "note": swap.note, **made})
    yield tables.substitution, ("id",), rows
    away: list[Row] = []
    for absence in town.absences:
        start, end = absence.within(zone_of(town, None))
        away.append({"id": absence.id, "responder_id": absence.responder, "from_at": start, "to_at": end, **made})
    yield tables.absence, ("id",), away
