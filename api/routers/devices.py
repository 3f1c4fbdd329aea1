"""Devices in service, and those that wait for adoption."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy import Connection, RowMapping

from api.asking import needs
from api.context import InContext
from api.errors import NotFoundError
from api.fields import Cursor, Id, Limit, Listing, Word, cursor_of, key_of
from api.identity.caller import Caller
from api.identity.roles import Permission
from api.reads import devices as reads
from devices import registry

router = APIRouter(tags=["devices"])
Address = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=r"^[^\x00]*$")]
Room = Annotated[str, StringConstraints(max_length=64, pattern=r"^[^\x00]*$", strip_whitespace=True)]


class Device(BaseModel):
    """A device in service. ``last_seen_at`` is null for one that was never heard: it may not work at all."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "pendant-7",
                    "family": "hemvakt",
                    "address": "pendant-7",
                    "kind": "pendant",
                    "model": "",
                    "interval_s": 300.0,
                    "home_id": "home-7",
                    "resident_id": "resident-7",
                    "home_address": "Storgatan 7",
                    "area_name": "Norra",
                    "room": "",
                    "added_at": "2026-01-01T09:00:00Z",
                    "last_seen_at": "2026-01-13T01:28:00Z",
                    "online": True,
                    "battery": 71.0,
                }
            ]
        }
    )

    id: str
    family: str
    address: str
    kind: str
    model: str
    interval_s: float
    home_id: str | None
    resident_id: str | None
    home_address: str | None
    area_name: str | None
    room: str | None
    added_at: datetime
    last_seen_at: datetime | None
    online: bool | None
    battery: float | None


class UnknownDevice(BaseModel):
    """A device that speaks, or was announced, and that nobody has installed. ``kinds`` says what it spoke of.

    ``kind``, ``name``, ``model`` and ``state_topic`` are what was announced of it; empty where nothing was. Without a
    ``family`` nobody reads its topic, and it cannot be adopted.
    """

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "family": "zigbee2mqtt",
                    "address": "home-9/hall/pir",
                    "first_seen_at": "2026-01-13T01:00:00Z",
                    "last_seen_at": "2026-01-13T01:28:00Z",
                    "messages": 12,
                    "kinds": ["motion", "battery"],
                    "kind": "pir",
                    "name": "hall/pir",
                    "model": "Aqara RTCGQ11LM",
                    "state_topic": "zigbee2mqtt/home-9/hall/pir",
                }
            ]
        },
    )

    family: str
    address: str
    first_seen_at: datetime
    last_seen_at: datetime
    messages: int
    kinds: list[str]
    kind: str
    name: str
    model: str
    state_topic: str


class Adoption(BaseModel):
    """Takes a device from the adoption list into service."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "family": "zigbee2mqtt",
                    "address": "home-9/hall/pir",
                    "id": "home-9-hall-pir",
                    "kind": "pir",
                    "home_id": "home-9",
                    "room": "hall",
                    "interval_s": 3600,
                }
            ]
        },
    )

    family: Word
    address: Address
    id: Id
    kind: Word
    home_id: Id
    resident_id: Id | None = None
    room: Room = ""
    interval_s: float = Field(default=0, ge=0, le=31 * 86400, allow_inf_nan=False)


@router.get("/devices", summary="List devices")
async def list_devices(
    context: InContext,
    caller: Annotated[Caller, needs(Permission.DEVICES_READ)],
    never_heard: Annotated[bool, Query(description="Only those that have never been heard.")] = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Listing[Device]:
    """Devices in service, by id. They tell when and what kind of thing was heard, never what was measured.

    Where residents are named, the look is logged.
    """
    after = key_of(cursor) if cursor else None
    rows = await reads.seen(
        context.database, caller, context.clock.now(), after=after, limit=limit, never_heard=never_heard
    )
    items = [shown_device(row, caller) for row in rows]
    return Listing(items=items, next=cursor_of(items[-1].id) if len(items) == limit else None)


@router.get("/devices/{device_id}", summary="Read a device")
async def read_device(
    context: InContext, caller: Annotated[Caller, needs(Permission.DEVICES_READ)], device_id: Id
) -> Device:
    """One device in service. Where a resident is named, the look is logged."""
    rows = await reads.seen(context.database, caller, context.clock.now(), after=None, limit=1, device_id=device_id)
    if not rows:
        raise NotFoundError
    return shown_device(rows[0], caller)


@router.get("/unknown-devices", summary="The adoption list")
async def list_unknown_devices(
    context: InContext, _caller: Annotated[Caller, needs(Permission.DEVICES_READ)], limit: Limit = 50
) -> Listing[UnknownDevice]:
    """Devices that speak or were announced and that nobody has installed, the one heard last first."""
    rows = await context.database.read(registry.list_unknown)
    return Listing(items=[UnknownDevice.model_validate(row) for row in rows[:limit]])


@router.post("/devices", summary="Adopt a device", status_code=201)
async def adopt_device(
    context: InContext, caller: Annotated[Caller, needs(Permission.DEVICES_ADOPT)], adoption: Adoption
) -> Device:
    """Take a device from the adoption list into service, from now on."""
    now = context.clock.now()
    place = registry.Placement(home=adoption.home_id, resident=adoption.resident_id or "", room=adoption.room)

    def work(connection: Connection) -> RowMapping:
        registry.adopt(
            connection,
            family=adoption.family,
            address=adoption.address,
            device_id=adoption.id,
            kind=adoption.kind,
            place=place,
            interval_s=adoption.interval_s,
            now=now,
        )
        return reads.listed(connection, after=None, limit=1, device_id=adoption.id)[0]

    return shown_device(await context.database.write(work), caller)


def shown_device(row: RowMapping, caller: Caller) -> Device:
    """Return a device as this caller may see it."""
    values = dict(row)
    if not caller.may(Permission.RESIDENTS_READ):
        values["resident_id"] = None
    return Device(**values)
