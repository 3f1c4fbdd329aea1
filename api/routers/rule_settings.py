"""Settings of rules: what can be set, what was set by whom and why, what is to be reviewed, and a change."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.asking import needs
from api.changing import Proposed, change
from api.context import Context, InContext
from api.errors import ApiError
from api.fields import LARGEST, Cursor, Id, Limit, Listing, Text, Word, cursor_of, number_of
from api.identity.caller import Caller
from api.identity.roles import Permission
from api.reads import settings as reads
from rules.registry import all_rules
from store.settings_versions import Version

router = APIRouter(tags=["settings"])
Changer = Annotated[Caller, needs(Permission.SETTINGS_CHANGE)]
Scope = Literal["default", "home", "resident", "device"]

_VERSION: dict[str, Any] = {
    "version": 12,
    "rule": "limits",
    "scope": "resident",
    "subject": "resident-6",
    "settings": {"spo2_low": 88},
    "author": "Karin Al",
    "reason": "Chronic lung disease; letter from the clinic of 9 January.",
    "valid_from": "2026-01-13T09:00:00Z",
    "review_on": "2026-07-01",
    "overdue": False,
    "origin": "api",
}


class SubjectError(ApiError):
    """What holds for everybody has no subject; every other scope names one."""

    status = 422


class RuleOut(BaseModel):
    """A rule, the JSON Schema of its settings, and whom it is about: device, home or resident."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "limits", "scope": "resident", "settings": {"type": "object"}}]}
    )

    name: str
    scope: str
    settings: dict[str, Any]


class VersionOut(BaseModel):
    """One version. ``settings`` holds the fields that it overrides; what it leaves out falls to the wider scope."""

    model_config = ConfigDict(json_schema_extra={"examples": [_VERSION]})

    version: int
    rule: str
    scope: str
    subject: str
    settings: dict[str, Any]
    author: str
    reason: str
    valid_from: datetime
    review_on: date | None
    overdue: bool
    origin: str


class InForceOut(BaseModel):
    """What holds of a rule now. ``personal`` names the version behind each field that is not everybody's."""

    rule: str
    settings: dict[str, Any]
    personal: dict[str, int]


class SettingsOfResident(BaseModel):
    """The versions made for a resident and the home, newest first, and what holds now."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "versions": [_VERSION],
                    "in_force": [{"rule": "limits", "settings": {"spo2_low": 88}, "personal": {"spo2_low": 12}}],
                }
            ]
        }
    )

    versions: list[VersionOut]
    in_force: list[InForceOut]


class NewVersion(BaseModel):
    """A change. ``settings`` replaces the whole version before it; ``{}`` goes back to the wider scope.

    ``replaces`` is the number of the newest version as you saw it, 0 when there was none: if somebody changed it since,
    you are told. It may be left out.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "rule": "limits",
                    "scope": "resident",
                    "subject": "resident-6",
                    "settings": {"spo2_low": 88},
                    "reason": "Chronic lung disease; letter from the clinic of 9 January.",
                    "review_on": "2026-07-01",
                    "replaces": 0,
                }
            ]
        },
    )

    rule: Word
    scope: Scope
    subject: Id | None = None
    settings: dict[str, Any]
    reason: Annotated[Text, StringConstraints(min_length=1)]
    review_on: date | None = None
    replaces: Annotated[int, Field(ge=0, le=LARGEST)] | None = None


@router.get("/rules", summary="List rules and what can be set")
async def list_rules(_caller: Annotated[Caller, needs(Permission.HEALTH_READ)]) -> Listing[RuleOut]:
    """Every rule with the schema of its settings and their defaults."""
    return Listing(
        items=[
            RuleOut(name=rule.name, scope=rule.scope.value, settings=rule.Settings.model_json_schema())
            for rule in all_rules()
        ]
    )


@router.get("/settings", summary="Read the history of settings")
async def list_versions(
    context: InContext,
    caller: Changer,
    rule: Annotated[Word | None, Query(description="Of this rule.")] = None,
    scope: Annotated[Scope | None, Query(description="Of this scope; with `subject` unless it is `default`.")] = None,
    subject: Annotated[Id | None, Query(description="Of this home, resident or device.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Listing[VersionOut]:
    """Versions, newest first. None is ever changed or deleted. Looks at a person's own settings are logged."""
    place = None if scope is None and subject is None else _place(scope, subject)
    before = number_of(cursor) if cursor else None
    now = context.clock.now()
    found = await context.database.write(
        lambda connection: reads.history(connection, caller, now, rule=rule, place=place, before=before, limit=limit)
    )
    items = [shown(version, today(context)) for version in found]
    return Listing(items=items, next=cursor_of(items[-1].version) if len(items) == limit else None)


@router.post("/settings", summary="Change settings", status_code=201)
async def change_settings(context: InContext, caller: Changer, body: NewVersion) -> VersionOut:
    """Write a new version, with a reason. The rule's own checks decide, over what holds for everybody and the home.

    The gateway goes by it from the next observation on. Errors name each field.
    """
    scope, subject = _place(body.scope, body.subject)
    proposed = Proposed(
        rule=body.rule,
        scope=scope,
        subject=subject,
        settings=body.settings,
        reason=body.reason,
        review_on=body.review_on,
        replaces=body.replaces,
    )
    now = context.clock.now()
    version = await context.database.write(lambda connection: change(connection, caller, now, proposed))
    return shown(version, today(context))


@router.get("/settings/reviews", summary="List settings that are to be reviewed")
async def list_reviews(
    context: InContext,
    caller: Changer,
    within_days: Annotated[int, Query(ge=0, le=3660, description="Also those that are due within so many days.")] = 0,
) -> Listing[VersionOut]:
    """Versions in force whose review date has come, the longest overdue first."""
    now, by = context.clock.now(), today(context) + timedelta(days=within_days)
    found = await context.database.write(lambda connection: reads.reviews(connection, caller, now, by))
    return Listing(items=[shown(version, today(context)) for version in found])


@router.get("/residents/{resident_id}/settings", summary="What is set for a resident")
async def read_settings(
    context: InContext, caller: Annotated[Caller, needs(Permission.HEALTH_READ)], resident_id: Id, limit: Limit = 50
) -> SettingsOfResident:
    """The versions made for the resident and the home, and what holds now of every rule."""
    now = context.clock.now()
    versions, holding = await context.database.write(
        lambda connection: reads.of_resident(connection, caller, now, resident_id, limit=limit)
    )
    return SettingsOfResident(
        versions=[shown(version, today(context)) for version in versions],
        in_force=[InForceOut(rule=one.rule.name, settings=one.settings, personal=one.personal) for one in holding],
    )


def today(context: Context) -> date:
    """Return the day in the zone of the homes."""
    return context.clock.now().astimezone(ZoneInfo(context.settings.zone)).date()


def shown(version: Version, day: date) -> VersionOut:
    """Return a version as the API shows it."""
    return VersionOut(
        version=version.number,
        rule=version.rule,
        scope=version.scope,
        subject=version.subject,
        settings=version.settings,
        author=version.author,
        reason=version.reason,
        valid_from=version.valid_from,
        review_on=version.review_on,
        overdue=version.review_on is not None and version.review_on < day,
        origin=version.origin,
    )


def _place(scope: Scope | None, subject: str | None) -> tuple[str, str]:
    if (scope in {None, "default"}) != (subject is None) or scope is None:
        raise SubjectError
    return scope, subject or ""
