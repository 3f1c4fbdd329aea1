"""The page on which a technician gives a device its name and password at the broker, and takes them back."""

from datetime import timedelta
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection

from alarms import identities
from api.asking import needs
from api.context import InContext
from api.errors import NotFoundError
from api.fields import Id
from api.identity.caller import Caller
from api.identity.roles import Permission
from api.pages.view import page
from api.reads import devices
from api.routers.identities import OVERLAP_H
from devices import identity
from devices.identity import Given, NoIdentityError, UnsafeAddressError

router = APIRouter(include_in_schema=False)
Installer = Annotated[Caller, needs(Permission.DEVICES_ADOPT)]
_OVERLAP: Final = timedelta(hours=OVERLAP_H)


@router.get("/devices/{device_id}/identity")
async def identity_page(context: InContext, request: Request, caller: Installer, device_id: Id) -> Response:
    values = await context.database.read(lambda connection: _standing(connection, device_id))
    return page(request, "device_identity.html", values, caller=caller)


@router.post("/devices/{device_id}/identity/{what}")
async def change_identity(
    context: InContext, request: Request, caller: Installer, device_id: Id, what: Literal["give", "rotate", "revoke"]
) -> Response:
    now, by = context.clock.now(), caller.login

    def work(connection: Connection) -> dict[str, Any]:
        given: Given | None = None
        if what == "give":
            given = identities.give(connection, device_id, by=by, now=now)
        elif what == "rotate":
            given = identities.rotate(connection, device_id, by=by, overlap=_OVERLAP, now=now)
        else:
            identities.revoke(connection, device_id, by=by, now=now)
        return _standing(connection, device_id) | {"given": given}

    try:
        values = await context.database.write(work)
    except (NoIdentityError, UnsafeAddressError) as error:
        values = await context.database.read(lambda connection: _standing(connection, device_id))
        values["refused"] = "unsafe" if isinstance(error, UnsafeAddressError) else "none"
    return page(request, "device_identity.html", values, caller=caller, status=409 if values["refused"] else 200)


def _standing(connection: Connection, device_id: str) -> dict[str, Any]:
    rows = devices.listed(connection, after=None, limit=1, device_id=device_id)
    if not rows:
        raise NotFoundError
    try:
        held = identity.of_device(connection, device_id)
    except NoIdentityError:
        held = None
    return {"device": rows[0], "held": held, "given": None, "refused": ""}
