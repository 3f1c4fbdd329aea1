"""Escalation policies and alarm centres of the file: what is checked of them, and the rows that they become."""

from collections.abc import Iterator
from typing import Any, Final

from pydantic import ValidationError

from alarms.escalation.policy import Policies
from alarms.escalation.policy import Policy as Chain
from alarms.escalation.target import parse
from alarms.escalation.window import Window
from gateway.municipality.model import Municipality, Policy
from gateway.municipality.source import Place, Problem, Source

#: What a policy leaves out is judged as the defaults have it.
_DEFAULTS: Final = Policies()


def check_policies(town: Municipality, source: Source) -> Iterator[Problem]:
    """Name every fault of the policies by line: fields, times, names that nobody has, policies that are never used."""
    always: dict[tuple[str, str | None], str] = {}
    teams = {team.id for team in town.teams}
    for number, policy in enumerate(town.policies):
        place: Place = ("policies", number)
        if policy.team is not None and policy.team not in teams:
            yield source.problem((*place, "team"), f"there is no team {policy.team}")
        yield from _chain(town, source, place, policy)
        try:
            window = Window(days=_days(policy), from_time=policy.from_time, to_time=policy.to_time)
        except ValidationError as error:
            yield source.problem((*place, "from"), _said(error.errors()[0]["msg"]))
            continue
        key = policy.alarm_class.value, policy.team
        if not policy.active:
            continue
        if key in always:
            yield source.problem(place, f"never used: {always[key]} stands before it and applies at any time")
        elif window.always:
            always[key] = policy.id
    yield from _centre_teams(town, source)


def centres(town: Municipality) -> list[dict[str, Any]]:
    """Return the rows of the alarm centres; one without a team of its own belongs to that of the fallback area."""
    fallback = next((area.team for area in town.areas if area.fallback), "")
    return [
        {
            "id": one.id,
            "name": one.name,
            "team_id": one.team or fallback,
            "language": one.language,
            "supervisor": False,
            "active": True,
            "centre": True,
        }
        for one in town.centres
    ]


def contacts(town: Municipality) -> list[dict[str, Any]]:
    """Return the rows of the alarm centres' contacts."""
    return [
        {"responder_id": one.id, "channel": way.channel, "address": way.address, "position": number, "active": True}
        for one in town.centres
        for number, way in enumerate(one.contacts)
    ]


def rows(town: Municipality) -> list[dict[str, Any]]:
    """Return the rows of the policies, in the order of the file."""
    return [
        {
            "id": one.id,
            "name": one.name,
            "team_id": one.team,
            "alarm_class": one.alarm_class.value,
            "days": one.days,
            "from_time": one.from_time,
            "to_time": one.to_time,
            "position": number,
            "content": one.model_extra or {},
            "active": one.active,
        }
        for number, one in enumerate(town.policies)
    ]


def _chain(town: Municipality, source: Source, place: Place, policy: Policy) -> Iterator[Problem]:
    try:
        chain = _DEFAULTS.with_changes(policy.alarm_class, policy.id, policy.model_extra or {})
    except ValidationError as error:
        for one in error.errors():
            yield source.problem((*place, *one["loc"]), _said(one["msg"]))
        return
    except ValueError as error:
        field, _, text = str(error).partition(": ")
        yield source.problem((*place, field), text)
        return
    # What the defaults bring along needs no check, and has no line.
    yield from _strangers(town, source, place, policy, chain)


def _strangers(town: Municipality, source: Source, place: Place, policy: Policy, chain: Chain) -> Iterator[Problem]:
    told: list[tuple[Place, str]] = []
    given = policy.model_extra or {}
    if "steps" in given:
        told += [
            ((*place, "steps", number, "targets", index), target)
            for number, step in enumerate(chain.steps)
            for index, target in enumerate(step.targets)
        ]
    if "ring" in given:
        told += [((*place, "ring", index), target) for index, target in enumerate(chain.ring)]
    known = {
        "team": {one.id for one in town.teams},
        "responder": {one.id for one in town.responders},
        "centre": {one.id for one in town.centres},
    }
    for where, target in told:
        aim = parse(target)
        named = [("team", aim.team)] if aim.kind == "on_duty" else [(aim.kind, aim.name)]
        for what, name in named:
            if name is not None and name not in known[what]:
                yield source.problem(where, f"there is no {what} {name}")


def _centre_teams(town: Municipality, source: Source) -> Iterator[Problem]:
    teams = {team.id for team in town.teams}
    for number, centre in enumerate(town.centres):
        if centre.team is None and not any(area.fallback for area in town.areas):
            yield source.problem(("centres", number), "needs a `team`, for no area of the file is the fallback")
        elif centre.team is not None and centre.team not in teams:
            yield source.problem(("centres", number, "team"), f"there is no team {centre.team}")


def _days(policy: Policy) -> Any:
    return tuple(policy.days) if policy.days is not None else None


def _said(message: str) -> str:
    return message.removeprefix("Value error, ")
