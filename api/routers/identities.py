"""Names and passwords of devices at the broker, for whoever installs devices."""

from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from alarms import identities
from api.asking import needs
from api.context import InContext
from api.fields import Cursor, Id, Limit, Listing, cursor_of, key_of
from api.identity.caller import Caller
from api.identity.roles import Permission
from devices import identity
from devices.identity import Listed

router = APIRouter(tags=["devices"])
Installer = Annotated[Caller, needs(Permission.DEVICES_ADOPT)]
Reader = Annotated[Caller, needs(Permission.DEVICES_READ)]

#: A week: a device in a home is visited within that time.
OVERLAP_H = 168.0
_HELD: dict[str, Any] = {
    "device_id": "hub-1",
    "user": "device-hub-1~2",
    "created_at": "2026-01-13T01:30:00Z",
    "former_user": "device-hub-1",
    "former_until": "2026-01-20T01:30:00Z",
}


class DeviceIdentity(BaseModel):
    """The name that a device has at the broker, and since when its password holds.

    ``former_user`` is the name it had before, good until ``former_until``; null where there is none.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_HELD]})

    device_id: str
    user: str
    created_at: datetime
    former_user: str | None
    former_until: datetime | None


class GivenIdentity(DeviceIdentity):
    """An identity with its password, which is shown this once and stored nowhere."""

    model_config = ConfigDict(json_schema_extra={"examples": [_HELD | {"password": "shown-this-once"}]})

    password: str


class Rotation(BaseModel):
    """For how many hours the former name and password go on, at most 90 days."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"overlap_hours": OVERLAP_H}]})

    overlap_hours: float = Field(default=OVERLAP_H, ge=0.1, le=24 * 90, allow_inf_nan=False)


@router.get("/device-identities", summary="List identities of devices")
async def list_device_identities(
    context: InContext, _caller: Reader, limit: Limit = 50, cursor: Cursor = None
) -> Listing[DeviceIdentity]:
    """Devices that have a name and password of their own at the broker, by id."""
    after = key_of(cursor) if cursor else ""
    rows = await context.database.read(lambda connection: identity.listed(connection, after=after, limit=limit))
    items = [DeviceIdentity(**_held(row)) for row in rows]
    return Listing(items=items, next=cursor_of(items[-1].device_id) if len(items) == limit else None)


@router.get("/devices/{device_id}/identity", summary="Identity of a device")
async def read_device_identity(context: InContext, _caller: Reader, device_id: Id) -> DeviceIdentity:
    """The name of a device at the broker; never its password."""
    row = await context.database.read(lambda connection: identity.of_device(connection, device_id))
    return DeviceIdentity(**_held(row))


@router.post("/devices/{device_id}/identity", summary="Give a device a password", status_code=201)
async def give_device_identity(context: InContext, caller: Installer, device_id: Id) -> GivenIdentity:
    """A new password under the name that the device has; the former one is void at once."""
    now = context.clock.now()

    def work(connection: Any) -> GivenIdentity:
        given = identities.give(connection, device_id, by=caller.login, now=now)
        return GivenIdentity(**_held(identity.of_device(connection, device_id)), password=given.password)

    return await context.database.write(work)


@router.post("/devices/{device_id}/identity/rotation", summary="Rotate a device's name and password", status_code=201)
async def rotate_device_identity(
    context: InContext, caller: Installer, device_id: Id, rotation: Rotation
) -> GivenIdentity:
    """Another name and password; the former go on for a while, so that a device in the field is never locked out."""
    now, overlap = context.clock.now(), timedelta(hours=rotation.overlap_hours)

    def work(connection: Any) -> GivenIdentity:
        given = identities.rotate(connection, device_id, by=caller.login, overlap=overlap, now=now)
        return GivenIdentity(**_held(identity.of_device(connection, device_id)), password=given.password)

    return await context.database.write(work)


@router.delete("/devices/{device_id}/identity", summary="Void a device's password", status_code=204)
async def revoke_device_identity(context: InContext, caller: Installer, device_id: Id) -> Response:
    """It is cut off within seconds, a former name too, and cannot come back until it is given a new password."""
    now = context.clock.now()
    await context.database.write(lambda connection: identities.revoke(connection, device_id, by=caller.login, now=now))
    return Response(status_code=204)


def _held(row: Listed) -> dict[str, Any]:
    values = msgspec.structs.asdict(row)
    return values | {"device_id": values.pop("device"), "former_user": row.former_user or None}
