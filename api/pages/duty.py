"""The page about duty: who is on, who comes, what was changed, what is missing; forms for those who may change it."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection

from alarms.oncall.coverage import AHEAD, coverage
from api.asking import needs
from api.context import InContext
from api.identity import feeds
from api.identity.caller import Caller
from api.identity.roles import Permission
from api.pages.view import page
from api.reads import duty, on_call

router = APIRouter(include_in_schema=False)
_SHOWN = timedelta(days=14)


@router.get("/on-call")
async def duty_page(
    context: InContext, request: Request, caller: Annotated[Caller, needs(Permission.ON_CALL_READ)]
) -> Response:
    now = context.clock.now()
    reads_notes = caller.may(Permission.HEALTH_READ)

    def read(connection: Connection) -> dict[str, Any]:
        teams = on_call.teams(connection, caller)
        lacks = coverage(connection, now, now + AHEAD, context.desk)
        return {
            "teams": teams,
            "turns": on_call.now(connection, caller, now),
            "ahead": sorted(
                on_call.between(connection, caller, now, now + _SHOWN), key=lambda turn: (turn.start, turn.team_name)
            ),
            "entries": duty.entries(connection, caller, now),
            "notes": duty.notes(connection, caller, now) if reads_notes else [],
            "people": duty.people(connection, caller),
            "feeds": feeds.listed(connection, caller.account_id),
            "lacks": [lack for lack in lacks if lack.team_id in teams],
        }

    values = await context.database.read(read)
    covered = {turn.team_id for turn in values["turns"] if turn.responders}
    extra = {
        "zone": context.settings.zone,
        "days": AHEAD.days,
        "shown_days": _SHOWN.days,
        "reads_notes": reads_notes,
        "may_change": caller.may(Permission.ON_CALL_CHANGE),
        "uncovered": [name for key, name in sorted(values["teams"].items()) if key not in covered],
        "names": {person.id: person.name for person in values["people"]},
    }
    return page(request, "on_call.html", values | extra, caller=caller)
