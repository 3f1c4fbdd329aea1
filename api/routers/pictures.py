"""Pictures of findings."""

from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Response

from api.asking import needs
from api.context import InContext
from api.fields import Number
from api.identity.caller import Caller
from api.identity.roles import Permission
from api.pages.words import Words
from api.pictures.material import Look
from api.pictures.palette import DARK, LIGHT
from api.reads import pictures as reads

router = APIRouter(tags=["alarms"])


class Theme(StrEnum):
    """On which ground: that of the console, or of paper."""

    DARK = "dark"
    LIGHT = "light"


class SvgResponse(Response):
    """A drawing."""

    media_type = "image/svg+xml"


@router.get("/alarms/{alarm_id}/picture.svg", summary="Picture of a finding", response_class=SvgResponse)
async def read_picture(
    context: InContext,
    caller: Annotated[Caller, needs(Permission.HEALTH_READ)],
    alarm_id: Number,
    occurrence: Annotated[
        Number | None, Query(description="One of the alarm's occurrences; the newest when left out.")
    ] = None,
    theme: Theme = Theme.DARK,
) -> Response:
    """What was found, drawn: acceleration around a fall, a day's activity beside the usual, a value and its limits.

    The drawing has a title and a description in the caller's language. Where nothing is left to draw it says so.
    """
    look = Look(Words(caller.language), ZoneInfo(context.settings.zone), LIGHT if theme is Theme.LIGHT else DARK)
    now = context.clock.now()
    svg = await context.database.write(
        lambda connection: reads.drawn(connection, caller, now, alarm_id, look, occurrence_id=occurrence)
    )
    return SvgResponse(str(svg))
