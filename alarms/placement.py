"""Finds out where a finding belongs: whose home, which area, which team. Never nowhere."""

from datetime import datetime
from typing import Final

from sqlalchemy import Connection, String, bindparam, insert, null, select

from alarms.model import Placement
from alarms.oncall.terms import in_charge
from rules.base import Finding, Scope
from store.tables import area, assignment, home, resident, team
from store.types import Utc

#: Made when a finding comes to an installation that has no areas yet, so that even that one is somebody's.
_UNCLAIMED: Final = "unclaimed"

_HOMES: Final = home.join(area, home.c.area_id == area.c.id)
_NOW: Final = bindparam("now", type_=Utc())
_CHARGE: Final = in_charge(_NOW).label("team_id")
_WHERE: Final = (home.c.id.label("home_id"), area.c.id.label("area_id"), _CHARGE)
_SUBJECT: Final = bindparam("subject", type_=String())
_PLACES: Final = {
    Scope.HOME: select(*_WHERE, null().label("resident_id")).select_from(_HOMES).where(home.c.id == _SUBJECT),
    Scope.RESIDENT: (
        select(*_WHERE, resident.c.id.label("resident_id"))
        .select_from(_HOMES.join(resident, resident.c.home_id == home.c.id))
        .where(resident.c.id == _SUBJECT)
    ),
    #: The home and resident that a device serves now; of several assignments the newest.
    Scope.DEVICE: (
        select(*_WHERE, assignment.c.resident_id)
        .select_from(_HOMES.join(assignment, assignment.c.home_id == home.c.id))
        .where(
            assignment.c.device_id == _SUBJECT,
            assignment.c.from_at <= _NOW,
            assignment.c.to_at.is_(None) | (assignment.c.to_at > _NOW),
        )
        .order_by(assignment.c.from_at.desc(), assignment.c.id.desc())
        .limit(1)
    ),
}
_FALLBACK: Final = select(area.c.id, _CHARGE).order_by(area.c.fallback.desc(), area.c.id).limit(1)


def place(connection: Connection, finding: Finding, at: datetime) -> Placement:
    """Return where ``finding`` belongs at ``at``; the fallback area answers for what no home is known for."""
    device_id = finding.subject if finding.scope is Scope.DEVICE else ""
    found = connection.execute(_PLACES[finding.scope], {"subject": finding.subject, "now": at}).first()
    if found is None:
        area_id, team_id = fallback(connection, at)
        return Placement(area_id=area_id, team_id=team_id, device_id=device_id)
    return Placement(
        area_id=found.area_id,
        team_id=found.team_id,
        home_id=found.home_id,
        resident_id=found.resident_id,
        device_id=device_id,
    )


def fallback(connection: Connection, at: datetime) -> tuple[str, str]:
    """Return the area and team that answer at ``at`` when nobody else is known to; made if there are none at all."""
    found = connection.execute(_FALLBACK, {"now": at}).one_or_none()
    if found is not None:
        return found.id, found.team_id
    connection.execute(insert(team).values(id=_UNCLAIMED, name="Unclaimed", zone="UTC"))
    connection.execute(insert(area).values(id=_UNCLAIMED, name="Unclaimed", team_id=_UNCLAIMED, fallback=True))
    return _UNCLAIMED, _UNCLAIMED
