"""Homes that are shown in a Home Assistant of their own, for whoever notes what a home has said yes to."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from api import showing
from api.asking import needs
from api.context import InContext
from api.fields import Cursor, Id, Limit, Listing, cursor_of, key_of
from api.identity.caller import Caller
from api.identity.roles import Permission
from devices import sharing
from devices.sharing import Shared

router = APIRouter(tags=["devices"])
Installer = Annotated[Caller, needs(Permission.DEVICES_ADOPT)]
Reader = Annotated[Caller, needs(Permission.DEVICES_READ)]
_AGREED: dict[str, Any] = {"residents": ["resident-7"], "health": False, "language": "sv"}
_SHOWN: dict[str, Any] = {
    **_AGREED,
    "home_id": "home-7",
    "resident_count": 1,
    "since_at": "2026-01-13T01:30:00Z",
    "user": "home-assistant-home-7",
    "discovery_prefix": "hemvakt/ha/home-7",
}


class Agreed(BaseModel):
    """What a home has said yes to. ``residents`` said so for themselves; ``health`` is a yes to measured values."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_AGREED]})

    residents: list[Id] = Field(default=[], max_length=50)
    health: bool = False
    language: Literal["sv", "en"] = "sv"


class ShownHome(BaseModel):
    """A home that is shown. ``residents`` is null for a caller who may not know who lives where.

    ``user`` is that of its Home Assistant at the broker. Nothing is shown where the installation runs without
    HEMVAKT_HOME_ASSISTANT.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_SHOWN]})

    home_id: str
    residents: list[str] | None
    resident_count: int
    health: bool
    language: str
    since_at: datetime
    user: str
    discovery_prefix: str


class NewlyShownHome(ShownHome):
    """A home with the password of its Home Assistant, which is shown this once and stored nowhere."""

    model_config = ConfigDict(json_schema_extra={"examples": [_SHOWN | {"password": "shown-this-once"}]})

    password: str


@router.get("/shown-homes", summary="List homes that are shown in Home Assistant")
async def list_shown_homes(
    context: InContext, caller: Reader, limit: Limit = 50, cursor: Cursor = None
) -> Listing[ShownHome]:
    """Homes that said yes, by id. Where residents are named, the look is logged."""
    now, after = context.clock.now(), key_of(cursor) if cursor else ""

    def work(connection: Connection) -> list[Shared]:
        found = sharing.going_on(connection, after=after, limit=limit)
        showing.read(connection, caller, now, found)
        return found

    items = [ShownHome(**_shown(one, caller)) for one in await context.database.write(work)]
    return Listing(items=items, next=cursor_of(items[-1].home_id) if len(items) == limit else None)


@router.get("/homes/{home_id}/home-assistant", summary="What is shown of a home")
async def read_shown_home(context: InContext, caller: Reader, home_id: Id) -> ShownHome:
    """What a home has said yes to. Where residents are named, the look is logged."""
    now = context.clock.now()

    def work(connection: Connection) -> Shared:
        found = sharing.of_home(connection, home_id)
        showing.read(connection, caller, now, [found])
        return found

    return ShownHome(**_shown(await context.database.write(work), caller))


@router.post("/homes/{home_id}/home-assistant", summary="Show a home in Home Assistant", status_code=201)
async def show_home(context: InContext, caller: Installer, home_id: Id, agreed: Agreed) -> NewlyShownHome:
    """From now on, with a new password. What the home agreed to before is replaced, and its former password void."""
    now = context.clock.now()

    def work(connection: Connection) -> NewlyShownHome:
        password = showing.switch_on(connection, caller, now, home_id, **agreed.model_dump())
        return NewlyShownHome(**_shown(sharing.of_home(connection, home_id), caller), password=password)

    return await context.database.write(work)


@router.delete("/homes/{home_id}/home-assistant", summary="Show a home no more", status_code=204)
async def end_shown_home(context: InContext, caller: Installer, home_id: Id) -> Response:
    """What stands at the broker is taken away within seconds, and the home's Home Assistant is cut off."""
    now = context.clock.now()
    await context.database.write(lambda connection: showing.switch_off(connection, caller, now, home_id))
    return Response(status_code=204)


@router.put("/homes/{home_id}/home-assistant/residents/{resident_id}", summary="Show a resident in Home Assistant")
async def show_resident(context: InContext, caller: Installer, home_id: Id, resident_id: Id) -> ShownHome:
    """Somebody in a home that is shown has said yes too. The password of the home stays."""
    now = context.clock.now()

    def work(connection: Connection) -> Shared:
        showing.include(connection, caller, now, home_id, resident_id)
        return sharing.of_home(connection, home_id)

    return ShownHome(**_shown(await context.database.write(work), caller))


@router.delete("/homes/{home_id}/home-assistant/residents/{resident_id}", summary="Show a resident no more")
async def end_shown_resident(context: InContext, caller: Installer, home_id: Id, resident_id: Id) -> ShownHome:
    """What serves this resident alone is taken away within seconds; the rest of the home goes on."""
    now = context.clock.now()

    def work(connection: Connection) -> Shared:
        showing.leave_out(connection, caller, now, home_id, resident_id)
        return sharing.of_home(connection, home_id)

    return ShownHome(**_shown(await context.database.write(work), caller))


def _shown(one: Shared, caller: Caller) -> dict[str, Any]:
    return {
        "home_id": one.home_id,
        "residents": list(one.residents) if caller.may(Permission.RESIDENTS_READ) else None,
        "resident_count": len(one.residents),
        "health": one.health,
        "language": one.language,
        "since_at": one.since_at,
        "user": sharing.user_name(one.home_id),
        "discovery_prefix": sharing.prefix(one.home_id),
    }
