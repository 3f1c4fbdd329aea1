"""The page on which a responder sees how they are reached, proves that it works, and lets this browser notify them."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from alarms.channel import stored
from alarms.channels.push import settings_of
from alarms.contacts.repository import contacts_of
from api.asking import needs
from api.context import InContext
from api.identity.caller import Caller
from api.identity.roles import Permission
from api.pages.view import page
from api.routers.contacts import shown

router = APIRouter(include_in_schema=False)


@router.get("/contacts")
async def contacts_page(
    context: InContext, request: Request, caller: Annotated[Caller, needs(Permission.SELF)]
) -> Response:
    responder = caller.responder_id
    found = [] if responder is None else await context.database.read(lambda c: contacts_of(c, responder))
    values = {
        "contacts": [one for one in found if one.channel not in stored()],
        "shown": shown,
        "is_responder": responder is not None,
        "push": settings_of(context.desk) is not None,
    }
    return page(request, "contacts.html", values, caller=caller)
