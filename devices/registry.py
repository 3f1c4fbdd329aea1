"""The devices a municipality has: whom they serve, what was last heard, and those that wait for adoption."""

from datetime import datetime

import msgspec
from sqlalchemy import Connection, delete, func, insert, select, update

from devices.announcements import Announced, announced
from store import roster_version
from store.errors import HemvaktError
from store.tables import assignment, device, home, observation, presence, resident, unknown_device


class NoSuchDeviceError(HemvaktError):
    """There is no such device."""


class NoSuchPlaceError(HemvaktError):
    """There is no such home, or the resident does not live there."""


class DeviceExistsError(HemvaktError):
    """A device of this name or address exists already, perhaps a retired one."""


class Placement(msgspec.Struct, frozen=True, kw_only=True):
    """Where a device serves: a home, one of its residents or all (empty), and the room."""

    home: str
    resident: str = ""
    room: str = ""


class DeviceRow(msgspec.Struct, frozen=True, kw_only=True):
    """A device as a technician wants to see it. ``last_seen_at`` is None for one that was never heard."""

    id: str
    family: str
    address: str
    kind: str
    model: str
    interval_s: float
    home: str
    resident: str
    room: str
    area: str
    last_seen_at: datetime | None
    online: bool | None
    battery: float | None


class UnknownDevice(msgspec.Struct, frozen=True, kw_only=True):
    """A device that speaks, or was announced, and that nobody has installed.

    ``kinds`` says what it spoke of, ``messages`` how often. What was announced of it: ``kind`` is what it is likely to
    be, ``name`` and ``model`` what it calls itself, ``state_topic`` where it speaks. Without a ``family`` nobody reads
    that topic, and the device cannot be adopted.
    """

    family: str
    address: str
    first_seen_at: datetime
    last_seen_at: datetime
    messages: int = 0
    kinds: list[str] = []
    kind: str = ""
    name: str = ""
    model: str = ""
    state_topic: str = ""


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """One observation of a device without its value: a technician needs to know that it speaks, not what it said."""

    id: int
    received_at: datetime
    time: datetime
    kind: str
    quality: str


def list_devices(connection: Connection, *, device_id: str | None = None, area: str | None = None) -> list[DeviceRow]:
    """All devices that are not retired, those never heard first, then by how long they have been silent."""
    placed = assignment.c.to_at.is_(None) & (assignment.c.device_id == device.c.id)
    query = (
        select(
            device, assignment.c.home_id, assignment.c.resident_id, assignment.c.room, home.c.area_id,
            presence.c.last_seen_at, presence.c.online, presence.c.battery,
        )
        .outerjoin(assignment, placed)
        .outerjoin(home, home.c.id == assignment.c.home_id)
        .outerjoin(presence, presence.c.device_id == device.c.id)
        .where(device.c.retired_at.is_(None))
        .order_by(presence.c.last_seen_at.is_not(None), presence.c.last_seen_at, device.c.id)
    )  # fmt: skip
    if device_id is not None:
        query = query.where(device.c.id == device_id)
    if area is not None:
        query = query.where(home.c.area_id == area)
    return [
        DeviceRow(
            id=row.id,
            family=row.family,
            address=row.address,
            kind=row.kind,
            model=row.model,
            interval_s=row.interval_s,
            home=row.home_id or "",
            resident=row.resident_id or "",
            room=row.room or "",
            area=row.area_id or "",
            last_seen_at=row.last_seen_at,
            online=None if row.online is None else bool(row.online),
            battery=row.battery,
        )
        for row in connection.execute(query)
    ]


