"""Follow-up: how the alarms of a month were answered. It names no resident."""

from functools import partial
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Response
from pydantic import StringConstraints

from alarms.follow_up import sources, tables
from alarms.follow_up.months import Month
from alarms.follow_up.report import Report
from api.asking import needs
from api.context import Context, InContext
from api.fields import LARGEST
from api.identity.caller import Caller
from api.identity.roles import Permission
from api.routers.follow_up_models import FollowUp

router = APIRouter(prefix="/follow-up", tags=["follow-up"])

Reader = Annotated[Caller, needs(Permission.FOLLOW_UP_READ)]
InMonth = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")]
Through = Annotated[
    int | None, Query(ge=1, le=LARGEST, description="Use rows of the audit up to this one; all when left out.")
]


class CsvResponse(Response):
    """A table for a spreadsheet."""

    media_type = "text/csv"


async def made(context: Context, month: Month, through: int | None = None) -> Report:
    """Return the report of a month in the municipality's zone."""
    work = partial(sources.of_database, month=month, zone=context.settings.zone, through=through)
    return await context.database.read(work)


@router.get("/{month}", summary="Follow-up of a month")
async def read_follow_up(context: InContext, _caller: Reader, month: InMonth, through: Through = None) -> FollowUp:
    """Figures of every group, and each alarm that waited over 180 s. With `through` it is the same report for ever."""
    found = await made(context, Month.parse(month), through)
    return FollowUp.model_validate(msgspec.to_builtins(found, builtin_types=[]))


@router.get("/{month}/groups.csv", summary="Figures of a month as CSV", response_class=CsvResponse)
async def read_groups(context: InContext, _caller: Reader, month: InMonth, through: Through = None) -> Response:
    """One line for each group; figures of hidden groups are empty."""
    found = await made(context, Month.parse(month), through)
    return _file(tables.groups_csv(found), f"follow-up-{month}.csv")


@router.get("/{month}/exceptions.csv", summary="Late alarms of a month as CSV", response_class=CsvResponse)
async def read_exceptions(context: InContext, _caller: Reader, month: InMonth, through: Through = None) -> Response:
    """One line for each alarm that nobody had accepted after 180 s."""
    found = await made(context, Month.parse(month), through)
    return _file(tables.exceptions_csv(found), f"follow-up-{month}-exceptions.csv")


def _file(text: str, name: str) -> Response:
    return CsvResponse(text, headers={"Content-Disposition": f'attachment; filename="{name}"'})
