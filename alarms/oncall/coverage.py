"""What is wrong with the duty of the days ahead: found before the night, not during it."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec
from sqlalchemy import Connection

from alarms.oncall.outlook import Outlook, Route
from alarms.oncall.verified import NEEDED, verified_channels
from alarms.settings import DeskSettings

#: How far ahead somebody looks who can still do something about it.
AHEAD = timedelta(days=30)


class Kind(StrEnum):
    """What can be wrong, gravest first."""

    #: A life-safety alarm would tell nobody, whoever its policy names (E7).
    UNREACHABLE = "unreachable"
    #: The team in charge has nobody who works there.
    NO_TEAM = "no_team"
    #: Nobody is on duty.
    GAP = "gap"
    #: A policy asks for a skill that nobody on duty has.
    NO_SKILL = "no_skill"
    #: Somebody is on duty whom less than two verified channels reach.
    FEW_CHANNELS = "few_channels"


class Lack(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong from ``start`` until ``end``, for these areas of a team.

    ``subject`` is a skill or the id of a responder, as the kind has it; ``channels`` how many reach that responder.
    """

    kind: Kind
    team_id: str
    area_ids: tuple[str, ...] = ()
    subject: str = ""
    channels: int = 0
    start: datetime
    end: datetime


def coverage(connection: Connection, start: datetime, end: datetime, settings: DeskSettings) -> list[Lack]:
    """Return all that is wrong between ``start`` and ``end``, gravest first."""
    outlook = Outlook(connection, start, end, settings)
    found = [lack for route in outlook.routes() for lack in _of_route(outlook, route)]
    lacks = [*_together(found), *_people(outlook, start, end)]
    order = list(Kind)
    return sorted(
        lacks, key=lambda lack: (order.index(lack.kind), lack.start, lack.team_id, lack.area_ids, lack.subject)
    )


def unreachable(connection: Connection, start: datetime, end: datetime, settings: DeskSettings) -> list[Lack]:
    """Return the times in which a life-safety alarm of an area would tell nobody; one entry an area and time."""
    outlook = Outlook(connection, start, end, settings)
    alone = (route for route in outlook.routes() if not outlook.reached(route))
    return list(_joined(_lack(route, Kind.UNREACHABLE) for route in alone))


def _of_route(outlook: Outlook, route: Route) -> Iterator[Lack]:
    """Yield what is wrong with one area in one span, within which nothing changes."""
    if not outlook.team(route.team_id):
        yield _lack(route, Kind.NO_TEAM)
    elif not outlook.on_duty(route):
        yield _lack(route, Kind.GAP)
    if not outlook.reached(route):
        yield _lack(route, Kind.UNREACHABLE)
    for skill in outlook.skills_lacking(route):
        yield _lack(route, Kind.NO_SKILL, skill)


def _lack(route: Route, kind: Kind, subject: str = "") -> Lack:
    place = (route.area_id,)
    return Lack(kind=kind, team_id=route.team_id, area_ids=place, subject=subject, start=route.start, end=route.end)


def _people(outlook: Outlook, start: datetime, end: datetime) -> Iterator[Lack]:
    """Yield whom too few channels reach, from the first to the last time that they are on duty."""
    times: dict[tuple[str, str], tuple[datetime, datetime]] = {}
    for route in outlook.routes():
        for name in outlook.on_duty(route):
            first, _ = times.get((route.team_id, name), (route.start, end))
            times[route.team_id, name] = (min(first, route.start), route.end)
    for (team_id, name), (first, last) in times.items():
        person = outlook.people.get(name)
        channels = verified_channels(person, outlook.usable) if person is not None else ()
        if len(channels) < NEEDED:
            yield Lack(
                kind=Kind.FEW_CHANNELS,
                team_id=team_id,
                subject=name,
                channels=len(channels),
                start=max(first, start),
                end=last,
            )


def _joined(lacks: Iterable[Lack]) -> Iterator[Lack]:
    """Yield lacks of the same kind and place that follow each other as one."""
    same: dict[tuple[Kind, str, tuple[str, ...], str], list[Lack]] = {}
    for lack in lacks:
        row = same.setdefault((lack.kind, lack.team_id, lack.area_ids, lack.subject), [])
        if row and row[-1].end == lack.start:
            row[-1] = msgspec.structs.replace(row[-1], end=lack.end)
        else:
            row.append(lack)
    for row in same.values():
        yield from row


def _together(lacks: Iterable[Lack]) -> Iterator[Lack]:
    """Yield lacks that areas of a team have at the same time as one."""
    same: dict[tuple[Kind, str, str, datetime, datetime], list[str]] = {}
    for lack in _joined(lacks):
        same.setdefault((lack.kind, lack.team_id, lack.subject, lack.start, lack.end), []).extend(lack.area_ids)
    for (kind, team_id, subject, start, end), areas in same.items():
        yield Lack(kind=kind, team_id=team_id, area_ids=tuple(sorted(areas)), subject=subject, start=start, end=end)
