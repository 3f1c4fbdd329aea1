"""Rotations that the file changes go on where they are; only a new first day begins them again (T5)."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from alarms.oncall.loading import rotation_of
from alarms.oncall.order import kept
from alarms.oncall.rotation import Anchor, Rotation, RotationError
from gateway.municipality.change import Change
from store.tables import rotation, team


def going_on(connection: Connection, changes: list[Change], now: datetime) -> list[Change]:
    """Return the changes, those of turns and hand-overs with the anchor that keeps everybody's place."""
    return [_anchored(connection, change, now) if _turns_anew(change) else change for change in changes]


def _turns_anew(change: Change) -> bool:
    return change.table == "rotation" and not change.is_new and bool(change.after.keys() & _TURNING)


_TURNING = {"turns", "handovers", "starts_on"}


def _anchored(connection: Connection, change: Change, now: datetime) -> Change:
    query = select(rotation, team.c.zone).join(team, rotation.c.team_id == team.c.id)
    row = connection.execute(query.where(rotation.c.id == change.key[0])).one()
    anchor = Anchor()
    if "starts_on" not in change.after:
        try:
            old = rotation_of(row, ZoneInfo(row.zone))
            handovers = change.after.get("handovers", row.handovers)
            new = Rotation(row.starts_on, handovers, change.after.get("turns", row.turns), old.zone)
            anchor = kept(old, new, now)
        except (RotationError, ValueError, TypeError):
            # What stood there could not be read, so nobody has a place to keep.
            anchor = Anchor()
    after = change.after | {"anchor_number": anchor.number, "anchor_place": anchor.place}
    before = change.before | {"anchor_number": row.anchor_number, "anchor_place": row.anchor_place}
    return Change(table=change.table, key=change.key, before=before, after=after)
