"""What is said to devices: to be found, to change their settings, to name their program."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from api.asking import needs
from api.context import InContext
from api.errors import NotFoundError
from api.fields import Id, Listing
from api.identity.caller import Caller
from api.identity.roles import Permission
from devices.downlink import asking, settings
from devices.downlink.settings import Settings, Standing

router = APIRouter(tags=["devices"])
_WANTED: dict[str, Any] = {"heartbeat_s": 300, "volume": 80, "language": "sv"}


class Search(BaseModel):
    """For how many seconds the device buzzes and blinks."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"for_s": 30}]})

    for_s: int = Field(default=30, ge=1, le=asking.LONGEST_S)


class WantedSettings(BaseModel):
    """Settings of a device. What is left out, or null, stays as it is."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_WANTED]})

    heartbeat_s: int | None = Field(default=None, ge=10, le=86_400, description="Seconds between two heartbeats.")
    volume: int | None = Field(default=None, ge=0, le=100, description="Per cent of the loudest.")
    language: Literal["sv", "en"] | None = None


class DeviceSettings(BaseModel):
    """What a device was told last. ``confirmed_at`` is null until the device goes by this version."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"version": 3, **_WANTED, "confirmed_at": "2026-01-13T01:28:00Z"}]}
    )

    version: int
    heartbeat_s: int | None
    volume: int | None
    language: str | None
    confirmed_at: datetime | None


class FirmwareVersion(BaseModel):
    """How many devices of a kind and model run a program; ``firmware`` is empty for those that never said."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={"examples": [{"kind": "pendant", "model": "", "firmware": "2.4.1", "devices": 412}]},
    )

    kind: str
    model: str
    firmware: str
    devices: int


@router.post("/devices/{device_id}/find", summary="Find a device", status_code=202)
async def find_device(
    context: InContext, _caller: Annotated[Caller, needs(Permission.DEVICES_ADOPT)], device_id: Id, search: Search
) -> Search:
    """Let a device buzz and blink. One that cannot be told within a minute stays quiet."""
    now = context.clock.now()
    await context.database.write(lambda connection: asking.find(connection, device_id, search.for_s, now))
    return search


@router.get("/devices/{device_id}/settings", summary="Settings of a device")
async def read_device_settings(
    context: InContext, _caller: Annotated[Caller, needs(Permission.DEVICES_READ)], device_id: Id
) -> DeviceSettings:
    """The newest settings that were sent to a device, and whether it goes by them."""
    found = await context.database.read(lambda connection: settings.standing(connection, device_id))
    if found is None:
        raise NotFoundError
    return _shown(found)


@router.post("/devices/{device_id}/settings", summary="Change settings of a device", status_code=202)
async def change_device_settings(
    context: InContext,
    _caller: Annotated[Caller, needs(Permission.DEVICES_ADOPT)],
    device_id: Id,
    wanted: WantedSettings,
) -> DeviceSettings:
    """Send settings to a device until it confirms them; the newest win."""
    now = context.clock.now()

    def work(connection: Connection) -> Standing:
        return settings.change(connection, device_id, Settings(**wanted.model_dump()), now)

    return _shown(await context.database.write(work))


@router.get("/firmware-versions", summary="Programs of devices")
async def list_firmware_versions(
    context: InContext, _caller: Annotated[Caller, needs(Permission.DEVICES_READ)]
) -> Listing[FirmwareVersion]:
    """Which programs run on how many devices, by kind and model."""
    rows = await context.database.read(asking.versions)
    return Listing(items=[FirmwareVersion.model_validate(row) for row in rows])


def _shown(found: Standing) -> DeviceSettings:
    held = msgspec.structs.asdict(found.settings)
    return DeviceSettings(version=found.version, confirmed_at=found.confirmed_at, **held)
