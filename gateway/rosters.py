"""Reads from the database who and what is under watch."""

from bisect import bisect_right
from datetime import datetime
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, select

from devices.family import Address
from rules.roster import AssignmentEntry, DeviceEntry, Roster, SettingEntry
from store.roster_version import version
from store.tables import assignment, device, rule_setting


class Place(NamedTuple):
    """Whom a device serves. All empty for a device that is registered and serves nobody yet."""

    home: str = ""
    resident: str = ""
    room: str = ""


NOWHERE = Place()


class Known(msgspec.Struct, frozen=True):
    """A registered device: its id, what it is, and where it has been, by the beginning of each stay."""

    id: str
    kind: str
    since: tuple[datetime, ...]
    places: tuple[Place, ...]

    def place(self, at: datetime) -> Place:
        position = bisect_right(self.since, at)
        return self.places[position - 1] if position else NOWHERE


class Loaded(msgspec.Struct, frozen=True):
    """The roster for the engine, the register for the intake, and the version of both."""

    version: int
    roster: Roster
    register: dict[Address, Known]

    def find(self, address: Address) -> Known | None:
        """Return the device that has this name on the wire; a retired one is as unknown as one never heard of."""
        return self.register.get(address)


def load(connection: Connection, zone: str) -> Loaded:
    """Read everything, in one transaction."""
    devices = connection.execute(select(device).order_by(device.c.id)).all()
    stays = connection.execute(select(assignment).order_by(assignment.c.device_id, assignment.c.from_at)).all()
    settings = connection.execute(select(rule_setting).order_by(rule_setting.c.valid_from, rule_setting.c.id)).all()
    roster = Roster(
        devices=tuple(
            DeviceEntry(id=row.id, since=row.added_at, until=row.retired_at, kind=row.kind, interval_s=row.interval_s)
            for row in devices
        ),
        assignments=tuple(
            AssignmentEntry(
                device=row.device_id,
                home=row.home_id,
                from_at=row.from_at,
                to_at=row.to_at,
                resident=row.resident_id or "",
                room=row.room,
            )
            for row in stays
        ),
        settings=tuple(
            SettingEntry(
                rule=row.rule,
                valid_from=row.valid_from,
                settings=row.settings,
                scope=row.scope,
                subject=row.subject,
                version=row.id,
            )
            for row in settings
        ),
        zone=zone,
    )
    turns: dict[str, list[tuple[datetime, Place]]] = {}
    for row in stays:
        turn = turns.setdefault(row.device_id, [])
        turn.append((row.from_at, Place(row.home_id, row.resident_id or "", row.room)))
        if row.to_at is not None:
            turn.append((row.to_at, NOWHERE))
    register = {
        Address(row.family, row.address): _known(row.id, row.kind, turns.get(row.id, []))
        for row in devices
        if row.retired_at is None
    }
    return Loaded(version(connection), roster, register)


def _known(device_id: str, kind: str, turns: list[tuple[datetime, Place]]) -> Known:
    # A device that moves ends one stay and begins the next at the same moment: the stay must come after the end.
    turns.sort(key=lambda turn: (turn[0], turn[1] != NOWHERE))
    return Known(device_id, kind, tuple(at for at, _ in turns), tuple(place for _, place in turns))
