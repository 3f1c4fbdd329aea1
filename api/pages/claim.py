"""The page behind the QR code of a device, and the page that prints one."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from api.asking import identify, needs
from api.context import InContext
from api.errors import NotSignedInError
from api.fields import Id
from api.identity.caller import Caller
from api.identity.roles import Permission
from api.pages.view import page
from api.routers.claims import label_of

router = APIRouter(include_in_schema=False)


@router.get("/claim")
async def claim_page(context: InContext, request: Request) -> Response:
    # Open to all, so that the code behind # is not lost on the way to the page where one signs in.
    try:
        caller = await identify(request, context)
    except NotSignedInError:
        caller = None
    may = caller is not None and caller.may(Permission.DEVICES_ADOPT)
    values = {"may_claim": may, "is_responder": caller is not None and caller.responder_id is not None}
    return page(request, "claim.html", values, caller=caller)


@router.post("/devices/{device_id}/label")
async def label_page(
    context: InContext,
    request: Request,
    caller: Annotated[Caller, needs(Permission.DEVICES_ADOPT)],
    device_id: Id,
) -> Response:
    return page(request, "label.html", {"label": await label_of(context, caller, device_id)}, caller=caller)
