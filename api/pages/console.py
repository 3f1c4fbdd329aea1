"""The night console: the list of alarms, one alarm, and the pieces of both that scripts fetch again."""

from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection, select
from starlette.responses import RedirectResponse

from alarms.errors import NoSuchAlarmError
from alarms.lifecycle.outcomes import BY_SYSTEM, LABELS
from alarms.lifecycle.states import UNCLOSED, Handling
from alarms.lifecycle.table import Event
from api.asking import needs
from api.context import Context, InContext
from api.fields import Number
from api.identity.caller import Caller
from api.identity.roles import Permission
from api.pages.cards import card, cards, measured
from api.pages.view import page, words_for
from api.reads import alarms as reads
from api.reads import colleagues, on_call
from api.reads.pictures import has_picture
from api.receipts import receipt
from api.sentences import explain
from api.telling import exact, put
from store.tables import responder

router = APIRouter(include_in_schema=False)

#: More open alarms than this are a catastrophe that no list on a telephone solves; the gravest are shown.
_MOST = 200
_CLOSED_SHOWN = 6
Reader = Annotated[Caller, needs(Permission.ALARMS_READ)]


@router.get("/")
async def list_page(
    context: InContext, request: Request, caller: Annotated[Caller, needs(Permission.SELF)]
) -> Response:
    if not caller.may(Permission.ALARMS_READ):
        return RedirectResponse("/my-data" if caller.may(Permission.OWN_DATA_READ) else "/house", 303)
    return page(request, "console.html", await _list(context, request, caller) | {"story": None}, caller=caller)


@router.get("/alarms/{alarm_id}")
async def alarm_page(context: InContext, request: Request, caller: Reader, alarm_id: Number) -> Response:
    values = await _list(context, request, caller) | await _one(context, request, caller, alarm_id, again=False)
    return page(request, "console.html", values, caller=caller)


@router.get("/fragments/alarms")
async def list_piece(context: InContext, request: Request, caller: Reader) -> Response:
    return page(request, "list.html", await _list(context, request, caller), caller=caller)


@router.get("/fragments/alarms/{alarm_id}")
async def alarm_piece(context: InContext, request: Request, caller: Reader, alarm_id: Number) -> Response:
    try:
        values = await _one(context, request, caller, alarm_id, again=True)
    except NoSuchAlarmError:
        return page(request, "gone.html", {"alarm_id": alarm_id}, caller=caller, status=404)
    return page(request, "detail.html", values, caller=caller)


async def _list(context: Context, request: Request, caller: Caller) -> dict[str, Any]:
    now, words = context.clock.now(), words_for(request, caller)
    seen = await reads.listed(context.database, caller, now, handling=UNCLOSED, limit=_MOST)
    closed = await reads.listed(context.database, caller, now, handling=[Handling.CLOSED], limit=_CLOSED_SHOWN)
    turns = await context.database.read(lambda connection: on_call.now(connection, caller, now))
    return {
        "cards": cards(seen, caller, words),
        "count": sum(view.handling is Handling.OPEN for view in seen.alarms),
        "closed": list(zip(cards(closed, caller, words), closed.alarms, strict=True)),
        "outcomes": LABELS[words.language],
        "choices": [(code.value, label) for code, label in LABELS[words.language].items() if code not in BY_SYSTEM],
        "turns": turns,
    }


async def _one(context: Context, request: Request, caller: Caller, alarm_id: int, *, again: bool) -> dict[str, Any]:
    now, words = context.clock.now(), words_for(request, caller)
    story = await reads.one(context.database, caller, now, alarm_id, around=True, again=again)
    view = story.detail.alarm
    asked = any(one.kind.value == "confirm" for one in story.detail.upcoming)

    def sentence(rule: str, code: str, facts: dict[str, Any]) -> str:
        return explain(rule, code, facts, words.language)

    handles = caller.may(Permission.ALARMS_HANDLE) and caller.responder_id is not None
    others: list[colleagues.Colleague] = []
    if handles and view.owner_id is not None:
        others = await context.database.read(lambda c: colleagues.of(c, caller, now, alarm_id, context.desk))
    clock = exact(ZoneInfo(context.settings.zone), now)
    tale = put(story.tale, words, clock, free_text=caller.may(Permission.HEALTH_READ))
    return {
        "story": story,
        "tale": tale,
        "receipts": [(page, receipt(page, words, clock)) for page in reversed(story.detail.told)],
        "card": card(view, story.people, caller, words, asked=asked),
        "outcomes": LABELS[words.language],
        "sentence": sentence,
        "arrived": any(row.action == Event.ARRIVED for row in story.detail.audit),
        "measured": measured(story.measurements),
        "notes": await context.database.read(lambda connection: _deeds(connection, story)),
        "drawn": bool(story.detail.occurrences) and caller.may(Permission.HEALTH_READ) and has_picture(view.rule),
        "handles": handles,
        "colleagues": others,
    }


def _deeds(connection: Connection, story: reads.Story) -> list[dict[str, Any]]:
    """Return what people did, oldest first, with their names."""
    people = [row for row in story.detail.audit if row.actor_kind == "responder"]
    query = select(responder.c.id, responder.c.name).where(responder.c.id.in_({row.actor for row in people}))
    names = {row.id: row.name for row in connection.execute(query)}
    return [
        {
            "at": row.at,
            "name": names.get(row.actor, row.actor),
            "action": row.action,
            "text": row.detail.get("reason", ""),
            "outcome": row.detail.get("outcome", ""),
        }
        for row in people
    ]
