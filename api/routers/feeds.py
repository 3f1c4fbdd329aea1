"""Passwords with which the caller's calendar programs read calendars, and nothing else."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.asking import needs
from api.context import InContext
from api.fields import Id, Listing
from api.identity import feeds
from api.identity.caller import Caller
from api.identity.roles import Permission

router = APIRouter(prefix="/me/calendar-feeds", tags=["account"])
Reader = Annotated[Caller, needs(Permission.ON_CALL_READ)]
_PATH = "/api/v1/on-call/me.ics"
_FEED: dict[str, Any] = {
    "id": "5f0c6f4d8e0b4c2f9d1a3b5c7e9f1a2b",
    "name": "My telephone",
    "created_at": "2026-01-13T01:30:00Z",
    "used_at": None,
}


class NewFeed(BaseModel):
    """What the caller calls the program."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"name": "My telephone"}]})

    name: Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00]*$", strip_whitespace=True)]


class CalendarFeed(BaseModel):
    """A calendar program; ``used_at`` is exact to a day."""

    model_config = ConfigDict(json_schema_extra={"examples": [_FEED]})

    id: str
    name: str
    created_at: datetime
    used_at: datetime | None


class FeedPassword(CalendarFeed):
    """What to type into the program. The password is shown this once."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                _FEED
                | {
                    "address": "https://hemvakt.example/api/v1/on-call/me.ics",
                    "user": "anna",
                    "password": "aaaaa-bbbbb-ccccc-ddddd-eeeee",
                }
            ]
        }
    )

    address: str
    user: str
    password: str = Field(description="Reads calendars in the caller's name and nothing else.")


@router.get("", summary="List my calendar programs")
async def list_feeds(context: InContext, caller: Reader) -> Listing[CalendarFeed]:
    """Those whose password works, the oldest first."""
    found = await context.database.read(lambda connection: feeds.listed(connection, caller.account_id))
    return Listing(items=[CalendarFeed(**msgspec.structs.asdict(one)) for one in found])


@router.post("", summary="Let a calendar program read my shifts", status_code=201)
async def create_feed(context: InContext, caller: Reader, body: NewFeed) -> FeedPassword:
    """Make a password for one program, for HTTP Basic with the login. At most ten."""
    now = context.clock.now()
    feed, password = await context.database.write(
        lambda connection: feeds.create(connection, caller.account_id, body.name, now)
    )
    address = context.settings.base_url.rstrip("/") + _PATH
    return FeedPassword(**msgspec.structs.asdict(feed), address=address, user=caller.login, password=password)


@router.delete("/{feed_id}", summary="Revoke the password of a calendar program", status_code=204)
async def revoke_feed(context: InContext, caller: Reader, feed_id: Id) -> Response:
    """It stops working at once."""
    now = context.clock.now()
    await context.database.write(lambda connection: feeds.revoke(connection, caller.account_id, feed_id, now))
    return Response(status_code=204)
