"""From an address to an area, and to those who answer there now."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection, select

from alarms.oncall import geography
from alarms.oncall.repository import on_duty
from alarms.oncall.terms import in_charge
from api.asking import needs
from api.context import InContext
from api.fields import Listing
from api.identity.caller import Caller
from api.identity.roles import Permission
from api.reads import duty as reads
from store.tables import area

router = APIRouter(prefix="/on-call", tags=["on-call"])


class Answering(BaseModel):
    """An area, the team in charge of it now, and who of it is on duty (ids)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"area_id": "north", "area_name": "Norra", "team_id": "north", "on_duty": ["anna"]}]
        }
    )

    area_id: str
    area_name: str
    team_id: str
    on_duty: list[str] = Field(description="Empty where nobody is.")


@router.get("/areas", summary="In which area does an address lie?")
async def find_areas(
    context: InContext,
    caller: Annotated[Caller, needs(Permission.ON_CALL_READ)],
    postal_code: Annotated[str, Query(max_length=16, pattern=r"^[A-Za-z0-9 -]*$")] = "",
    longitude: Annotated[float | None, Query(ge=-180, le=180)] = None,
    latitude: Annotated[float | None, Query(ge=-90, le=90)] = None,
) -> Listing[Answering]:
    """The areas that have the postal code or hold the point; more than one where they overlap. All without either."""
    now = context.clock.now()
    point = (longitude, latitude) if longitude is not None and latitude is not None else None

    def read(connection: Connection) -> list[Answering]:
        query = select(area.c.id, area.c.name, in_charge(now).label("team_id")).order_by(area.c.id)
        if postal_code or point:
            shapes = reads.shapes(connection)
            by_point = geography.by_point(shapes, point) if point else []
            query = query.where(area.c.id.in_({*by_point, *geography.by_code(shapes, postal_code)}))
        return [
            Answering(
                area_id=row.id,
                area_name=row.name,
                team_id=row.team_id,
                on_duty=on_duty(connection, row.team_id, row.id, now),
            )
            for row in connection.execute(query).all()
            if caller.teams is None or row.team_id in caller.teams
        ]

    return Listing(items=await context.database.read(read))
