"""Finds out where a finding belongs: whose home, which area, which team. Never nowhere."""

from datetime import datetime

from sqlalchemy import Connection, insert, select

from alarms.model import Placement
from rules.base import Finding, Scope
from store.tables import area, assignment, home, resident, team

#: Made when a finding comes to an installation that has no areas yet, so that even that one is somebody's.
_UNCLAIMED = "unclaimed"


def place(connection: Connection, finding: Finding, at: datetime) -> Placement:
    """Return where ``finding`` belongs at ``at``; the fallback area answers for what no home is known for."""
    device_id = finding.subject if finding.scope is Scope.DEVICE else ""
    resident_id = finding.subject if finding.scope is Scope.RESIDENT else None
    home_id = finding.subject if finding.scope is Scope.HOME else None
    if device_id:
        home_id, resident_id = _served_by(connection, device_id, at)
    query = select(home.c.id, area.c.id.label("area_id"), area.c.team_id).join(area, home.c.area_id == area.c.id)
    if resident_id is not None:
        query = query.join(resident, resident.c.home_id == home.c.id).where(resident.c.id == resident_id)
    else:
        query = query.where(home.c.id == home_id)
    found = connection.execute(query).one_or_none()
    if found is None:
        area_id, team_id = fallback(connection)
        return Placement(area_id=area_id, team_id=team_id, device_id=device_id)
    return Placement(
        area_id=found.area_id, team_id=found.team_id, home_id=found.id, resident_id=resident_id, device_id=device_id
    )


def fallback(connection: Connection) -> tuple[str, str]:
    """Return the area and team that answer when nobody else is known to; made if there are none at all."""
    query = select(area.c.id, area.c.team_id).order_by(area.c.fallback.desc(), area.c.id).limit(1)
    found = connection.execute(query).one_or_none()
    if found is not None:
        return found.id, found.team_id
    connection.execute(insert(team).values(id=_UNCLAIMED, name="Unclaimed", zone="UTC"))
    connection.execute(insert(area).values(id=_UNCLAIMED, name="Unclaimed", team_id=_UNCLAIMED, fallback=True))
    return _UNCLAIMED, _UNCLAIMED


def _served_by(connection: Connection, device_id: str, at: datetime) -> tuple[str | None, str | None]:
    """Return the home and resident that a device serves at ``at``."""
    valid = (assignment.c.from_at <= at) & (assignment.c.to_at.is_(None) | (assignment.c.to_at > at))
    query = select(assignment.c.home_id, assignment.c.resident_id).where(assignment.c.device_id == device_id, valid)
    found = connection.execute(query.order_by(assignment.c.from_at.desc(), assignment.c.id.desc()).limit(1)).first()
    return (found.home_id, found.resident_id) if found else (None, None)
