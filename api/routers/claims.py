"""Labels of devices, and what a technician does on site with the code on one."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, StringConstraints
from sqlalchemy import Connection, RowMapping, or_, select

from alarms import audit
from api.asking import needs
from api.context import Context, InContext
from api.fields import Id, Listing
from api.identity.caller import Caller
from api.identity.roles import Permission
from api.reads import devices as reads
from api.routers.devices import Device, Room, shown_device
from devices import claims, label
from devices.claims import Claim
from devices.registry import Placement
from store.tables import area, home

router = APIRouter(tags=["devices"])
Code = Annotated[str, StringConstraints(min_length=1, max_length=64, strip_whitespace=True)]
_CODE = "7K3M-0QXZ-4TBD-91HW-PV6C"
_MOST = 20


class Label(BaseModel):
    """A label to print. Its code is shown this once; it can be used once, until ``until_at``, by who is signed in."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "device_id": "pendant-7",
                    "code": _CODE,
                    "link": f"https://hemvakt.example.org/claim#{_CODE}",
                    "until_at": "2026-02-12T01:30:00Z",
                    "svg": "<svg/>",
                }
            ]
        }
    )

    device_id: str
    code: str
    link: str
    until_at: datetime
    svg: str


class Shown(BaseModel):
    """A code as it was scanned or typed."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"code": _CODE}]})

    code: Code


class Claimed(BaseModel):
    """A code, and where its device is to serve."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"code": _CODE, "home_id": "home-7", "resident_id": None, "room": "hall"}]},
    )

    code: Code
    home_id: Id
    resident_id: Id | None = None
    room: Room = ""


class Place(BaseModel):
    """A home to choose."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={"examples": [{"id": "home-7", "address": "Storgatan 7", "area_name": "Norra"}]},
    )

    id: str
    address: str
    area_name: str


@router.post("/devices/{device_id}/label", summary="Make a label", status_code=201)
async def make_label(
    context: InContext, caller: Annotated[Caller, needs(Permission.DEVICES_ADOPT)], device_id: Id
) -> Label:
    """A QR code with a new claim code for a device; labels made before stop working."""
    return await label_of(context, caller, device_id)


@router.post("/claims/look", summary="Whose code is this?")
async def look_at_claim(
    context: InContext, caller: Annotated[Caller, needs(Permission.DEVICES_ADOPT)], said: Shown
) -> Device:
    """The device that has this code. The code is not used by that."""
    now = context.clock.now()

    def read(connection: Connection) -> RowMapping:
        return _device(connection, claims.device_of(connection, said.code, now))

    return shown_device(await context.database.read(read), caller)


@router.post("/claims", summary="Claim a device on site", status_code=201)
async def claim_device(
    context: InContext, caller: Annotated[Caller, needs(Permission.DEVICES_ADOPT)], claimed: Claimed
) -> Device:
    """Let the device serve a home from now on. The code is void after that; test the device next."""
    now = context.clock.now()
    place = Placement(home=claimed.home_id, resident=claimed.resident_id or "", room=claimed.room)

    def work(connection: Connection) -> RowMapping:
        device_id = claims.use(connection, claimed.code, place, now)
        _note(connection, caller, now, "device_claimed", device=device_id, home=claimed.home_id)
        return _device(connection, device_id)

    return shown_device(await context.database.write(work), caller)


@router.get("/homes", summary="Find a home")
async def find_homes(
    context: InContext,
    _caller: Annotated[Caller, needs(Permission.DEVICES_ADOPT)],
    q: Annotated[str, Query(min_length=1, max_length=64, pattern=r"^[^\x00]*$")],
) -> Listing[Place]:
    """Up to 20 homes whose name or address holds ``q``, for whoever installs a device there."""
    words = select(home.c.id, home.c.address, area.c.name.label("area_name")).join(area).where(home.c.active)
    found = or_(home.c.id.contains(q, autoescape=True), home.c.address.icontains(q, autoescape=True))
    rows = await context.database.read(
        lambda connection: connection.execute(words.where(found).order_by(home.c.address, home.c.id).limit(_MOST)).all()
    )
    return Listing(items=[Place.model_validate(row) for row in rows])


async def label_of(context: Context, caller: Caller, device_id: str) -> Label:
    """Make a code and draw its label. Raises NoSuchDeviceError."""
    now = context.clock.now()

    def work(connection: Connection) -> Claim:
        made = claims.issue(connection, device_id, now)
        _note(connection, caller, now, "device_labelled", device=device_id)
        return made

    made = await context.database.write(work)
    link = claims.link(context.settings.base_url, made.code)
    return Label(device_id=device_id, code=made.code, link=link, until_at=made.until_at, svg=label.svg(made, link))


def _device(connection: Connection, device_id: str) -> RowMapping:
    return reads.listed(connection, after=None, limit=1, device_id=device_id)[0]


def _note(connection: Connection, caller: Caller, now: datetime, action: str, **detail: Any) -> None:
    audit.append(connection, at=now, actor_kind="account", actor=caller.login, action=action, detail=detail)
