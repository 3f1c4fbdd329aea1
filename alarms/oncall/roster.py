"""Who is on duty in one team: rotations in layers, and what changes them for a time. Pure.

At each instant: the turns of all rotations that apply on such a day; then substitutions, oldest first, a swap as one;
then those who are away, or no longer work here, are taken out. Of what is left the lowest layer that has anybody
answers, and with a skill asked for, the lowest that has anybody with it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from itertools import groupby, pairwise

import msgspec

from alarms.oncall.holidays import Holidays
from alarms.oncall.rotation import Rotation


class Days(StrEnum):
    """On which days a rotation applies."""

    ALL = "all"
    ORDINARY = "ordinary"
    HOLIDAYS = "holidays"


class Turning(msgspec.Struct, frozen=True, kw_only=True):
    """A rotation of a team. ``area_id`` is None where it answers for every area."""

    id: str
    rotation: Rotation
    area_id: str | None = None
    layer: int = 1
    days: Days = Days.ALL


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """Who of a rotation is there at one instant; ``rotation_id`` is empty for those beside all rotations."""

    rotation_id: str
    area_id: str | None
    layer: int
    people: tuple[str, ...]


class Substitution(msgspec.Struct, frozen=True, kw_only=True):
    """``in_id`` instead of ``out_id`` (None: beside all others) from ``start`` until, not including, ``end``."""

    in_id: str
    out_id: str | None
    start: datetime
    end: datetime
    #: The same for both halves of a swap, else different from all others.
    group: str = ""


class Absence(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody is away from ``start`` until, not including, ``end``."""

    responder_id: str
    start: datetime
    end: datetime


class Roster:
    """One team's duty. ``skills`` has an entry for everybody who works here at all."""

    def __init__(
        self,
        team_id: str,
        turnings: Iterable[Turning],
        skills: Mapping[str, frozenset[str]],
        *,
        substitutions: Sequence[Substitution] = (),
        absences: Sequence[Absence] = (),
        holidays: Holidays | None = None,
    ) -> None:
        """``substitutions`` are in the order in which they were made; the halves of a swap stand together."""
        self.team_id, self.skills = team_id, skills
        self.turnings = sorted(turnings, key=lambda one: (one.layer, one.id))
        self._substitutions, self._absences, self._holidays = substitutions, absences, holidays

    def on_duty(self, at: datetime, area_id: str | None = None, skill: str | None = None) -> tuple[str, ...]:
        """Return who answers at ``at`` for an area, or for any where it is None; with ``skill``, who of them has it."""
        return self.answering(self.turns(at), area_id, skill)

    def answering(self, turns: Iterable[Turn], area_id: str | None, skill: str | None = None) -> tuple[str, ...]:
        """Return who of ``turns``, which are by layer, answers for an area and has a skill."""
        for _, layer in groupby(turns, key=lambda turn: turn.layer):
            found = {
                name: None
                for turn in layer
                if area_id is None or turn.area_id in {None, area_id}
                for name in turn.people
                if skill is None or skill in self.skills[name]
            }
            if found:
                return tuple(found)
        return ()

    def turns(self, at: datetime) -> list[Turn]:
        """Return who is there at ``at`` in each rotation that applies, by layer; rotations without anybody left out."""
        running = [one for one in self._substitutions if one.start <= at < one.end]
        holiday = self._holidays is not None and self._holidays.at(at)
        found = []
        for one in self.turnings:
            if one.days is (Days.ORDINARY if holiday else Days.HOLIDAYS):
                continue
            if people := self._present(_substituted(one.rotation.turn_at(at), running), at):
                found.append(Turn(rotation_id=one.id, area_id=one.area_id, layer=one.layer, people=people))
        if beside := self._present((one.in_id for one in running if one.out_id is None), at):
            layer = min((turn.layer for turn in found), default=1)
            found.insert(0, Turn(rotation_id="", area_id=None, layer=layer, people=beside))
        return found

    def away(self, responder_id: str, at: datetime) -> bool:
        return any(one.responder_id == responder_id and one.start <= at < one.end for one in self._absences)

    def spans(self, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
        """Return the time from ``start`` to ``end`` in pieces within which nothing changes."""
        edges = {start, end}
        for one in self.turnings:
            edges.update(edge for shift in one.rotation.shifts(start, end) for edge in (shift.start, shift.end))
        edges.update(edge for one in self._substitutions for edge in (one.start, one.end))
        edges.update(edge for one in self._absences for edge in (one.start, one.end))
        if self._holidays is not None:
            edges.update(self._holidays.edges(start, end))
        return list(pairwise(sorted(edge for edge in edges if start <= edge <= end)))

    def _present(self, names: Iterable[str], at: datetime) -> tuple[str, ...]:
        return tuple(name for name in dict.fromkeys(names) if name in self.skills and not self.away(name, at))


def _substituted(turn: Sequence[str], running: Iterable[Substitution]) -> Sequence[str]:
    for _, group in groupby(running, key=lambda one: one.group or id(one)):
        instead = {one.out_id: one.in_id for one in group if one.out_id is not None}
        turn = [instead.get(name, name) for name in turn]
    return turn
