"""What is stored about oneself: for residents, and for relatives who may act for them."""

import tempfile
from collections.abc import Iterator
from datetime import date, datetime
from typing import IO, Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection, RowMapping
from starlette.responses import StreamingResponse

from api.asking import needs
from api.context import Context, InContext
from api.fields import Cursor, Limit, Listing, cursor_of, number_of
from api.identity.caller import Caller
from api.identity.roles import Permission
from api.reads import own, own_export
from api.routers.residents import Look
from api.sentences import explain

router = APIRouter(prefix="/me", tags=["account"])
_ALARMS, _VALUES = 200, 200
_PIECE = 256 * 1024

Reader = Annotated[Caller, needs(Permission.OWN_DATA_READ)]


class OwnAlarm(BaseModel):
    """One alarm. ``outcome`` is null while it is not closed."""

    id: int
    alarm_class: str
    sentence: str
    opened_at: datetime
    accepted_at: datetime | None
    closed_at: datetime | None
    outcome: str | None


class OwnValue(BaseModel):
    """One measured value, with its UCUM unit."""

    kind: str
    value: float
    unit: str
    time: datetime


class OwnSetting(BaseModel):
    """Limits or other settings that staff have made for the resident or the home."""

    rule: str
    scope: str
    settings: dict[str, Any]
    reason: str
    valid_from: datetime
    review_on: date | None


class OwnDevice(BaseModel):
    """A device that serves or served the resident."""

    id: str
    kind: str
    model: str
    room: str
    from_at: datetime
    to_at: datetime | None


class OwnData(BaseModel):
    """One resident: what is stored, and how much of it. All of it is in the export. Relatives are not told of keys."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "resident-7",
                    "name": "Greta Holm",
                    "sex": "female",
                    "birth_year": 1938,
                    "note": "",
                    "address": "Storgatan 7, 2 tr",
                    "directions": "",
                    "key_note": "",
                    "phone": "",
                    "lives_alone": True,
                    "amounts": {"observations": 4711, "findings": 12, "alarms": 3, "looks": 40},
                    "alarms": [],
                    "measurements": [],
                    "settings": [],
                    "devices": [],
                }
            ]
        }
    )

    id: str
    name: str
    sex: str
    birth_year: int | None
    note: str
    address: str
    directions: str
    key_note: str
    phone: str
    lives_alone: bool
    amounts: dict[str, int]
    alarms: list[OwnAlarm]
    measurements: list[OwnValue]
    settings: list[OwnSetting]
    devices: list[OwnDevice]


@router.get("/data", summary="What is stored about me")
async def read_own_data(context: InContext, caller: Reader) -> Listing[OwnData]:
    """The residents of the account, each with the newest alarms and values. The look is logged."""
    return Listing(items=await collected(context, caller))


@router.get("/data/export", summary="All that is stored about me", response_class=StreamingResponse)
async def export_own_data(
    context: InContext, caller: Annotated[Caller, needs(Permission.OWN_DATA_EXPORT)]
) -> StreamingResponse:
    """One JSON document with every row (GDPR art. 15 and 20). The export is logged."""
    now = context.clock.now()
    people = await context.database.write(lambda connection: own.look(connection, caller, now, action="export"))

    def work(connection: Connection) -> IO[bytes]:
        file = tempfile.TemporaryFile()  # noqa: SIM115 - lives until it is sent
        own_export.write(connection, people, caller, now, file)
        file.seek(0)
        return file

    file = await context.database.read(work)
    name = f"hemvakt-{now:%Y-%m-%d}.json"
    return StreamingResponse(
        _pieces(file), media_type="application/json", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@router.get("/access-log", summary="Who looked at my data")
async def read_own_log(context: InContext, caller: Reader, limit: Limit = 100, cursor: Cursor = None) -> Listing[Look]:
    """Every look at the data of the account's residents, newest first; the own ones too."""
    before, now = number_of(cursor) if cursor else None, context.clock.now()

    def work(connection: Connection) -> list[Any]:
        people = own.look(connection, caller, now)
        rows = [row for person in people for row in own.looks(connection, person, before=before, limit=limit)]
        return sorted(rows, key=lambda row: -row["id"])[:limit]

    items = [Look.model_validate(dict(row)) for row in await context.database.write(work)]
    return Listing(items=items, next=cursor_of(items[-1].id) if len(items) == limit else None)


async def collected(context: Context, caller: Caller) -> list[OwnData]:
    """Return all that the account shows; the look is logged first."""
    now = context.clock.now()
    people = await context.database.write(lambda connection: own.look(connection, caller, now))
    return await context.database.read(lambda connection: [_shown(connection, person, caller) for person in people])


def _shown(connection: Connection, person: RowMapping, caller: Caller) -> OwnData:
    shown = {name: person[name] for name in OwnData.model_fields if name in person}
    if not caller.may(Permission.OWN_DATA_EXPORT):
        # Who may act for a resident need not be able to walk in.
        shown["key_note"] = ""
    return OwnData(
        **shown,
        lives_alone=own.lives_alone(connection, person),
        amounts=own.amounts(connection, person),
        alarms=[
            OwnAlarm.model_validate(
                {**row, "sentence": explain(row["rule"], row["code"], row["facts"], caller.language)}
            )
            for row in own.alarms(connection, person, _ALARMS)
        ],
        measurements=[OwnValue.model_validate(dict(row)) for row in own.measurements(connection, person, _VALUES)],
        settings=[OwnSetting.model_validate(dict(row)) for row in own.settings(connection, person)],
        devices=[OwnDevice.model_validate(dict(row)) for row in own.devices(connection, person)],
    )


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE):
            yield piece
