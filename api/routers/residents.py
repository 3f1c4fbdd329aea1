"""Residents, what rules found about them, and who looked at their data."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, StringConstraints
from sqlalchemy import RowMapping

from api.asking import needs
from api.context import InContext
from api.fields import Cursor, Id, Limit, Listing, cursor_of, key_of, number_of
from api.identity.caller import Caller
from api.identity.roles import Permission
from api.reads import residents as reads
from api.sentences import explain
from api.signed import SetBy, set_by
from store.settings_versions import Version

router = APIRouter(prefix="/residents", tags=["residents"])
Search = Annotated[str, StringConstraints(max_length=80, pattern=r"^[^\x00]*$", strip_whitespace=True)]


class Resident(BaseModel):
    """A resident and the home."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "resident-7",
                    "name": "Greta Holm",
                    "sex": "female",
                    "birth_year": 1938,
                    "note": "Hears badly on the left side.",
                    "home_id": "home-7",
                    "address": "Storgatan 7, 2 tr",
                    "phone": "",
                    "area_id": "north",
                    "area_name": "Norra",
                }
            ]
        },
    )

    id: str
    name: str
    sex: str
    birth_year: int | None
    note: str
    home_id: str
    address: str
    phone: str
    area_id: str
    area_name: str


class FoundOut(BaseModel):
    """What a rule concluded. ``sentence`` says it in the caller's language, ``facts`` holds its numbers.

    ``shadow``: the rule was on trial and raised nothing. ``set_by``: who set a limit of the person's own behind it.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "key": "limits/resident-7/high/4711",
                    "rule": "limits",
                    "code": "high",
                    "alarm_class": "care",
                    "time": "2026-01-13T01:29:58Z",
                    "recorded_at": "2026-01-13T01:30:00Z",
                    "sentence": "Systolic blood pressure 182 mmHg is over the limit of 160.",
                    "facts": {"value": 182, "limit": 160},
                    "evidence": [4711],
                    "restores": False,
                    "shadow": False,
                    "set_by": [],
                }
            ]
        }
    )

    key: str
    rule: str
    code: str
    alarm_class: str
    time: datetime
    recorded_at: datetime
    sentence: str
    facts: dict[str, float | str]
    evidence: list[int]
    restores: bool
    shadow: bool
    set_by: list[SetBy]


class Look(BaseModel):
    """One look at a resident's data."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": 12,
                    "at": "2026-01-13T01:31:00Z",
                    "account_name": "Anna Ek",
                    "role": "responder",
                    "action": "read",
                    "object": "alarm",
                    "alarm_id": 17,
                }
            ]
        },
    )

    id: int
    at: datetime
    account_name: str | None
    role: str
    action: str
    object: str
    alarm_id: int | None


@router.get("", summary="List residents")
async def list_residents(
    context: InContext,
    caller: Annotated[Caller, needs(Permission.RESIDENTS_READ)],
    q: Annotated[Search | None, Query(description="Part of a name or an address.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Listing[Resident]:
    """Residents whose homes the caller may see. Each that is listed is logged as looked at."""
    after = key_of(cursor) if cursor else None
    now = context.clock.now()
    rows = await context.database.write(
        lambda connection: reads.listed(connection, caller, now, after=after, limit=limit, search=q)
    )
    items = [Resident.model_validate(dict(row)) for row in rows]
    return Listing(items=items, next=cursor_of(items[-1].id) if len(items) == limit else None)


@router.get("/{resident_id}", summary="Read a resident")
async def read_resident(
    context: InContext, caller: Annotated[Caller, needs(Permission.RESIDENTS_READ)], resident_id: Id
) -> Resident:
    """One resident. The look is logged before the answer is sent."""
    now = context.clock.now()
    row = await context.database.write(lambda connection: reads.one(connection, caller, now, resident_id))
    return Resident.model_validate(dict(row))


@router.get("/{resident_id}/findings", summary="What rules found about a resident")
async def list_findings(
    context: InContext,
    caller: Annotated[Caller, needs(Permission.HEALTH_READ)],
    resident_id: Id,
    shadow: Annotated[bool | None, Query(description="Only those on trial, or only the others.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Listing[FoundOut]:
    """Findings about the resident or the home, newest first, those on trial (``shadow``) beside the others."""
    after = key_of(cursor) if cursor else None
    now = context.clock.now()
    rows, versions = await context.database.write(
        lambda connection: reads.findings(connection, caller, now, resident_id, after=after, limit=limit, shadow=shadow)
    )
    items = [_found(row, versions, caller.language) for row in rows]
    return Listing(items=items, next=cursor_of(items[-1].key) if len(items) == limit else None)


def _found(row: RowMapping, versions: Mapping[int, Version], language: str) -> FoundOut:
    return FoundOut(
        **row,
        sentence=explain(row["rule"], row["code"], row["facts"], language),
        set_by=[set_by(versions[number]) for number in row["settings_versions"] or [] if number in versions],
    )


@router.get("/{resident_id}/access-log", summary="Who looked at a resident's data")
async def read_access_log(
    context: InContext,
    caller: Annotated[Caller, needs(Permission.ACCESS_LOG_READ)],
    resident_id: Id,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Listing[Look]:
    """Every look, newest first: the extract that a resident may ask for (patientdatalagen 8:5)."""
    before = number_of(cursor) if cursor else None
    now = context.clock.now()
    rows = await context.database.write(
        lambda connection: reads.looks(connection, caller, now, resident_id, before=before, limit=limit)
    )
    items = [Look.model_validate(dict(row)) for row in rows]
    return Listing(items=items, next=cursor_of(items[-1].id) if len(items) == limit else None)