def list_unknown(connection: Connection) -> list[UnknownDevice]:
    """The adoption list, the one heard last first."""
    told = {(one.family, one.address or one.state_topic): one for one in announced(connection)}
    found = []
    for row in connection.execute(select(unknown_device)):
        spoken = UnknownDevice(
            family=row.family,
            address=row.address,
            first_seen_at=row.first_seen_at,
            last_seen_at=row.last_seen_at,
            messages=row.messages,
            kinds=[kind for kind in row.kinds.split(",") if kind],
        )
        one = told.pop((row.family, row.address), None)
        found.append(spoken if one is None else _proposed(spoken, one))
    for one in told.values():
        silent = UnknownDevice(
            family=one.family, address=one.address, first_seen_at=one.first_at, last_seen_at=one.last_at
        )
        found.append(_proposed(silent, one))
    return sorted(found, key=lambda one: one.last_seen_at, reverse=True)


def _proposed(known: UnknownDevice, one: Announced) -> UnknownDevice:
    return msgspec.structs.replace(known, kind=one.kind, name=one.name, model=one.model, state_topic=one.state_topic)


def last_heard(connection: Connection, device_id: str, limit: int = 20) -> list[Heard]:
    """What a device said last, newest first."""
    query = (
        select(*(observation.c[name] for name in Heard.__struct_fields__))
        .where(observation.c.device_id == device_id)
        .order_by(observation.c.id.desc())
        .limit(limit)
    )
    return [Heard(**row) for row in connection.execute(query).mappings()]


def assign(connection: Connection, device_id: str, place: Placement, now: datetime) -> None:
    """End what the device did before and begin the new: history stays readable. Raises NoSuchPlaceError."""
    _require_place(connection, place)
    connection.execute(
        update(assignment).where(assignment.c.device_id == device_id, assignment.c.to_at.is_(None)).values(to_at=now)
    )
    row = {"home_id": place.home, "resident_id": place.resident or None, "room": place.room}
    connection.execute(insert(assignment), row | {"device_id": device_id, "from_at": now})
    roster_version.count_up(connection)


def adopt(
    connection: Connection,
    *,
    family: str,
    address: str,
    device_id: str,
    kind: str,
    place: Placement,
    interval_s: float = 0.0,
    now: datetime,
) -> None:
    """Make a device of one on the adoption list. Raises NoSuchDeviceError, DeviceExistsError, NoSuchPlaceError."""
    told = next((one for one in announced(connection) if (one.family, one.address) == (family, address)), None)
    listed = delete(unknown_device).where(unknown_device.c.family == family, unknown_device.c.address == address)
    # Without a family nobody could read what it says: it may be announced, and yet not be adopted.
    if connection.execute(listed).rowcount == 0 and (told is None or not family):
        raise NoSuchDeviceError(f"Family {family}, address {address}.")
    # A retired device keeps its name and its address, since what it said stays.
    taken = (device.c.id == device_id) | ((device.c.family == family) & (device.c.address == address))
    if connection.execute(select(func.count()).where(taken)).scalar_one():
        raise DeviceExistsError(device_id)
    row = {"id": device_id, "family": family, "address": address, "kind": kind, "interval_s": interval_s}
    connection.execute(insert(device), row | {"model": "" if told is None else told.model, "added_at": now})
    assign(connection, device_id, place, now)


def retire(connection: Connection, device_id: str, now: datetime) -> None:
    """Take a device out of service; what it said stays. Raises NoSuchDeviceError."""
    ended = update(device).where(device.c.id == device_id, device.c.retired_at.is_(None)).values(retired_at=now)
    if connection.execute(ended).rowcount == 0:
        raise NoSuchDeviceError(device_id)
    connection.execute(
        update(assignment).where(assignment.c.device_id == device_id, assignment.c.to_at.is_(None)).values(to_at=now)
    )
    roster_version.count_up(connection)


def _require_place(connection: Connection, place: Placement) -> None:
    query = select(func.count()).select_from(home).where(home.c.id == place.home)
    if place.resident:
        query = query.join(resident, resident.c.home_id == home.c.id).where(resident.c.id == place.resident)
    if not connection.execute(query).scalar_one():
        raise NoSuchPlaceError(f"{place.home} {place.resident}".strip())
