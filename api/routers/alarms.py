"""Alarms: the list, one with all that is known, and what a responder does with it."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from sqlalchemy import Connection

from alarms.lifecycle import actions
from alarms.lifecycle.actions import Standing
from alarms.lifecycle.outcomes import BY_SYSTEM, LABELS
from alarms.lifecycle.states import UNCLOSED, Handling
from api.asking import needs
from api.context import Context, InContext
from api.errors import AlreadyTakenError, NoResponderError
from api.fields import Cursor, Limit, Listing, Number
from api.identity.caller import Caller
from api.identity.roles import Permission
from api.pages.words import Words
from api.reads import alarms as reads
from api.reads import colleagues
from api.routers import alarm_models as models
from api.telling import exact, put

router = APIRouter(tags=["alarms"])

Reader = Annotated[Caller, needs(Permission.ALARMS_READ)]
Handler = Annotated[Caller, needs(Permission.ALARMS_HANDLE)]


@router.get("/alarms", summary="List alarms")
async def list_alarms(
    context: InContext,
    caller: Reader,
    handling: Annotated[list[Handling], Query(description="In these states; those not closed when left out.")] = [],  # noqa: B006 - FastAPI copies it
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Listing[models.Alarm]:
    """Alarms of the caller's teams by class, then priority, then age; newest first when closed ones are among them."""
    wanted = frozenset(handling) or UNCLOSED
    now = context.clock.now()
    seen = await reads.listed(context.database, caller, now, handling=wanted, limit=limit, cursor=cursor)
    items = [models.alarm(view, seen.people[view.id], caller.language) for view in seen.alarms]
    return Listing(items=items, next=seen.cursor)


@router.get("/alarms/{alarm_id}", summary="Read an alarm")
async def read_alarm(context: InContext, caller: Reader, alarm_id: Number) -> models.AlarmDetail:
    """One alarm: its occurrences, who was told on what and with what result, what comes next, and its audit trail.

    Directions and the key note are given to those on duty for the area and to the one who has the alarm.
    """
    story = await reads.one(context.database, caller, context.clock.now(), alarm_id)
    return models.detail(story, caller.language)


@router.get("/alarms/{alarm_id}/explanation", summary="Explain an alarm")
async def explain_alarm(context: InContext, caller: Reader, alarm_id: Number) -> models.Explanation:
    """What happened, who was told when, on what and with what result, and what comes next, in the caller's language.

    Reasons and notes are left out for those who may not see health data: people write it there.
    """
    now = context.clock.now()
    story = await reads.one(context.database, caller, now, alarm_id)
    clock = exact(ZoneInfo(context.settings.zone), now)
    told = put(story.tale, Words(caller.language), clock, free_text=caller.may(Permission.HEALTH_READ))
    return models.explanation(alarm_id, told)


@router.post("/alarms/{alarm_id}/accept", summary="Accept an alarm")
async def accept(
    context: InContext, caller: Handler, alarm_id: Number, body: models.Act | None = None
) -> models.Standing:
    """Own the alarm, on a lease. When another has it already, the answer is 409 with the owner's name."""
    version = body.version if body else None
    standing = await _act(context, caller, alarm_id, partial(actions.accept, version=version))
    if not standing.yours:
        raise AlreadyTakenError(standing.owner_name or standing.owner_id or "", standing.version)
    return models.standing(standing)


@router.post("/alarms/{alarm_id}/confirm", summary="Confirm that you are still on it")
async def confirm(context: InContext, caller: Handler, alarm_id: Number) -> models.Standing:
    """Extend the lease, and say that a new occurrence was heard."""
    return models.standing(await _act(context, caller, alarm_id, actions.confirm))


@router.post("/alarms/{alarm_id}/attend", summary="Be on the way")
async def attend(
    context: InContext, caller: Handler, alarm_id: Number, body: models.Act | None = None
) -> models.Standing:
    """Say that you are on the way."""
    version = body.version if body else None
    return models.standing(await _act(context, caller, alarm_id, partial(actions.attend, version=version)))


