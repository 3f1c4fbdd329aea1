"""A team's roster, read from the database."""

from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog
from sqlalchemy import Connection, Row, String, bindparam, select

from alarms.oncall.holidays import Holidays
from alarms.oncall.roster import Absence, Days, Roster, Substitution, Turning
from alarms.oncall.rotation import Anchor, Rotation, RotationError
from store.tables import absence, calendar, responder, rotation, substitution, team
from store.types import Utc

log = structlog.get_logger(__name__)

_TEAM: Final = bindparam("the_team", type_=String())
_START: Final = bindparam("start", type_=Utc)
_END: Final = bindparam("end", type_=Utc)
_ROTATIONS: Final = (
    select(rotation, team.c.zone)
    .join(team, rotation.c.team_id == team.c.id)
    .where(rotation.c.team_id == _TEAM, rotation.c.active)
    .order_by(rotation.c.id)
)
_CALENDAR: Final = (
    select(calendar, team.c.zone).join(team, team.c.calendar_id == calendar.c.id).where(team.c.id == _TEAM)
)
_SUBSTITUTIONS: Final = (
    select(substitution)
    .where(
        substitution.c.team_id == _TEAM,
        substitution.c.cancelled_at.is_(None),
        substitution.c.from_at < _END,
        substitution.c.to_at > _START,
    )
    .order_by(substitution.c.created_at, substitution.c.swap_id, substitution.c.id)
)
_ABSENCES: Final = select(absence).where(
    absence.c.cancelled_at.is_(None), absence.c.from_at < _END, absence.c.to_at > _START
)
_SKILLS: Final = select(responder.c.id, responder.c.skills).where(
    responder.c.active, responder.c.id.in_(bindparam("names", expanding=True))
)
#: What a stored row may hold that cannot be read.
_UNREADABLE: Final = (RotationError, ZoneInfoNotFoundError, ValueError, TypeError, AttributeError)


def roster(connection: Connection, team_id: str, start: datetime, end: datetime) -> Roster:
    """Return the roster of a team; what is entered for a time counts where it touches ``start`` to ``end``."""
    asked = {"the_team": team_id, "start": start, "end": end}
    turnings = list(_turnings(connection, team_id))
    substitutions = [
        Substitution(in_id=row.in_id, out_id=row.out_id, start=row.from_at, end=row.to_at, group=row.swap_id or "")
        for row in connection.execute(_SUBSTITUTIONS, asked)
    ]
    names = {name for one in turnings for turn in one.rotation.turns for name in turn}
    names.update(one.in_id for one in substitutions)
    return Roster(
        team_id,
        turnings,
        {row.id: frozenset(row.skills) for row in connection.execute(_SKILLS, {"names": sorted(names)})},
        substitutions=substitutions,
        absences=[
            Absence(responder_id=row.responder_id, start=row.from_at, end=row.to_at)
            for row in connection.execute(_ABSENCES, {"start": start, "end": end})
        ],
        holidays=_holidays(connection, team_id),
    )


def rotation_of(row: Row[*tuple[object, ...]], zone: ZoneInfo) -> Rotation:
    """Return the rotation that a row of the table describes. Raises RotationError, ValueError, TypeError."""
    anchor = Anchor(row.anchor_number, row.anchor_place)
    return Rotation(row.starts_on, row.handovers, row.turns, zone, ends_on=row.ends_on, anchor=anchor)


def _turnings(connection: Connection, team_id: str) -> Iterator[Turning]:
    for row in connection.execute(_ROTATIONS, {"the_team": team_id}).all():
        try:
            turning = rotation_of(row, ZoneInfo(row.zone))
            yield Turning(id=row.id, rotation=turning, area_id=row.area_id, layer=row.layer, days=Days(row.days))
        except _UNREADABLE as error:
            # One unreadable rotation must not stop an escalation: its step reaches nobody and falls through.
            log.error(  # noqa: TRY400 - the values themselves do not belong in a log
                "rotation_unreadable", rotation=row.id, team=team_id, problem=type(error).__name__
            )


def _holidays(connection: Connection, team_id: str) -> Holidays | None:
    row = connection.execute(_CALENDAR, {"the_team": team_id}).one_or_none()
    if row is None:
        return None
    try:
        return Holidays(
            ZoneInfo(row.zone),
            [date.fromisoformat(day) for day in row.days],
            country=row.country,
            eves=row.eves,
            begins=time.fromisoformat(row.begins),
        )
    except _UNREADABLE as error:
        # Without its calendar every day is an ordinary one, and somebody is on duty.
        log.error(  # noqa: TRY400 - as above
            "calendar_unreadable", calendar=row.id, team=team_id, problem=type(error).__name__
        )
        return None
