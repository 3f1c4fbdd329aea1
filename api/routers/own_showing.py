"""What a Home Assistant is shown of oneself, and the resident's no to it."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection

from api import showing
from api.asking import needs
from api.context import InContext
from api.fields import Listing
from api.identity.caller import Caller
from api.identity.roles import Permission
from api.reads import own

router = APIRouter(prefix="/me", tags=["account"])
_EXAMPLE: dict[str, Any] = {
    "resident_id": "resident-7",
    "home": True,
    "person": True,
    "health": False,
    "since_at": "2026-01-13T01:30:00Z",
}


class OwnShowing(BaseModel):
    """What is shown in the home's own Home Assistant: the ``home``, what serves this ``person`` alone, and values.

    ``health`` says whether measured values are part of it. ``since_at`` is null where nothing is shown.
    """

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_EXAMPLE]})

    resident_id: str
    home: bool
    person: bool
    health: bool
    since_at: datetime | None


@router.get("/home-assistant", summary="What Home Assistant is shown of me")
async def read_own_showing(
    context: InContext, caller: Annotated[Caller, needs(Permission.OWN_DATA_READ)]
) -> Listing[OwnShowing]:
    """For each resident of the account. The look is logged."""
    now = context.clock.now()

    def work(connection: Connection) -> list[own.Showing]:
        people = own.look(connection, caller, now)
        return [own.showing(connection, person) for person in people]

    return Listing(items=[OwnShowing.model_validate(one) for one in await context.database.write(work)])


@router.delete("/home-assistant", summary="Show me no more in Home Assistant", status_code=204)
async def end_own_showing(context: InContext, caller: Annotated[Caller, needs(Permission.OWN_SHOWING_END)]) -> Response:
    """It is gone within seconds. Of a shared home only what serves the resident alone, else all of it."""
    now = context.clock.now()
    await context.database.write(lambda connection: showing.withdraw(connection, caller, now))
    return Response(status_code=204)
