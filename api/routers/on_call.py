"""Who is on duty now, and the shifts ahead."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from api.asking import needs
from api.context import InContext
from api.fields import Listing
from api.identity.caller import Caller
from api.identity.roles import Permission
from api.reads import on_call as reads

router = APIRouter(prefix="/on-call", tags=["on-call"])


class OnDuty(BaseModel):
    """A responder on a shift."""

    id: str
    name: str


class Shift(BaseModel):
    """A shift. ``area_id`` is null where it covers every area of its team."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "team_id": "north",
                    "team_name": "Norra",
                    "area_id": None,
                    "area_name": None,
                    "start": "2026-01-12T20:00:00Z",
                    "end": "2026-01-13T06:00:00Z",
                    "responders": [{"id": "anna", "name": "Anna Ek"}],
                    "standby": False,
                }
            ]
        }
    )

    team_id: str
    team_name: str
    area_id: str | None
    area_name: str | None
    start: datetime
    end: datetime
    responders: list[OnDuty]
    standby: bool = Field(description="They answer only where nobody of a lower layer is there.")


class Now(BaseModel):
    """Who is on duty. ``uncovered`` names the teams that have nobody, which is why they are listed at all."""

    at: datetime
    shifts: list[Shift]
    uncovered: list[str] = Field(description="Teams with nobody on duty.")


@router.get("", summary="Who is on duty now")
async def read_now(context: InContext, caller: Annotated[Caller, needs(Permission.ON_CALL_READ)]) -> Now:
    """The shifts that run now in the teams that the caller may see."""
    at = context.clock.now()
    turns, teams = await context.database.read(
        lambda connection: (reads.now(connection, caller, at), reads.teams(connection, caller))
    )
    covered = {turn.team_id for turn in turns if turn.responders}
    return Now(at=at, shifts=[_shown(turn) for turn in turns], uncovered=sorted(set(teams) - covered))


@router.get("/shifts", summary="Shifts ahead")
async def list_shifts(
    context: InContext,
    caller: Annotated[Caller, needs(Permission.ON_CALL_READ)],
    days: Annotated[int, Query(ge=1, le=31, description="How far ahead.")] = 7,
) -> Listing[Shift]:
    """The shifts from now on, by start."""
    start = context.clock.now()
    end = start + timedelta(days=days)
    turns = await context.database.read(lambda connection: reads.between(connection, caller, start, end))
    return Listing(items=[_shown(turn) for turn in sorted(turns, key=lambda turn: (turn.start, turn.team_id))])


def _shown(turn: reads.Turn) -> Shift:
    values = turn._asdict()
    return Shift(**values | {"responders": [OnDuty(id=one, name=name) for one, name in turn.responders]})
