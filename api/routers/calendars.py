"""Duty as calendars that programs subscribe to, with a password of their own; never with a secret in the address."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Response

from alarms.oncall.ical import calendar
from api.context import Context, InContext
from api.errors import NotFoundError
from api.fields import Id
from api.identity.caller import Caller
from api.identity.roles import Permission
from api.reads import duty as reads
from api.subscribing import needs_calendar

router = APIRouter(prefix="/on-call", tags=["on-call"])
Reader = Annotated[Caller, needs_calendar(Permission.ON_CALL_READ)]
_ICAL: Final = "text/calendar"
_CALENDAR: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "iCalendar (RFC 5545)", "content": {_ICAL: {"schema": {"type": "string"}}}}
}


@router.get(
    "/teams/{team_id}.ics", summary="Shifts of a team as a calendar", response_class=Response, responses=_CALENDAR
)
async def team_calendar(context: InContext, caller: Reader, team_id: Id) -> Response:
    """A week back and 90 days ahead, in UTC."""
    if caller.teams is not None and team_id not in caller.teams:
        raise NotFoundError
    now = context.clock.now()
    found = await context.database.read(lambda connection: reads.team_events(connection, team_id, now, caller.language))
    if found is None:
        raise NotFoundError
    return Response(calendar(*found, now), media_type=_ICAL)


@router.get("/me.ics", summary="My own shifts as a calendar", response_class=Response, responses=_CALENDAR)
async def own_calendar(context: InContext, caller: Reader) -> Response:
    """A week back and 90 days ahead, in UTC, in every team."""
    return await _personal(context, caller.responder_id, caller.language)


@router.get(
    "/people/{responder_id}.ics",
    summary="Shifts of a person as a calendar",
    response_class=Response,
    responses=_CALENDAR,
)
async def personal_calendar(context: InContext, caller: Reader, responder_id: Id) -> Response:
    """A responder may fetch the own calendar only."""
    if caller.teams is not None and responder_id != caller.responder_id:
        raise NotFoundError
    return await _personal(context, responder_id, caller.language)


async def _personal(context: Context, responder_id: str | None, language: str) -> Response:
    now = context.clock.now()
    found = await context.database.read(
        lambda connection: reads.own_events(connection, responder_id or "", now, language)
    )
    if found is None:
        raise NotFoundError
    return Response(calendar(*found, now), media_type=_ICAL)
