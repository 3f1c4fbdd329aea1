"""The stream that consoles follow."""

from collections.abc import AsyncIterable
from typing import Annotated

from fastapi import APIRouter, Header, Query
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import Field

from api.asking import needs
from api.context import InContext
from api.fields import LARGEST
from api.identity.caller import Caller
from api.identity.roles import Permission
from api.metrics import STREAMS

router = APIRouter(prefix="/events", tags=["events"])
Seq = Annotated[int, Field(ge=0, le=LARGEST)]


@router.get("", summary="Follow alarm events", response_class=EventSourceResponse)
async def follow(
    context: InContext,
    caller: Annotated[Caller, needs(Permission.ALARMS_READ)],
    last_event_id: Annotated[Seq | None, Header(description="Number of the last event that was received.")] = None,
    after: Annotated[Seq | None, Query(description="The same, for clients that cannot set the header.")] = None,
) -> AsyncIterable[ServerSentEvent]:
    """Server-sent events of the alarms of the caller's teams, in order, from the database.

    `hello` comes first; `alarm` says that something happened to one; `ping` comes every two seconds;
    `signed_out` comes last, when the session is over. Reconnecting with the last id misses nothing.
    """
    begin = after if last_event_id is None else last_event_id
    STREAMS.inc()
    try:
        async for event in context.streams.follow(context.database, context.clock, caller, begin):
            yield event
    finally:
        STREAMS.dec()
