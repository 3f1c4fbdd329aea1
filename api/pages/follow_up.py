"""The page of follow-up: one month in figures, charts with their tables, and each alarm that waited too long."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import Connection, select

from alarms.follow_up.groups import Group
from alarms.follow_up.months import BadMonthError, Month
from alarms.follow_up.report import Report, Wait
from alarms.follow_up.tally import GOAL_LATE, GOAL_PROMPT, LATE_S
from alarms.lifecycle.outcomes import LABELS
from api.asking import needs
from api.context import InContext
from api.identity.caller import Caller
from api.identity.roles import Permission
from api.pages import charts
from api.pages.view import page, words_for
from api.pages.words import Words
from api.routers.follow_up import made
from rules.base import AlarmClass
from store.tables import area, team

router = APIRouter(include_in_schema=False)
_GRAVE = AlarmClass.LIFE_SAFETY.value
#: Late alarms on the page; all of them are in the file.
_MOST_LATE = 100


@router.get("/follow-up")
async def follow_up_page(
    context: InContext,
    request: Request,
    caller: Annotated[Caller, needs(Permission.FOLLOW_UP_READ)],
    month: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    this_month, words = Month.of(context.clock.now(), context.settings.zone), words_for(request, caller)
    try:
        shown = Month.parse(month)
    except BadMonthError:
        shown = this_month.shifted(-1)
    report = await made(context, shown)
    names = await context.database.read(_names)
    values = {
        "report": report,
        "month": str(shown),
        "previous": str(shown.shifted(-1)),
        "following": str(shown.shifted(1)) if shown < this_month else None,
        "whole": _one(report, "all"),
        "grave": _one(report, "alarm_class", alarm_class=_GRAVE),
        "names": names,
        "splits": [(split, [one for one in report.groups if one.split == split]) for split in _TABLES],
        "late": report.exceptions[:_MOST_LATE],
        "charts": _charts(report, names, words),
        "outcomes": LABELS[words.language],
        "percent": lambda share: "-" if share is None else charts.percent(share),
        "goals": {"prompt": GOAL_PROMPT, "late": GOAL_LATE},
    }
    return page(request, "follow_up.html", values, caller=caller)


_TABLES = ("alarm_class", "team+area", "alarm_class+rule", "sex", "alarm_class+sex", "team+area+sex")


def _charts(report: Report, names: dict[str, str], words: Words) -> dict[str, charts.Chart]:
    teams = [one for one in report.groups if one.split == "team+alarm_class" and one.alarm_class == _GRAVE]
    prompt = [(one.team, one.figures.share_60_s, GOAL_PROMPT) for one in teams if one.figures]
    late = [(one.team, one.figures.share_180_s, GOAL_LATE) for one in teams if one.figures]
    waits = [
        (words("follow.longer") if one.up_to_s is None else _up_to(one.up_to_s), one.alarms, _late(one))
        for one in report.waits
    ]
    return {
        "prompt": charts.shares([(names.get(key, key), share, goal) for key, share, goal in prompt]),
        "late": charts.shares([(names.get(key, key), share, goal) for key, share, goal in late]),
        "waits": charts.columns(waits),
        "hours": charts.columns([(f"{one.hour:02}", one.alarms, one.over_180_s) for one in report.hours]),
    }


def _up_to(seconds: int) -> str:
    return f"≤ {seconds} s" if seconds <= 180 else f"≤ {seconds // 60} min"


def _late(wait: Wait) -> int:
    return wait.alarms if wait.up_to_s is None or wait.up_to_s > LATE_S else 0


def _one(report: Report, split: str, **key: str) -> Group | None:
    found = (one for one in report.groups if one.split == split)
    return next((one for one in found if all(getattr(one, name) == value for name, value in key.items())), None)


def _names(connection: Connection) -> dict[str, str]:
    """Return the names of teams and areas; where a team and an area share a key, the name of the area."""
    found: dict[str, str] = {}
    for table in (team, area):
        found |= {row.id: row.name for row in connection.execute(select(table.c.id, table.c.name))}
    return found
