"""Devices that are taken out of use."""

from datetime import datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, StringConstraints

from alarms import decommissioning
from api.asking import needs
from api.context import InContext
from api.fields import Id, Text
from api.identity.caller import Caller
from api.identity.roles import Permission

router = APIRouter(tags=["devices"])


class Leaving(BaseModel):
    """Why a device goes. ``leave_without`` says that somebody may be left with nothing that calls for help."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"reason": "moved out", "leave_without": False}]}
    )

    reason: Annotated[Text, StringConstraints(min_length=1)]
    leave_without: bool = False


class Decommissioned(BaseModel):
    """What stays of a device: observations and messages until somebody deletes them, alarms for people to handle.

    ``left_without`` is how many people have nothing left to call with.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "device_id": "pendant-7",
                    "observations": 8120,
                    "messages": 8101,
                    "first_at": "2025-11-02T09:00:00Z",
                    "last_at": "2026-01-13T01:28:00Z",
                    "open_alarms": [],
                    "had_identity": True,
                    "left_without": 0,
                }
            ]
        },
    )

    device_id: str
    observations: int
    messages: int
    first_at: datetime | None
    last_at: datetime | None
    open_alarms: list[int]
    had_identity: bool
    left_without: int


@router.post("/devices/{device_id}/decommission", summary="Take a device out of use")
async def decommission_device(
    context: InContext, caller: Annotated[Caller, needs(Permission.DEVICES_ADOPT)], device_id: Id, leaving: Leaving
) -> Decommissioned:
    """It serves nobody from now on; its password and label are void. Refused where nothing is left to call with."""
    now = context.clock.now()
    gone = await context.database.write(
        lambda connection: decommissioning.decommission(
            connection,
            device_id,
            by=caller.login,
            reason=leaving.reason,
            leave_without=leaving.leave_without,
            now=now,
        )
    )
    # Who they are is not for everybody who installs devices.
    return Decommissioned(**msgspec.structs.asdict(gone) | {"left_without": len(gone.left_without)})
