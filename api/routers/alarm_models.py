"""Alarms in JSON."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from alarms.lifecycle import actions
from alarms.lifecycle.states import Condition, Handling, Overlay
from alarms.phone.provider import Failure, Progress
from alarms.views import AlarmView, Told, Upcoming
from api.fields import Id, Instant, Text
from api.reads.alarms import Person, Story
from api.sentences import explain
from api.signed import SetBy, set_by
from api.telling import Telling
from rules.base import AlarmClass

_ALARM: dict[str, Any] = {
    "id": 17,
    "version": 3,
    "alarm_class": "life_safety",
    "rule": "press",
    "code": "press",
    "sentence": "The alarm button was pressed.",
    "condition": "active",
    "handling": "open",
    "exhausted": False,
    "overlay": "none",
    "overlay_until": None,
    "priority": 0,
    "insistent": False,
    "aged": 0,
    "opened_at": "2026-01-13T01:30:00Z",
    "occurred_at": "2026-01-13T01:30:00Z",
    "occurrences": 1,
    "owner_id": None,
    "owner_name": None,
    "lease_until": None,
    "accepted_at": None,
    "attending_at": None,
    "restored_at": None,
    "closed_at": None,
    "outcome": None,
    "repeat_of": None,
    "team_id": "north",
    "area_id": "north",
    "area_name": "Norra",
    "home_id": "home-7",
    "address": "Storgatan 7, 2 tr",
    "device_id": "pendant-7",
    "residents": [{"id": "resident-7", "name": "Greta Holm", "birth_year": 1938}],
}

_STANDING: dict[str, Any] = {
    "alarm_id": 17,
    "version": 4,
    "handling": "accepted",
    "condition": "active",
    "owner_id": "anna",
    "owner_name": "Anna Ek",
    "lease_until": "2026-01-13T01:35:00Z",
    "outcome": None,
    "overlay": "none",
    "overlay_until": None,
    "yours": True,
}


class Act(BaseModel):
    """``version`` is that of the alarm as you saw it; if it has changed since, you are told. May be left out."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"version": 3}]})

    version: Annotated[int, Field(ge=0, lt=2**31)] | None = None


class Release(Act):
    """Why it is handed back."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": "I am needed elsewhere"}]})

    reason: Annotated[Text, StringConstraints(min_length=1)]


class HandOver(Act):
    """To whom it is handed, one of ``/alarms/{alarm_id}/colleagues``, and why."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"to": "bo", "reason": "My shift ends", "version": 3}]}
    )

    to: Id
    reason: Annotated[Text, StringConstraints(min_length=1)]


class Shelve(Act):
    """Until when attention is paused, at most 24 hours from now, and why."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"until": "2026-01-13T07:00:00Z", "reason": "The technician comes at eight"}]},
    )

    until: Instant
    reason: Annotated[Text, StringConstraints(min_length=1)]


class Colleague(BaseModel):
    """Somebody whom a page can reach and an alarm can be handed to."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"id": "bo", "name": "Bo Ask", "on_duty": True}]})

    id: str
    name: str
    on_duty: bool


class Close(Act):
    """One of the outcomes of ``/outcomes``, and a note that may be left out."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"outcome": "helped", "note": "Back in bed, unhurt."}]}
    )

    outcome: Annotated[str, StringConstraints(min_length=1, max_length=32)]
    note: Text = ""


class Note(BaseModel):
    """A note for the audit trail."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"text": "Daughter called, is on her way."}]}
    )

    text: Annotated[Text, StringConstraints(min_length=1)]


class ResidentOfAlarm(BaseModel):
    """Whom an alarm is about: its resident, or each who lives in the home it came from."""

    id: str
    name: str
    birth_year: int | None


class Alarm(BaseModel):
    """An alarm. Three axes, never one status: ``condition`` (device), ``handling`` (people), ``overlay`` (pause)."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ALARM]})

    id: int
    version: int
    alarm_class: AlarmClass
    rule: str
    code: str
    sentence: str
    condition: Condition
    handling: Handling
    exhausted: bool
    overlay: Overlay
    overlay_until: datetime | None
    priority: int
    insistent: bool = Field(description="Repeated presses have called another person and the supervisors.")
    aged: int
    opened_at: datetime
    occurred_at: datetime
    occurrences: int
    owner_id: str | None
    owner_name: str | None
    lease_until: datetime | None
    accepted_at: datetime | None
    attending_at: datetime | None
    restored_at: datetime | None
    closed_at: datetime | None
    outcome: str | None
    repeat_of: int | None
    team_id: str
    area_id: str
    area_name: str
    home_id: str | None
    address: str | None
    device_id: str
    residents: list[ResidentOfAlarm]


class OccurrenceOfAlarm(BaseModel):
    """One press or finding on the alarm."""

    id: int
    at: datetime
    recorded_at: datetime
    sentence: str


class Attempt(BaseModel):
    """One attempt of a page; ``result`` is null while nobody knows how it ended."""

    attempt: int
    started_at: datetime
    finished_at: datetime | None
    result: str | None
    detail: str | None


class ToldPerson(BaseModel):
    """Who was told, when, on what, with what result. Telephone numbers and addresses are not shown."""

    responder_id: str
    responder_name: str
    channel: str
    reason: str
    step: int
    created_at: datetime
    state: str
    sent_at: datetime | None
    attempts: list[Attempt]
    progress: Progress | None = Field(
        description="How far it has come after its provider had it: taken, sent, failed, delivered, or replied."
    )
    failure: Failure | None = Field(description="Why it failed there: no_answer, busy or not_delivered.")
    reported_at: datetime | None


class Next(BaseModel):
    """What happens if nobody does anything."""

    kind: str
    due_at: datetime
    step: int | None
    targets: list[str]


class LostDevice(BaseModel):
    """A device on the list of a mass loss; ``restored_at`` is null while it is missing."""

    device_id: str
    home_id: str | None
    address: str | None
    lost_at: datetime
    restored_at: datetime | None


class TrailEntry(BaseModel):
    """One row of the audit trail, as it was written."""

    seq: int
    at: datetime
    actor_kind: str
    actor: str
    action: str
    detail: dict[str, Any]


class AlarmDetail(Alarm):
    """An alarm with all that is known. ``directions`` and ``key_note`` are null for those who need not go there.

    ``set_by`` tells who set the person's own limit that the newest occurrence rests on; empty when it is nobody's own.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                _ALARM
                | {"directions": "Round the back", "key_note": None, "phone": None}
                | {"occurred": [], "told": [], "next": [], "devices": [], "trail": [], "set_by": []}
            ]
        }
    )

    directions: str | None
    key_note: str | None
    phone: str | None
    occurred: list[OccurrenceOfAlarm]
    told: list[ToldPerson]
    next: list[Next]
    devices: list[LostDevice]
    trail: list[TrailEntry]
    set_by: list[SetBy]


