"""Who a target of an escalation step means right now, and how each of them can be reached."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import Connection, bindparam, select

from alarms.canary import sink
from alarms.channel import stored, usable
from alarms.escalation.target import parse
from alarms.oncall import repository
from alarms.oncall.repository import Contact, Person
from alarms.oncall.terms import in_charge
from alarms.settings import DeskSettings
from store.tables import area
from store.types import Utc

_FALLBACK_TEAM: Final = (
    select(in_charge(bindparam("now", type_=Utc))).select_from(area).where(area.c.fallback).order_by(area.c.id).limit(1)
)


class Recipient(msgspec.Struct, frozen=True):
    """A person with the contacts that a page goes to; there is at least one."""

    person: Person
    contacts: tuple[Contact, ...]


class Directory:
    """Looks people up once for one unit of work, at one instant."""

    def __init__(self, connection: Connection, now: datetime, settings: DeskSettings) -> None:
        self._connection, self._now = connection, now
        self._usable = usable(settings)
        self._teams: dict[str, list[Person]] = {}
        self._duty: dict[tuple[str, str | None, str | None], list[str]] = {}
        self._people: dict[str, Person | None] = {}

    def person(self, responder_id: str) -> Person | None:
        """Return the responder if there is one and they are active."""
        if responder_id not in self._people:
            found = repository.people(self._connection, ids=[responder_id])
            self._people[responder_id] = found[0] if found else None
        return self._people[responder_id]

    def team(self, team_id: str) -> list[Person]:
        if team_id not in self._teams:
            self._teams[team_id] = repository.people(self._connection, teams=[team_id])
        return self._teams[team_id]

    def fallback_team(self) -> str | None:
        """Return the team that answers when nobody else is known to."""
        return self._connection.execute(_FALLBACK_TEAM, {"now": self._now}).scalar()

    def reach(self, targets: Iterable[str], team_id: str, area_id: str, contacts: int | None = None) -> list[Recipient]:
        """Return whom the targets mean, each once, without those whom no usable channel reaches."""
        targets = tuple(targets)
        if sink.TARGET in targets:
            return [Recipient(sink.PERSON, sink.PERSON.contacts)]
        meant = {person.id: person for target in targets for person in self._meant(target, team_id, area_id)}
        recipients = (self.recipient(person, contacts) for person in meant.values())
        return [recipient for recipient in recipients if recipient is not None]

    def recipient(self, person: Person, contacts: int | None = None) -> Recipient | None:
        """Return the person with their usable contacts: every stored one, and the first ``contacts`` of the others."""
        free = [one for one in person.contacts if one.channel in self._usable & stored()]
        sent = [one for one in person.contacts if one.channel in self._usable - stored()]
        chosen = (*free, *sent[:contacts])
        return Recipient(person, chosen) if chosen else None

    def _meant(self, target: str, team_id: str, area_id: str) -> list[Person]:
        aim = parse(target)
        match aim.kind:
            case "on_duty":
                return self._on_duty(aim.team or team_id, None if aim.team else area_id, aim.name)
            case "team":
                return self.team(aim.name or team_id)
            case "supervisors":
                return [person for person in self.team(team_id) if person.supervisor]
            case "fallback":
                fallback = self.fallback_team()
                return self.team(fallback) if fallback else []
            case "centre":
                return repository.centres(self._connection, [aim.name or ""])
        found = self.person(aim.name or "")
        return [found] if found else []

    def _on_duty(self, team_id: str, area_id: str | None, skill: str | None) -> list[Person]:
        """Return whoever is on duty, with ``skill`` where one is asked for; ``area_id`` None: anywhere in the team."""
        key = team_id, area_id, skill
        if key not in self._duty:
            self._duty[key] = repository.on_duty(self._connection, team_id, area_id, self._now, skill)
        members = {person.id: person for person in self.team(team_id)}
        known = (members.get(name) or self.person(name) for name in sorted(self._duty[key]))
        return [person for person in known if person is not None]
