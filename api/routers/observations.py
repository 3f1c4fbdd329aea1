"""What devices said about a resident or a home."""

import math
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict
from sqlalchemy import RowMapping

from api.asking import needs
from api.context import InContext
from api.errors import ApiError
from api.fields import Cursor, Id, Instant, Limit, Listing, cursor_of, number_of
from api.identity.caller import Caller
from api.identity.roles import Permission
from api.reads import observations as reads
from devices.observation import Kind

router = APIRouter(prefix="/observations", tags=["observations"])


class WhoseError(ApiError):
    """Name a resident or a home, one of them."""

    status = 422


class ObservationOut(BaseModel):
    """One value. ``time`` is the device's, ``received_at`` ours; ``unit`` is UCUM; states are 1 or 0."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": 4711,
                    "kind": "systolic",
                    "value": 182.0,
                    "unit": "mm[Hg]",
                    "text": "",
                    "time": "2026-01-13T01:29:58Z",
                    "received_at": "2026-01-13T01:30:00Z",
                    "device_id": "hub-7",
                    "room": "",
                    "quality": [],
                }
            ]
        }
    )

    id: int
    kind: str
    value: float | None
    unit: str
    text: str
    time: datetime
    received_at: datetime
    device_id: str
    room: str
    quality: list[str]


class TimeSpan:
    """From when until when, as parameters of the request."""

    def __init__(
        self,
        since: Annotated[Instant | None, Query(description="Received at or after.")] = None,
        until: Annotated[Instant | None, Query(description="Received before.")] = None,
    ) -> None:
        self.since, self.until = since, until


Span = Annotated[TimeSpan, Depends()]


@router.get("", summary="List observations")
async def list_observations(
    context: InContext,
    caller: Annotated[Caller, needs(Permission.HEALTH_READ)],
    span: Span,
    resident: Annotated[Id | None, Query(description="Observations of this resident.")] = None,
    home: Annotated[Id | None, Query(description="Everything heard from this home.")] = None,
    kind: Annotated[list[Kind], Query(description="Of these kinds.")] = [],  # noqa: B006 - FastAPI copies it
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Listing[ObservationOut]:
    """Observations, newest first. The look is logged for each resident that they are about."""
    if (resident is None) == (home is None):
        raise WhoseError
    now = context.clock.now()
    page: dict[str, Any] = {
        "kinds": [one.value for one in kind],
        "since": span.since,
        "until": span.until,
        "before": number_of(cursor) if cursor else None,
        "limit": limit,
    }
    rows = await context.database.write(
        lambda connection: (
            reads.of_resident(connection, caller, now, resident, **page)
            if resident is not None
            else reads.of_home(connection, caller, now, home or "", **page)
        )
    )
    items = [_shown(row) for row in rows]
    return Listing(items=items, next=cursor_of(items[-1].id) if len(items) == limit else None)


def _shown(row: RowMapping) -> ObservationOut:
    value = row["value"]
    # JSON has no NaN and no infinity; that the value was one of these is in its quality flags.
    finite = value if value is not None and math.isfinite(value) else None
    return ObservationOut(
        **{**dict(row), "value": finite, "quality": [flag for flag in row["quality"].split(",") if flag]}
    )