class Standing(BaseModel):
    """How the alarm stands after an action. ``yours`` tells if it is with you."""

    model_config = ConfigDict(json_schema_extra={"examples": [_STANDING]})

    alarm_id: int
    version: int
    handling: Handling
    condition: Condition
    owner_id: str | None
    owner_name: str | None
    lease_until: datetime | None
    outcome: str | None
    overlay: Overlay
    overlay_until: datetime | None
    yours: bool


class Sentence(BaseModel):
    """One thing that happened, or will; ``pages`` say how each page that it caused went."""

    at: datetime
    text: str
    pages: list[str]


class Explanation(BaseModel):
    """The whole course of an alarm in plain sentences, oldest first, and what comes next."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "alarm_id": 17,
                    "happened": [
                        {
                            "at": "2026-01-13T01:30:00Z",
                            "text": "The alarm opened: danger to life.",
                            "pages": ["Anna Ek on the console: told 02:30:00"],
                        }
                    ],
                    "next": [{"at": "2026-01-13T01:31:00Z", "text": "02:31:00: step 2 tells the team", "pages": []}],
                }
            ]
        }
    )

    alarm_id: int
    happened: list[Sentence]
    next: list[Sentence]


class OutcomeLabel(BaseModel):
    """An outcome, and what it is called in each language."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"code": "helped", "labels": {"sv": "Hjälp gavs", "en": "Help was given"}}]}
    )

    code: str
    labels: dict[str, str]


def alarm(view: AlarmView, people: list[Person], language: str) -> Alarm:
    return Alarm(**_values(view, people, language))


def detail(story: Story, language: str) -> AlarmDetail:
    """Return an alarm with all that the caller may know."""
    found, view = story.detail, story.detail.alarm
    return AlarmDetail(
        **_values(view, story.people, language),
        directions=found.directions if story.way_in else None,
        key_note=found.key_note if story.way_in else None,
        phone=found.phone if story.way_in else None,
        occurred=[
            OccurrenceOfAlarm(
                id=one.id,
                at=one.at,
                recorded_at=one.recorded_at,
                sentence=explain(view.rule, one.code or view.code, one.facts, language),
            )
            for one in found.occurrences
        ],
        told=[_told(one) for one in found.told],
        next=[_next(one) for one in found.upcoming],
        devices=[LostDevice(**msgspec.structs.asdict(one)) for one in found.devices],
        trail=[TrailEntry(**{name: getattr(row, name) for name in TrailEntry.model_fields}) for row in found.audit],
        set_by=[set_by(version) for version in story.set_by],
    )


def explanation(alarm_id: int, told: Telling) -> Explanation:
    """Return the tale of an alarm."""
    return Explanation(
        alarm_id=alarm_id,
        happened=[Sentence(**said._asdict()) for said in told.happened],
        next=[Sentence(**said._asdict()) for said in told.coming],
    )


def standing(found: actions.Standing) -> Standing:
    return Standing(**msgspec.structs.asdict(found))


def _values(view: AlarmView, people: list[Person], language: str) -> dict[str, Any]:
    fields = {name: getattr(view, name) for name in Alarm.model_fields if hasattr(view, name)}
    return fields | {
        "sentence": explain(view.rule, view.code, view.facts, language),
        "residents": [ResidentOfAlarm(id=one.id, name=one.name, birth_year=one.birth_year) for one in people],
    }


def _told(one: Told) -> ToldPerson:
    values = msgspec.structs.asdict(one)
    attempts = [Attempt(**msgspec.structs.asdict(attempt)) for attempt in one.attempts]
    return ToldPerson(**values | {"attempts": attempts})


def _next(one: Upcoming) -> Next:
    return Next(kind=one.kind.value, due_at=one.due_at, step=one.step, targets=list(one.targets))
