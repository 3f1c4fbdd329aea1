"""Which team is in charge of an area at one instant: that of a term that runs, else the standing one."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec
from sqlalchemy import BindParameter, ColumnElement, Connection, bindparam, func, select

from store.tables import area, area_term
from store.types import Utc

#: Where a term has no beginning.
ALWAYS: Final = datetime(1970, 1, 1, tzinfo=UTC)
NEVER: Final = datetime(9000, 1, 1, tzinfo=UTC)


class Term(msgspec.Struct, frozen=True):
    """``team_id`` is in charge from ``start`` until, not including, ``end``."""

    team_id: str
    start: datetime
    end: datetime


class Charge(msgspec.Struct, frozen=True, kw_only=True):
    """An area, its standing team, and the terms of others, by start."""

    area_id: str
    name: str
    team_id: str
    fallback: bool
    terms: tuple[Term, ...] = ()

    def team_at(self, moment: datetime) -> str:
        """Return the one team in charge."""
        running = [term.team_id for term in self.terms if term.start <= moment < term.end]
        return running[-1] if running else self.team_id


def in_charge(at: datetime | BindParameter[datetime]) -> ColumnElement[str]:
    """Return the id of the team in charge at ``at``, as SQL over the row of ``area`` in the statement around it."""
    # SQL never tells the time: the moment is always handed in.
    moment = bindparam(None, at, type_=Utc) if isinstance(at, datetime) else at
    running = (
        select(area_term.c.team_id)
        .where(
            area_term.c.area_id == area.c.id,
            area_term.c.from_at <= moment,
            area_term.c.to_at.is_(None) | (area_term.c.to_at > moment),
        )
        .order_by(area_term.c.from_at.desc())
        .limit(1)
        .correlate(area)
        .scalar_subquery()
    )
    return func.coalesce(running, area.c.team_id)


def charges(connection: Connection) -> list[Charge]:
    """Return every area with those who are in charge of it, by id."""
    terms: dict[str, list[Term]] = {}
    for row in connection.execute(select(area_term).order_by(area_term.c.from_at)):
        terms.setdefault(row.area_id, []).append(Term(row.team_id, row.from_at, row.to_at or NEVER))
    return [
        Charge(
            area_id=row.id,
            name=row.name,
            team_id=row.team_id,
            fallback=row.fallback,
            terms=tuple(terms.get(row.id, ())),
        )
        for row in connection.execute(select(area).order_by(area.c.id))
    ]


def overlapping(terms: Sequence[Term]) -> Iterable[tuple[int, int]]:
    """Yield pairs of places in ``terms`` at which two teams would be in charge at once."""
    order = sorted(range(len(terms)), key=lambda place: (terms[place].start, terms[place].end))
    latest = order[:1]
    for place in order[1:]:
        if terms[place].start < terms[latest[0]].end:
            yield latest[0], place
        if terms[place].end > terms[latest[0]].end:
            latest = [place]
