"""Limits and trials: what is to be reviewed, which rules are on trial, and everything that is set for a resident."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import Connection, func, select

from api.asking import needs
from api.context import InContext
from api.fields import Id
from api.identity.caller import Caller
from api.identity.roles import Permission
from api.pages import fields
from api.pages.view import page, words_for
from api.pages.words import Words
from api.reads import residents
from api.reads import settings as reads
from api.routers.residents import Search
from api.routers.rule_settings import today
from api.sentences import explain
from store import settings_versions
from store.settings_versions import Version
from store.tables import finding

router = APIRouter(include_in_schema=False)
#: Reviews are announced so many days before.
_AHEAD_DAYS = 30
#: Trials are counted over so many days.
_TRIAL_DAYS = 14
_SHOWN = 50


@router.get("/limits")
async def limits_page(
    context: InContext,
    request: Request,
    caller: Annotated[Caller, needs(Permission.SETTINGS_CHANGE)],
    q: Annotated[Search | None, Query()] = None,
) -> Response:
    now, day, words = context.clock.now(), today(context), words_for(request, caller)

    def read(connection: Connection) -> dict[str, Any]:
        due = reads.reviews(connection, caller, now, day + timedelta(days=_AHEAD_DAYS))
        trials = [version for version in settings_versions.newest(connection, at=now) if version.settings.get("shadow")]
        common = settings_versions.history(connection, places=[("default", "")], limit=_SHOWN)
        reads.log(connection, caller, now, trials)
        found = residents.listed(connection, caller, now, after=None, limit=_SHOWN, search=q) if q else []
        return {
            "due": due,
            "trials": [
                (version, _counted(connection, version, now - timedelta(days=_TRIAL_DAYS))) for version in trials
            ],
            "common": common,
            "found": found,
            "names": reads.names(connection, [*due, *trials]),
        }

    values = await context.database.write(read) | {"day": day, "days": _TRIAL_DAYS, "q": q or ""}
    return page(request, "limits.html", values | _speaking(words), caller=caller)


@router.get("/residents/{resident_id}")
async def resident_page(
    context: InContext,
    request: Request,
    caller: Annotated[Caller, needs(Permission.HEALTH_READ)],
    resident_id: Id,
) -> Response:
    now, words = context.clock.now(), words_for(request, caller)

    def read(connection: Connection) -> dict[str, Any]:
        row = residents.one(connection, caller, now, resident_id)
        found, versions = residents.findings(connection, caller, now, resident_id, after=None, limit=_SHOWN)
        history, holding = reads.of_resident(connection, caller, now, resident_id, limit=_SHOWN)
        return {"resident": row, "found": found, "versions": versions, "history": history, "holding": holding}

    values = await context.database.write(read)
    forms = [(one, shown := fields.fields_of(one, words), fields.kept(one, shown)) for one in values["holding"]]
    extra = {
        "forms": forms,
        "day": today(context),
        "review": today(context) + timedelta(days=182),
        "may_change": caller.may(Permission.SETTINGS_CHANGE),
    }
    return page(request, "resident.html", values | extra | _speaking(words), caller=caller)


def _speaking(words: Words) -> dict[str, Any]:
    def sentence(rule: str, code: str, facts: dict[str, Any]) -> str:
        return explain(rule, code, facts, words.language)

    def told(settings: dict[str, Any]) -> str:
        parts = [f"{fields.label(name, words)}: {fields.said(value, words)}" for name, value in settings.items()]
        return "; ".join(parts) or words("limits.as_others")

    return {"sentence": sentence, "told": told, "rule_name": lambda name: fields.rule_name(name, words)}


def _counted(connection: Connection, version: Version, since: datetime) -> int:
    """Return how many findings a trial has stored since a moment."""
    query = select(func.count()).where(
        finding.c.rule == version.rule, finding.c.shadow, finding.c.recorded_at >= since, ~finding.c.restores
    )
    columns = {"resident": finding.c.resident_id, "home": finding.c.home_id, "device": finding.c.device_id}
    if version.scope in columns:
        query = query.where(columns[version.scope] == version.subject)
    return int(connection.scalar(query) or 0)
