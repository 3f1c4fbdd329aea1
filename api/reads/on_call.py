"""Who is on duty, and who will be."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, select

from alarms.oncall.duties import Duty
from alarms.oncall.repository import INSTANT, duties
from api.identity import scope
from api.identity.caller import Caller
from store.tables import area, responder, team


class Turn(NamedTuple):
    """One shift with names to show. ``area_id`` and ``area_name`` are None where it covers the whole team."""

    team_id: str
    team_name: str
    area_id: str | None
    area_name: str | None
    start: datetime
    end: datetime
    responders: list[tuple[str, str]]
    #: Others of a lower layer answer, and these only where there is none of them.
    standby: bool = False


def now(connection: Connection, caller: Caller, at: datetime) -> list[Turn]:
    """Return the shifts that run at ``at`` in the caller's teams. A team without one has nobody on duty."""
    return between(connection, caller, at, at + INSTANT)


def between(connection: Connection, caller: Caller, start: datetime, end: datetime) -> list[Turn]:
    """Return the shifts of the caller's teams that touch the time from ``start`` to ``end``, by start."""
    names: dict[str, str] = {row.id: row.name for row in connection.execute(select(responder.c.id, responder.c.name))}
    areas: dict[str, str] = {row.id: row.name for row in connection.execute(select(area.c.id, area.c.name))}
    mine = select(team.c.id, team.c.name).where(scope.own_teams(caller, team.c.id)).order_by(team.c.name)
    return [
        _turn(duty, row.name, areas, names)
        for row in connection.execute(mine).all()
        for duty in duties(connection, row.id, start, end)
    ]


def teams(connection: Connection, caller: Caller) -> dict[str, str]:
    """Return the names of the teams that the caller may see, by id."""
    rows = connection.execute(select(team.c.id, team.c.name).where(scope.own_teams(caller, team.c.id)))
    return {row.id: row.name for row in rows}


def _turn(duty: Duty, team_name: str, areas: dict[str, str], names: dict[str, str]) -> Turn:
    return Turn(
        team_id=duty.team_id,
        team_name=team_name,
        area_id=duty.area_id,
        area_name=areas.get(duty.area_id) if duty.area_id else None,
        start=duty.shift.start,
        end=duty.shift.end,
        responders=[(one, names.get(one, one)) for one in duty.shift.turn],
        standby=duty.standby,
    )
