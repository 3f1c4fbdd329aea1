"""The page of a resident, or of somebody who may act for one: own alarms and values, limits, and who has looked."""

from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection
from starlette.responses import RedirectResponse

from alarms.lifecycle.outcomes import LABELS
from api import showing
from api.asking import needs
from api.context import InContext
from api.identity.caller import Caller
from api.identity.roles import Permission
from api.pages.view import page, words_for
from api.reads import own
from api.routers.own import OwnData, collected
from devices.sharing import NotSharedError

router = APIRouter(include_in_schema=False)
_LOOKS, _VALUES, _ALARMS = 100, 30, 30


@router.get("/my-data")
async def my_data_page(
    context: InContext, request: Request, caller: Annotated[Caller, needs(Permission.OWN_DATA_READ)]
) -> Response:
    people = await collected(context, caller)

    def looked(connection: Connection) -> tuple[dict[str, own.Rows], list[own.Showing]]:
        rows = own.residents_of(connection, caller)
        looks = {row["id"]: own.looks(connection, row, before=None, limit=_LOOKS) for row in rows}
        return looks, [own.showing(connection, row) for row in rows]

    looks, showings = await context.database.read(looked)
    values = {
        "people": [(one, _values(one), one.alarms[:_ALARMS], looks[one.id]) for one in people],
        "showings": {one.resident_id: one for one in showings},
        "may_end_showing": caller.may(Permission.OWN_SHOWING_END),
        "outcomes": LABELS[words_for(request, caller).language],
        "may_export": caller.may(Permission.OWN_DATA_EXPORT),
    }
    return page(request, "my_data.html", values, caller=caller)


@router.post("/my-data/home-assistant")
async def end_own_showing(context: InContext, caller: Annotated[Caller, needs(Permission.OWN_SHOWING_END)]) -> Response:
    now = context.clock.now()
    # Pressed twice, the second finds nothing left to end: what was wanted is so.
    with suppress(NotSharedError):
        await context.database.write(lambda connection: showing.withdraw(connection, caller, now))
    return RedirectResponse("/my-data", 303)


def _values(one: OwnData) -> list[dict[str, object]]:
    return [row.model_dump() for row in one.measurements[:_VALUES]]