@router.post("/alarms/{alarm_id}/arrive", summary="Be there")
async def arrive(context: InContext, caller: Handler, alarm_id: Number) -> models.Standing:
    """Say that you are on site. Follow-up measures the time until the first arrival."""
    return models.standing(await _act(context, caller, alarm_id, actions.arrive))


@router.post("/alarms/{alarm_id}/release", summary="Hand an alarm back")
async def release(context: InContext, caller: Handler, alarm_id: Number, body: models.Release) -> models.Standing:
    """Let go of an alarm, with a reason; it is open again and its team is told. Supervisors may release for others."""
    action = partial(actions.release, reason=body.reason, version=body.version)
    return models.standing(await _act(context, caller, alarm_id, action))


@router.get("/alarms/{alarm_id}/colleagues", summary="To whom an alarm can be handed")
async def list_colleagues(context: InContext, caller: Handler, alarm_id: Number) -> Listing[models.Colleague]:
    """Those of the alarm's team whom a page can reach, without the one who has it; those on duty first."""
    now = context.clock.now()
    found = await context.database.read(
        lambda connection: colleagues.of(connection, caller, now, alarm_id, context.desk)
    )
    return Listing(items=[models.Colleague(**one._asdict()) for one in found])


@router.post("/alarms/{alarm_id}/hand-over", summary="Hand an alarm over to a colleague")
async def hand_over(context: InContext, caller: Handler, alarm_id: Number, body: models.HandOver) -> models.Standing:
    """Make a colleague the owner. They are paged and must confirm; else it is open again and its team is told."""
    action = partial(actions.hand_over, to=body.to, reason=body.reason, version=body.version)
    return models.standing(await _act(context, caller, alarm_id, action))


@router.post("/alarms/{alarm_id}/shelve", summary="Pause attention to an alarm")
async def shelve(context: InContext, caller: Handler, alarm_id: Number, body: models.Shelve) -> models.Standing:
    """Page nobody about an open care or technical alarm until a time; then it goes out anew. Never life safety."""
    action = partial(actions.shelve, until=body.until, reason=body.reason, version=body.version)
    return models.standing(await _act(context, caller, alarm_id, action))


@router.post("/alarms/{alarm_id}/unshelve", summary="End a pause")
async def unshelve(context: InContext, caller: Handler, alarm_id: Number) -> models.Standing:
    """End the pause before its time: the alarm goes out anew at once."""
    return models.standing(await _act(context, caller, alarm_id, actions.unshelve))


@router.post("/alarms/{alarm_id}/close", summary="Close an alarm with an outcome")
async def close(context: InContext, caller: Handler, alarm_id: Number, body: models.Close) -> models.Standing:
    """End the handling. An outcome is required; only the one who has the alarm, or a supervisor, may close it."""
    action = partial(actions.close, outcome=body.outcome, note=body.note, version=body.version)
    return models.standing(await _act(context, caller, alarm_id, action))


@router.post("/alarms/{alarm_id}/note", summary="Write a note")
async def note(context: InContext, caller: Handler, alarm_id: Number, body: models.Note) -> models.Standing:
    """Add a note to the audit trail. It cannot be changed afterwards."""
    return models.standing(await _act(context, caller, alarm_id, partial(actions.note, text=body.text)))


@router.get("/outcomes", summary="List outcomes")
async def list_outcomes(_caller: Reader) -> Listing[models.OutcomeLabel]:
    """With which an alarm can be closed, with their labels by language."""
    codes = [code for code in LABELS["en"] if code not in BY_SYSTEM]
    items = [
        models.OutcomeLabel(code=code.value, labels={language: table[code] for language, table in LABELS.items()})
        for code in codes
    ]
    return Listing(items=items)


async def _act(context: Context, caller: Caller, alarm_id: int, action: Callable[..., Standing]) -> Standing:
    responder, now = caller.responder_id, context.clock.now()
    if responder is None:
        raise NoResponderError

    def work(connection: Connection) -> Any:
        reads.require_visible(connection, caller, alarm_id)
        return action(connection, alarm_id, responder, now, settings=context.desk)

    standing: Standing = await context.database.write(work)
    return standing
