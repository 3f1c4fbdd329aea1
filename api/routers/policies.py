"""Escalation policies: who is told when, and when each policy applies."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import Connection, or_, select, true

from alarms.escalation.book import ORDER
from alarms.escalation.policy import Policies, Policy
from api.asking import needs
from api.context import InContext
from api.fields import Listing
from api.identity.caller import Caller
from api.identity.roles import Permission
from api.identity.scope import own_teams
from rules.base import AlarmClass
from store.tables import policy

router = APIRouter(tags=["on-call"])

_STEPS = [{"after_s": 0, "targets": ["on_duty:nurse"], "contacts": None}]
_EXAMPLE: dict[str, Any] = {
    "id": "night",
    "name": "Natt",
    "team_id": "north",
    "alarm_class": "life_safety",
    "days": ["fri", "sat"],
    "from_time": "21:00",
    "to_time": "07:00",
    "active": True,
    "chain": {
        "steps": _STEPS,
        "repeat": 0,
        "repeat_after_s": 60,
        "ring": ["on_duty", "team", "supervisors"],
        "ring_s": 60,
        "lease_s": 300,
        "attend_lease_s": 2700,
        "confirm_s": 30,
        "hand_over_s": 120,
        "hear_again": True,
    },
}


class ChainStep(BaseModel):
    """``after_s`` seconds after the step before, the targets are told, on ``contacts`` of their contacts or all."""

    after_s: float
    targets: list[str]
    contacts: int | None


class Chain(BaseModel):
    """What happens until somebody accepts. Times are seconds; ``repeat`` is how many more rounds the steps have."""

    steps: list[ChainStep]
    repeat: int
    repeat_after_s: float
    ring: list[str]
    ring_s: float
    lease_s: float
    attend_lease_s: float
    confirm_s: float | None
    hand_over_s: float
    hear_again: bool


class NamedPolicy(BaseModel):
    """A policy. Days and times are local to the team; null means every day, all day, every team."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: str = Field(description="Empty for the installation's own, which applies where no other does.")
    name: str
    team_id: str | None
    alarm_class: AlarmClass
    days: list[str] | None
    from_time: str | None
    to_time: str | None
    active: bool
    chain: Chain | None = Field(description="Null when what is stored cannot be read; it is then passed over.")


@router.get("/policies", summary="List escalation policies")
async def list_policies(
    context: InContext, caller: Annotated[Caller, needs(Permission.ON_CALL_READ)]
) -> Listing[NamedPolicy]:
    """The policies of the caller's teams and those of every team, in the order in which one is chosen.

    An alarm takes the first that fits its team, its class and the time at which it opens, and keeps it: an edit changes
    no alarm that is open. The last three are the installation's own.
    """
    defaults = context.desk.policies
    rows = await context.database.read(lambda connection: _stored(connection, caller, defaults))
    return Listing(items=rows + [_own(defaults, alarm_class) for alarm_class in AlarmClass])


def _stored(connection: Connection, caller: Caller, defaults: Policies) -> list[NamedPolicy]:
    mine = true() if caller.teams is None else or_(policy.c.team_id.is_(None), own_teams(caller, policy.c.team_id))
    rows = connection.execute(select(policy).where(mine).order_by(*ORDER)).mappings()
    return [
        NamedPolicy(
            **{name: row[name] for name in NamedPolicy.model_fields if name in row},
            chain=_readable(defaults, AlarmClass(row["alarm_class"]), row["content"]),
        )
        for row in rows
    ]


def _own(defaults: Policies, alarm_class: AlarmClass) -> NamedPolicy:
    return NamedPolicy(
        id="",
        name="",
        team_id=None,
        alarm_class=alarm_class,
        days=None,
        from_time=None,
        to_time=None,
        active=True,
        chain=_chain(defaults.of(alarm_class)),
    )


def _readable(defaults: Policies, alarm_class: AlarmClass, content: Any) -> Chain | None:
    try:
        return _chain(defaults.with_changes(alarm_class, "", content))
    except (ValidationError, ValueError, TypeError):
        return None


def _chain(found: Policy) -> Chain:
    return Chain.model_validate(found.model_dump(exclude={"id"}))
