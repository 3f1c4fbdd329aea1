"""Devices that have not proved that they can call for help, tests of them, and what is shelved."""

from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy import Connection

from alarms import commissioning
from alarms.commissioning import State
from alarms.lifecycle.states import Overlay
from alarms.pauses import control
from alarms.pauses.book import Pause
from api.asking import needs
from api.context import Context, InContext
from api.errors import NoResponderError
from api.fields import Id, Limit, Listing, Number, Text
from api.identity.caller import Caller
from api.identity.roles import Permission
from api.reads import pauses
from rules.base import Scope

router = APIRouter(tags=["commissioning"])
_SINCE = "2026-01-12T09:00:00Z"
_EXAMPLE: dict[str, Any] = {
    "device_id": "pendant-7",
    "kind": "pendant",
    "home_id": "home-7",
    "room": "",
    "team_id": "north",
    "since": _SINCE,
    "state": "heard",
    "last_seen_at": _SINCE,
    "pressed_at": None,
}
_PAUSED: dict[str, Any] = {
    "id": 3,
    "kind": "test",
    "scope": "device",
    "subject": "pendant-7",
    "devices": ["pendant-7"],
    "from_at": _SINCE,
    "until_at": "2026-01-12T09:15:00Z",
    "reason": "fitting",
    "responder_id": "tor",
}
_WHAT: dict[str, Any] = {"scope": "device", "subject": "pendant-7", "minutes": 15, "reason": "fitting"}


class Untested(BaseModel):
    """A device that can call for help and was not tested to a phone and back where it serves now, since ``since``."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_EXAMPLE]})

    device_id: str
    kind: str
    home_id: str
    room: str
    team_id: str
    since: datetime
    state: State
    last_seen_at: datetime | None
    pressed_at: datetime | None


class Wanted(BaseModel):
    """What is to be paused, for how long and why."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_WHAT]})

    scope: Scope
    subject: Id
    minutes: float = Field(gt=0, le=1440, allow_inf_nan=False)
    reason: Annotated[Text, StringConstraints(min_length=1)]


class CurrentPause(BaseModel):
    """A pause that holds now. ``devices`` are those under test; ``responder_id`` is whose pause it is."""

    model_config = ConfigDict(json_schema_extra={"examples": [_PAUSED]})

    id: int
    kind: Overlay
    scope: Scope
    subject: str
    devices: list[str]
    from_at: datetime
    until_at: datetime
    reason: str
    responder_id: str


@router.get("/untested-devices", summary="Devices not in service")
async def list_untested_devices(
    context: InContext, _caller: Annotated[Caller, needs(Permission.DEVICES_READ)], limit: Limit = 50
) -> Listing[Untested]:
    """Devices that can call for help and have not proved it, the oldest first. Their presses alarm all the same."""
    rows = await context.database.read(commissioning.untested)
    return Listing(items=[Untested.model_validate(row) for row in rows[:limit]])


@router.get("/pauses", summary="What is paused")
async def list_pauses(
    context: InContext, caller: Annotated[Caller, needs(Permission.ON_CALL_READ)], limit: Limit = 50
) -> Listing[CurrentPause]:
    """Tests that hold now, and to those who may shelve also what is shelved and why, which is logged as a look."""
    now = context.clock.now()
    found = await pauses.current(context.database, caller, now)
    return Listing(items=[_shown(one) for one in found[:limit]])


@router.post("/tests", summary="Begin a test", status_code=201)
async def begin_test(
    context: InContext, caller: Annotated[Caller, needs(Permission.DEVICES_ADOPT)], wanted: Wanted
) -> CurrentPause:
    """For at most 30 minutes, what these devices say pages you alone. Other devices of the home call as ever.

    A press that you have not answered at the end is a real alarm from then on.
    """
    return await _begin(context, caller, wanted, control.begin_test)


@router.post("/shelvings", summary="Shelve a home, a resident or a device", status_code=201)
async def begin_shelving(
    context: InContext, caller: Annotated[Caller, needs(Permission.ALARMS_SHELVE)], wanted: Wanted
) -> CurrentPause:
    """For at most 24 hours its care and technical alarms wait; they are told when it ends. Never life safety."""
    return await _begin(context, caller, wanted, control.begin_shelving)


@router.post("/pauses/{pause_id}/end", summary="End a pause", status_code=204)
async def end_pause(
    context: InContext, caller: Annotated[Caller, needs(Permission.ON_CALL_READ)], pause_id: Number
) -> None:
    """End a test or a shelving before its time. The holder of a test says with it that all its alarms were tests."""
    responder, now = _responder(caller), context.clock.now()
    await context.database.write(
        lambda connection: control.end(connection, pause_id, responder, now, settings=context.desk)
    )


async def _begin(context: Context, caller: Caller, wanted: Wanted, how: Any) -> CurrentPause:
    now = context.clock.now()
    work = partial(
        how,
        scope=wanted.scope,
        subject=wanted.subject,
        responder_id=_responder(caller),
        until=now + timedelta(minutes=wanted.minutes),
        reason=wanted.reason,
        now=now,
        settings=context.desk,
    )

    def begin(connection: Connection) -> Pause:
        begun: Pause = work(connection)
        return begun

    return _shown(await context.database.write(begin))


def _responder(caller: Caller) -> str:
    if caller.responder_id is None:
        raise NoResponderError
    return caller.responder_id


def _shown(found: Pause) -> CurrentPause:
    return CurrentPause(**msgspec.structs.asdict(found) | {"devices": sorted(found.devices)})
