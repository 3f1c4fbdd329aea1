"""Duty as coordinators work with it: overrides, swaps, absences, notes, coverage."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, TypeVar
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Response
from sqlalchemy import Connection, select

from alarms.oncall import entries
from alarms.oncall.coverage import coverage
from alarms.oncall.entries import Author, Desk, Exchange
from alarms.oncall.walltime import instant
from api.asking import needs
from api.context import Context, InContext
from api.errors import NotFoundError
from api.fields import Id, Listing
from api.identity.caller import Caller
from api.identity.roles import Permission
from api.reads import duty as reads
from api.routers.duty_models import (
    DutyEntry,
    Entered,
    HandOver,
    Missing,
    NewAbsence,
    NewNote,
    NewOverride,
    NewSwap,
    Span,
    missing,
    shown,
)
from store.tables import responder, team

router = APIRouter(prefix="/on-call", tags=["on-call"])
T = TypeVar("T")
Reader = Annotated[Caller, needs(Permission.ON_CALL_READ)]
Changer = Annotated[Caller, needs(Permission.ON_CALL_CHANGE)]
#: Notes may be about residents, so they are for those who may read about them.
Noter = Annotated[Caller, needs(Permission.HEALTH_READ)]


@router.get("/entries", summary="Overrides, swaps and absences ahead")
async def list_entries(context: InContext, caller: Reader) -> Listing[DutyEntry]:
    """What is not over yet in the teams that the caller may see, by start."""
    now = context.clock.now()
    found = await context.database.read(lambda connection: reads.entries(connection, caller, now))
    return Listing(items=[shown(entry) for entry in found])


@router.post("/overrides", summary="Somebody instead of somebody", status_code=201)
async def add_override(context: InContext, caller: Changer, body: NewOverride) -> Entered:
    """Refused where ``out`` has no shift then, and where a life-safety alarm would reach nobody afterwards."""

    def work(desk: Desk) -> str:
        zone = _zone_of_team(desk.connection, body.team_id)
        return entries.substitute(desk, _exchange(body, body.team_id, body.out_id, body.in_id, zone), body.note)

    return Entered(id=await _enter(context, caller, work))


@router.post("/swaps", summary="Two people take each other's shifts", status_code=201)
async def add_swap(context: InContext, caller: Changer, body: NewSwap) -> Entered:
    """Both halves are entered together and cancelled together."""

    def work(desk: Desk) -> str:
        zone = _zone_of_team(desk.connection, body.team_id)
        one, other = body.one, body.other
        return entries.swap(
            desk,
            _exchange(one, body.team_id, one.responder_id, other.responder_id, zone),
            _exchange(other, body.team_id, other.responder_id, one.responder_id, zone),
            body.note,
        )

    return Entered(id=await _enter(context, caller, work))


@router.post("/absences", summary="Somebody is away", status_code=201)
async def add_absence(context: InContext, caller: Changer, body: NewAbsence) -> Entered:
    """Who is away is on duty nowhere; the next layer answers, or coverage shows a gap."""

    def work(desk: Desk) -> str:
        query = select(responder.c.team_id).where(responder.c.id == body.responder_id)
        zone = _zone_of_team(desk.connection, desk.connection.scalar(query) or "")
        return entries.be_absent(desk, body.responder_id, _moment(body.from_, zone), _moment(body.to, zone))

    return Entered(id=await _enter(context, caller, work))


@router.delete("/entries/{entry_id}", summary="Cancel an override, a swap or an absence", status_code=204)
async def cancel_entry(context: InContext, caller: Changer, entry_id: Id) -> Response:
    """The shifts are as if it had never been entered; what it was stays on record."""
    await _enter(context, caller, lambda desk: entries.cancel(desk, entry_id))
    return Response(status_code=204)


@router.get("/notes", summary="Notes for the next shift")
async def list_notes(context: InContext, caller: Noter) -> Listing[HandOver]:
    """Each is shown until the end of the shift after the one in which it was written."""
    now = context.clock.now()
    found = await context.database.read(lambda connection: reads.notes(connection, caller, now))
    items = [HandOver(team_id=n.team_id, text=n.text, author=n.author, at=n.at, until=n.until) for n in found]
    return Listing(items=items)


@router.post("/notes", summary="Leave a note for the next shift", status_code=204)
async def add_note(context: InContext, caller: Noter, body: NewNote) -> Response:
    """A responder leaves notes for the own team only."""
    if caller.teams is not None and body.team_id not in caller.teams:
        raise NotFoundError
    await _enter(context, caller, lambda desk: entries.leave_note(desk, body.team_id, body.text))
    return Response(status_code=204)


@router.get("/coverage", summary="What is wrong with the days ahead")
async def read_coverage(
    context: InContext,
    caller: Reader,
    days: Annotated[int, Query(ge=1, le=90, description="How far ahead.")] = 30,
) -> Listing[Missing]:
    """Gaps, areas without anybody to reach, skills that nobody has, people whom too few channels reach."""
    start = context.clock.now()
    end = start + timedelta(days=days)
    found = await context.database.read(lambda connection: coverage(connection, start, end, context.desk))
    return Listing(items=[missing(lack) for lack in found if caller.teams is None or lack.team_id in caller.teams])


async def _enter(context: Context, caller: Caller, work: Callable[[Desk], T]) -> T:
    author = Author(login=caller.login, name=caller.name)
    now = context.clock.now()
    return await context.database.write(lambda connection: work(Desk(connection, author, now, context.desk)))


def _exchange(span: Span, team_id: str, out_id: str | None, in_id: str, zone: ZoneInfo) -> Exchange:
    start, end = _moment(span.from_, zone), _moment(span.to, zone)
    return Exchange(team_id=team_id, out_id=out_id, in_id=in_id, start=start, end=end)


def _zone_of_team(connection: Connection, team_id: str) -> ZoneInfo:
    return ZoneInfo(connection.scalar(select(team.c.zone).where(team.c.id == team_id)) or "UTC")


def _moment(value: datetime, zone: ZoneInfo) -> datetime:
    return value.astimezone(UTC) if value.tzinfo is not None else instant(value, zone)
