"""Finds out where a finding belongs: whose home, which area, which team. Never nowhere."""

from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, insert, select

from alarms.model import Placement
from rules.base import Finding, Scope
from store.tables import area, assignment, home, resident, team

#: Made when a finding comes to an installation that has no areas yet, so that even that one is somebody's.
_UNCLAIMED: Final = "unclaimed"

_HOMES: Final = select(home.c.id, area.c.id.label("area_id"), area.c.team_id).join(area, home.c.area_id == area.c.id)
_BY_HOME: Final = _HOMES.where(home.c.id == bindparam("the_home"))
_BY_RESIDENT: Final = _HOMES.join(resident, resident.c.home_id == home.c.id).where(
    resident.c.id == bindparam("the_resident")
)
_FALLBACK: Final = select(area.c.id, area.c.team_id).order_by(area.c.fallback.desc(), area.c.id).limit(1)
_SERVED_BY: Final = (
    select(assignment.c.home_id, assignment.c.resident_id)
    .where(
        assignment.c.device_id == bindparam("device"),
        assignment.c.from_at <= bindparam("now"),
        assignment.c.to_at.is_(None) | (assignment.c.to_at > bindparam("now")),
    )
    .order_by(assignment.c.from_at.desc(), assignment.c.id.desc())
    .limit(1)
)


def place(connection: Connection, finding: Finding, at: datetime) -> Placement:
    """Return where ``finding`` belongs at ``at``; the fallback area answers for what no home is known for."""
    device_id = finding.subject if finding.scope is Scope.DEVICE else ""
    resident_id = finding.subject if finding.scope is Scope.RESIDENT else None
    home_id = finding.subject if finding.scope is Scope.HOME else None
    if device_id:
        home_id, resident_id = _served_by(connection, device_id, at)
    if resident_id is not None:
        found = connection.execute(_BY_RESIDENT, {"the_resident": resident_id}).one_or_none()
    else:
        found = connection.execute(_BY_HOME, {"the_home": home_id}).one_or_none()
    if found is None:
        area_id, team_id = fallback(connection)
        return Placement(area_id=area_id, team_id=team_id, device_id=device_id)
    return Placement(
        area_id=found.area_id, team_id=found.team_id, home_id=found.id, resident_id=resident_id, device_id=device_id
    )


def fallback(connection: Connection) -> tuple[str, str]:
    """Return the area and team that answer when nobody else is known to; made if there are none at all."""
    found = connection.execute(_FALLBACK).one_or_none()
    if found is not None:
        return found.id, found.team_id
    connection.execute(insert(team).values(id=_UNCLAIMED, name="Unclaimed", zone="UTC"))
    connection.execute(insert(area).values(id=_UNCLAIMED, name="Unclaimed", team_id=_UNCLAIMED, fallback=True))
    return _UNCLAIMED, _UNCLAIMED


def _served_by(connection: Connection, device_id: str, at: datetime) -> tuple[str | None, str | None]:
    """Return the home and resident that a device serves at ``at``."""
    found = connection.execute(_SERVED_BY, {"device": device_id, "now": at}).first()
    return (found.home_id, found.resident_id) if found else (None, None)
