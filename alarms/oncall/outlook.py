"""Duty, people and policies of a time to come, read once: whom an alarm would reach at each moment of it."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cached_property
from itertools import pairwise

import msgspec
from sqlalchemy import Connection

from alarms.channel import usable
from alarms.escalation.book import PolicyBook
from alarms.escalation.target import Aim, parse
from alarms.oncall import repository
from alarms.oncall.loading import roster
from alarms.oncall.repository import Person
from alarms.oncall.roster import Roster, Turn
from alarms.oncall.terms import Charge, charges
from alarms.oncall.verified import usable_channels
from alarms.settings import DeskSettings
from rules.base import AlarmClass


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """An area and the team in charge of it, from ``start`` until ``end``: nothing changes in between."""

    area_id: str
    team_id: str
    start: datetime
    end: datetime


class Outlook:
    """Answers from memory what the desk would look up at any moment between ``start`` and ``end``."""

    def __init__(self, connection: Connection, start: datetime, end: datetime, settings: DeskSettings) -> None:
        self._connection, self._start, self._end, self._settings = connection, start, end, settings
        self.usable = usable(settings)
        self.charges = charges(connection)
        teams = {team for charge in self.charges for team in (charge.team_id, *(term.team_id for term in charge.terms))}
        self._rosters: dict[str, Roster] = {}
        self._turns: dict[tuple[str, datetime], list[Turn]] = {}
        self._book = PolicyBook(connection, settings.policies, start)
        self._targets: dict[tuple[str, AlarmClass], list[list[Aim]]] = {}
        # A policy may name people and teams that are in charge of nothing here.
        aims = {aim for team in teams for aim in self._aims(team)}
        teams |= {name for aim in aims if (name := aim.team or (aim.name if aim.kind == "team" else None))}
        alone = {aim.name for aim in aims if aim.kind == "responder" and aim.name}
        found = repository.people(connection, teams=teams, ids=sorted(alone.union(self._roster_of_all(teams))))
        self.people: dict[str, Person] = {person.id: person for person in found}
        self._teams: dict[str, list[Person]] = {}
        self._centres: dict[str, list[Person]] = {}
        for person in found:
            self._teams.setdefault(person.team_id, []).append(person)
        #: Whom a page can reach at all.
        self._within_reach = {person.id for person in found if usable_channels(person, self.usable)}

    def routes(self) -> Iterator[Route]:
        """Yield every area in pieces of time, in order."""
        for charge in self.charges:
            for start, end in pairwise(self._edges(charge)):
                yield Route(area_id=charge.area_id, team_id=charge.team_at(start), start=start, end=end)

    def team(self, team_id: str) -> list[Person]:
        return self._teams.get(team_id, [])

    def on_duty(self, route: Route, skill: str | None = None) -> tuple[str, ...]:
        return self._answering(route.team_id, route.area_id, route.start, skill)

    def reached(self, route: Route) -> bool:
        """Tell whether a life-safety alarm would tell anybody who is not away, by what its policy names.

        Where policies differ by the time of day, each of them must.

        The ring of the fallback team after all else has failed does not count: it is there for what nobody foresaw.
        """
        away = self._roster(route.team_id).away
        return all(
            any(
                name in self._within_reach and not away(name, route.start)
                for target in targets
                for name in self._meant(target, route)
            )
            for targets in self._named(route.team_id, AlarmClass.LIFE_SAFETY)
        )

    def skills_lacking(self, route: Route) -> list[str]:
        """Return the skills that a policy of the team asks for and nobody on duty has."""
        asked = {
            (aim.name, aim.team)
            for alarm_class in AlarmClass
            for targets in self._named(route.team_id, alarm_class)
            for aim in targets
            if aim.kind == "on_duty" and aim.name
        }
        return sorted(skill for skill, team in asked if not self._of_duty(route, team, skill))

    def _meant(self, aim: Aim, route: Route) -> Iterable[str]:
        kind, name, team = aim.kind, aim.name, aim.team
        if kind == "on_duty":
            return self._of_duty(route, team, name)
        if kind == "responder":
            return [name or ""]
        if kind == "centre":
            return [one.id for one in self._centre(name or "")]
        if kind == "fallback":
            name = next((charge.team_at(route.start) for charge in self.charges if charge.fallback), "")
        elif kind not in {"team", "supervisors"}:
            return []
        members = self.team(name or route.team_id)
        return [one.id for one in members if kind != "supervisors" or one.supervisor]

    def _centre(self, name: str) -> list[Person]:
        if name not in self._centres:
            self._centres[name] = repository.centres(self._connection, [name])
            self._within_reach |= {one.id for one in self._centres[name] if usable_channels(one, self.usable)}
        return self._centres[name]

    def _of_duty(self, route: Route, team: str | None, skill: str | None) -> tuple[str, ...]:
        return self._answering(team or route.team_id, None if team else route.area_id, route.start, skill)

    def _answering(self, team_id: str, area_id: str | None, at: datetime, skill: str | None) -> tuple[str, ...]:
        if (team_id, at) not in self._turns:
            self._turns[team_id, at] = self._roster(team_id).turns(at)
        return self._roster(team_id).answering(self._turns[team_id, at], area_id, skill)

    def _edges(self, charge: Charge) -> list[datetime]:
        teams = {charge.team_id, *(term.team_id for term in charge.terms)}
        teams |= {aim.team for team in teams for aim in self._aims(team) if aim.team}
        edges = {edge for term in charge.terms for edge in (term.start, term.end)}
        edges.update(edge for team in teams for span in self._spans[team] for edge in span)
        return sorted({self._start, self._end} | {edge for edge in edges if self._start < edge < self._end})

    @cached_property
    def _spans(self) -> dict[str, list[tuple[datetime, datetime]]]:
        return {team: one.spans(self._start, self._end) for team, one in self._rosters.items()}

    def _roster(self, team_id: str) -> Roster:
        if team_id not in self._rosters:
            self._rosters[team_id] = roster(self._connection, team_id, self._start, self._end)
        return self._rosters[team_id]

    def _roster_of_all(self, teams: Iterable[str]) -> list[str]:
        """Read the rosters of ``teams``; return everybody who works anywhere: guests stand in for others."""
        known = [name for team in sorted(teams) for name in self._roster(team).skills]
        return sorted(set(known))

    def _aims(self, team_id: str) -> set[Aim]:
        """Return all whom any policy of a team names."""
        return {aim for kind in AlarmClass for targets in self._named(team_id, kind) for aim in targets}

    def _named(self, team_id: str, alarm_class: AlarmClass) -> list[list[Aim]]:
        """Return, for each policy that a class of alarms of a team can get, all whom it may tell."""
        key = team_id, alarm_class
        if key not in self._targets:
            policies = self._book.any_of(team_id, alarm_class)
            self._targets[key] = [[parse(target) for target in sorted(policy.targets())] for policy in policies]
        return self._targets[key]
