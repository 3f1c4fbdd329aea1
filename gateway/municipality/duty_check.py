"""Checks what the file says of duty: who is in charge when, and who stands in for whom."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from alarms.oncall.terms import ALWAYS, NEVER, Term, overlapping
from gateway.municipality.duty_model import Area, Charge, Span, moment
from gateway.municipality.model import Municipality
from gateway.municipality.source import Place, Problem, Source
from gateway.municipality.zones import zone_of


def check_duty(town: Municipality, source: Source) -> Iterator[Problem]:
    """Yield what is wrong. The zones of the file have been checked before."""
    yield from _terms(town, source)
    yield from _calendars(town, source)
    yield from _changes(town, source)


def term_of(charge: Charge, area: Area, zone: ZoneInfo) -> Term:
    """Return the time that an entry of ``areas[].teams`` means."""
    start = moment(charge.from_, zone) if charge.from_ is not None else ALWAYS
    return Term(charge.team or area.team, start, moment(charge.to, zone) if charge.to is not None else NEVER)


def _terms(town: Municipality, source: Source) -> Iterator[Problem]:
    teams = {team.id for team in town.teams}
    zone = ZoneInfo(town.zone)
    for number, area in enumerate(town.areas):
        places: list[Place] = [("areas", number, "teams", index) for index in range(len(area.teams))]
        terms = [term_of(charge, area, zone) for charge in area.teams]
        for place, term in zip(places, terms, strict=True):
            if term.team_id not in teams:
                yield source.problem((*place, "team"), f"there is no team {term.team_id}")
            if term.end <= term.start:
                yield source.problem((*place, "to"), "it must end after it begins")
        for earlier, later in overlapping(terms):
            other = f"{terms[earlier].team_id} on line {source.line(places[earlier])}"
            yield source.problem(places[later], f"{other} is in charge at the same time; one team at a time")


def _calendars(town: Municipality, source: Source) -> Iterator[Problem]:
    known = {calendar.id for calendar in town.calendars}
    with_calendar = {team.id for team in town.teams if team.calendar is not None}
    for number, team in enumerate(town.teams):
        if team.calendar is not None and team.calendar not in known:
            yield source.problem(("teams", number, "calendar"), f"there is no calendar {team.calendar}")
    for number, rotation in enumerate(town.rotations):
        if rotation.days != "all" and rotation.team not in with_calendar:
            yield source.problem(
                ("rotations", number, "days"), f"team {rotation.team} has no calendar that says which days these are"
            )


def _changes(town: Municipality, source: Source) -> Iterator[Problem]:
    teams, people = {team.id for team in town.teams}, {one.id for one in town.responders}
    spans: list[tuple[Place, str | None, Span]] = []
    named: list[tuple[Place, str]] = []
    for number, override in enumerate(town.overrides):
        place: Place = ("overrides", number)
        spans.append((place, override.team, override))
        named += [((*place, "in"), override.in_), *([((*place, "out"), override.out)] if override.out else [])]
        if override.in_ == override.out:
            yield source.problem(place, f"{override.in_} cannot stand in for {override.in_}")
    for number, swap in enumerate(town.swaps):
        place = ("swaps", number)
        spans += [((*place, "one"), swap.team, swap.one), ((*place, "other"), swap.team, swap.other)]
        named += [
            ((*place, "one", "responder"), swap.one.responder),
            ((*place, "other", "responder"), swap.other.responder),
        ]
    for number, absence in enumerate(town.absences):
        spans.append((("absences", number), None, absence))
        named.append((("absences", number, "responder"), absence.responder))
    for place, team, span in spans:
        if team is not None and team not in teams:
            yield source.problem((*place[:2], "team"), f"there is no team {team}")
        start, end = span.within(zone_of(town, team))
        if end <= start:
            yield source.problem((*place, "to"), "it must end after it begins")
    for place, name in named:
        if name not in people:
            yield source.problem(place, f"there is no responder {name}")
