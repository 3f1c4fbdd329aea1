"""Takes a device out of use for good: what it may no longer do, what stays of it, and whom that leaves without help."""

from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import Connection, delete, func, select

from alarms import audit, commissioning
from alarms.commissioning import State, Trigger
from alarms.errors import DeskError
from alarms.repository import NOT_CLOSED
from devices import registry
from devices.observation import Kind
from rules.base import AlarmClass
from rules.unknown import gravest
from store import tables
from store.tables import (
    alarm,
    announcement,
    assignment,
    device,
    device_claim,
    device_identity,
    former_identity,
    resident,
)

#: With these a person calls for help.
_CALLS: Final = frozenset({"pendant", "sos", "button"})
_DETECTS: Final = frozenset({"smoke", "gas", "carbon_monoxide"})


class LeavesWithoutError(DeskError):
    """Without this device somebody has nothing left to call with. Install another first, or say that it is meant."""

    code = "leaves_without"


class Decommissioned(msgspec.Struct, frozen=True, kw_only=True):
    """What a device that is gone leaves behind.

    ``observations`` and ``messages`` stay as they are: nothing deletes them by itself, and what was concluded from them
    rests on them. ``open_alarms`` are still to be handled by people. ``left_without`` names residents who have nothing
    left to call with (or the home, where nobody is registered).
    """

    device_id: str
    observations: int
    messages: int
    first_at: datetime | None
    last_at: datetime | None
    open_alarms: tuple[int, ...]
    had_identity: bool
    left_without: tuple[str, ...]


def decommission(
    connection: Connection, device_id: str, *, by: str, reason: str, leave_without: bool, now: datetime
) -> Decommissioned:
    """End where it serves, void its password and its label, forget what it announced, and say what stays.

    ``by`` is the login of who does it; it stands in the audit with the reason. Raises NoSuchDeviceError,
    LeavesWithoutError unless ``leave_without`` says that this is meant.
    """
    # Whoever writes to the audit first is alone: two who take away two pendants at once do not both leave the other's.
    audit.lock(connection)
    without = leaves_without(connection, device_id)
    if without and not leave_without:
        # Who they are is not for everybody who installs devices.
        raise LeavesWithoutError(f"It is the last of {len(without)}.")
    found = _remains(connection, device_id, without)
    registry.retire(connection, device_id, now)
    for table in (device_identity, former_identity, device_claim):
        connection.execute(delete(table).where(table.c.device_id == device_id))
    where = select(device.c.family, device.c.address).where(device.c.id == device_id)
    family, address = connection.execute(where).one()
    connection.execute(delete(announcement).where(announcement.c.family == family, announcement.c.address == address))
    audit.append(
        connection,
        at=now,
        actor_kind="account",
        actor=by,
        action="device_decommissioned",
        detail={"device": device_id, "reason": reason, "left_without": len(without)},
    )
    return found


def leaves_without(connection: Connection, device_id: str) -> list[str]:
    """Return who would have nothing left to call with: residents, or the home where nobody is registered.

    What was never heard where it is calls nobody, and what no list names is not relied upon.
    """
    here = commissioning.trigger(connection, device_id)
    if here is None or gravest(here.kind) is not AlarmClass.LIFE_SAFETY:
        return []
    others = [
        one
        for one in commissioning.triggers(connection)
        if one.home_id == here.home_id and one.device_id != device_id and one.state is not State.INSTALLED
    ]
    serves = _serves(connection, here.home_id)
    living = connection.scalars(
        select(resident.c.id).where(resident.c.home_id == here.home_id, resident.c.active).order_by(resident.c.id)
    ).all()
    mine = serves.get(device_id)
    affected = [one for one in living if mine in {None, one}] or ([] if living else [here.home_id])
    return [
        one
        for one in affected
        if not _enough(here, [other for other in others if serves.get(other.device_id) in {None, one}])
    ]


def _enough(gone: Trigger, left: list[Trigger]) -> bool:
    """Tell whether what is left stands in: a detector does not replace what a person presses."""
    stand_in = _CALLS | _DETECTS if gone.kind in _DETECTS else _CALLS
    return any(one.kind in stand_in for one in left)


def _serves(connection: Connection, home_id: str) -> dict[str, str | None]:
    """Return device -> the resident whom it serves, None for all of the home."""
    query = select(assignment.c.device_id, assignment.c.resident_id).where(
        assignment.c.home_id == home_id, assignment.c.to_at.is_(None)
    )
    return {row.device_id: row.resident_id for row in connection.execute(query)}


def _remains(connection: Connection, device_id: str, without: list[str]) -> Decommissioned:
    said, kept = tables.observation, tables.inbox
    count, first, last = connection.execute(
        select(func.count(), func.min(said.c.received_at), func.max(said.c.received_at)).where(
            said.c.device_id == device_id, said.c.kind != Kind.NUMBERING.value
        )
    ).one()
    messages = connection.scalar(select(func.count()).select_from(kept).where(kept.c.device_id == device_id))
    still_open = select(alarm.c.id).where(alarm.c.device_id == device_id, NOT_CLOSED).order_by(alarm.c.id)
    identity = select(func.count()).select_from(device_identity).where(device_identity.c.device_id == device_id)
    return Decommissioned(
        device_id=device_id,
        observations=count,
        messages=messages or 0,
        first_at=first,
        last_at=last,
        open_alarms=tuple(connection.scalars(still_open)),
        had_identity=bool(connection.scalar(identity)),
        left_without=tuple(without),
    )
