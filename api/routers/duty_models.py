"""What the routes of duty take and give."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from alarms.oncall.coverage import Kind, Lack
from api.fields import Id, Text
from api.reads import duty as reads


def _plausible(value: datetime) -> datetime:
    if not 2000 < value.year < 2200:
        raise ValueError("must lie between the years 2001 and 2199")
    return value


#: With an offset an instant; without one the wall time where the team is.
Moment = Annotated[datetime, AfterValidator(_plausible), Field(examples=["2026-12-24T21:00"])]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class Span(Body):
    from_: Moment = Field(alias="from")
    to: Moment


class NewOverride(Span):
    """``in`` instead of ``out`` from one moment until another; without ``out`` beside those on duty."""

    team_id: Id
    out_id: Id | None = None
    in_id: Id
    note: Text = ""


class Given(Span):
    """A shift that somebody gives away."""

    responder_id: Id


class NewSwap(Body):
    """Two people take each other's shifts."""

    team_id: Id
    one: Given
    other: Given
    note: Text = ""


class NewAbsence(Span):
    """Somebody is away. Why does not belong here."""

    responder_id: Id


class NewNote(Body):
    """A note for the next shift."""

    team_id: Id
    text: Annotated[Text, Field(min_length=1)]


class Entered(BaseModel):
    """What was entered. ``id`` cancels it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"id": "0f3c8a52d1e94b7fa6a0c3f1b2d4e5f6"}]})

    id: str


class DutyEntry(BaseModel):
    """An override, half of a swap, or an absence. Both halves of a swap have the same ``id``."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "0f3c8a52d1e94b7fa6a0c3f1b2d4e5f6",
                    "kind": "override",
                    "team_id": "north",
                    "out": "Anna Ek",
                    "in": "Bo Ask",
                    "from": "2026-12-24T20:00:00Z",
                    "to": "2026-12-25T06:00:00Z",
                    "note": "",
                    "author": "Karin Al",
                }
            ]
        },
        populate_by_name=True,
    )

    id: str
    kind: str
    team_id: str
    out: str | None
    in_: str | None = Field(alias="in")
    from_: datetime = Field(alias="from")
    to: datetime
    note: str
    author: str


class HandOver(BaseModel):
    """A note that a shift left to the next one."""

    team_id: str
    text: str
    author: str
    at: datetime
    until: datetime


class Missing(BaseModel):
    """What is wrong from ``start`` to ``end``. ``subject`` is a skill or a responder, as the kind has it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "gap",
                    "team_id": "north",
                    "area_ids": ["north"],
                    "subject": "",
                    "channels": 0,
                    "start": "2026-12-24T20:00:00Z",
                    "end": "2026-12-25T06:00:00Z",
                }
            ]
        }
    )

    kind: Kind
    team_id: str
    area_ids: list[str]
    subject: str
    channels: int
    start: datetime
    end: datetime


def shown(entry: reads.Entry) -> DutyEntry:
    return DutyEntry.model_validate(
        {
            "id": entry.key,
            "kind": entry.kind,
            "team_id": entry.team_id,
            "out": entry.out_name,
            "in": entry.in_name,
            "from": entry.start,
            "to": entry.end,
            "note": entry.note,
            "author": entry.author,
        }
    )


def missing(lack: Lack) -> Missing:
    return Missing(
        kind=lack.kind,
        team_id=lack.team_id,
        area_ids=list(lack.area_ids),
        subject=lack.subject,
        channels=lack.channels,
        start=lack.start,
        end=lack.end,
    )
