"""Entering what changes duty for a time: overrides, swaps, absences, and notes for the next shift.

Each is one unit of work, guarded by E7 and told in the audit.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import Column, Connection, insert, or_, select, update

from alarms import audit
from alarms.oncall.guard import keeps_reachable
from alarms.oncall.loading import roster
from alarms.oncall.repository import duties
from alarms.settings import DeskSettings
from store.errors import HemvaktError
from store.tables import absence, hand_over_note, responder, substitution, team

#: What is to last longer is a change of the rotation.
LONGEST: Final = timedelta(days=366)
#: How far the shift may lie for which a note is left, and how long one is shown where none comes.
_NEXT: Final = timedelta(days=15)
_NOTE: Final = timedelta(days=1)


class DutyError(HemvaktError):
    """This cannot be entered."""

    def __init__(self, code: str, detail: str, **facts: str) -> None:
        """``code`` is a stable word for why, with what it is about; ``detail`` says it in English."""
        super().__init__(detail)
        self.why = {"code": code, **facts}


class NoSuchEntryError(HemvaktError):
    """There is no such entry, or it was cancelled already."""


class Author(msgspec.Struct, frozen=True, kw_only=True):
    """Who enters something: the account, and the name that others are shown."""

    login: str
    name: str


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """``in_id`` instead of ``out_id`` (None: beside the others) in a team, from ``start`` until ``end``."""

    team_id: str
    out_id: str | None
    in_id: str
    start: datetime
    end: datetime


class Desk(msgspec.Struct, frozen=True):
    """With what entries are made: the transaction, who makes them, when, and how the desk is set up."""

    connection: Connection
    author: Author
    now: datetime
    settings: DeskSettings


def substitute(desk: Desk, exchange: Exchange, note: str = "") -> str:
    """Enter an override; return its id. Raises DutyError, UnreachableRouteError."""
    return _exchange(desk, [exchange], note)


def swap(desk: Desk, one: Exchange, other: Exchange, note: str = "") -> str:
    """Enter a swap: two people take each other's shifts. Return its id. Raises DutyError, UnreachableRouteError."""
    if one.out_id is None or (one.team_id, one.in_id, one.out_id) != (other.team_id, other.out_id, other.in_id):
        raise DutyError("not_a_swap", "A swap is between the same two people of one team.")
    return _exchange(desk, [one, other], note)


def be_absent(desk: Desk, responder_id: str, start: datetime, end: datetime) -> str:
    """Enter that somebody is away; return the id. Raises DutyError, UnreachableRouteError."""
    _require_time(start, end, desk.now)
    team_id = _require(desk.connection, responder.c.id, responder_id, responder.c.team_id)
    key = uuid.uuid4().hex
    row = {"id": key, "responder_id": responder_id, "from_at": start, "to_at": end}
    with keeps_reachable(desk.connection, desk.now, desk.settings):
        desk.connection.execute(insert(absence).values(row | {"author": desk.author.name, "created_at": desk.now}))
    _tell(desk, "duty_absence", team_id, {"entry": key, "who": responder_id, "from": start, "to": end})
    return key


def cancel(desk: Desk, entry: str) -> None:
    """Take back an override, an absence or both halves of a swap. Raises NoSuchEntryError, UnreachableRouteError."""
    with keeps_reachable(desk.connection, desk.now, desk.settings):
        count = 0
        for table in (substitution, absence):
            same = table.c.id == entry
            if table is substitution:
                same = or_(same & substitution.c.swap_id.is_(None), substitution.c.swap_id == entry)
            done = update(table).where(same, table.c.cancelled_at.is_(None)).values(cancelled_at=desk.now)
            count += desk.connection.execute(done).rowcount
        if not count:
            raise NoSuchEntryError
    _tell(desk, "duty_cancelled", None, {"entry": entry})


def leave_note(desk: Desk, team_id: str, text: str) -> datetime:
    """Leave a note for the next shift of a team; return until when it is shown. Raises DutyError."""
    _require(desk.connection, team.c.id, team_id, team.c.id)
    if not text.strip():
        raise DutyError("empty_note", "A note says something.")
    ahead = [
        duty.shift.end
        for duty in duties(desk.connection, team_id, desk.now, desk.now + _NEXT)
        if duty.shift.start > desk.now and not duty.standby
    ]
    until = min(ahead, default=desk.now + _NOTE)
    row = {"team_id": team_id, "author": desk.author.name, "text": text.strip(), "at": desk.now, "until_at": until}
    desk.connection.execute(insert(hand_over_note).values(row))
    # What it says may be about somebody's health, so the audit tells only that it was left.
    _tell(desk, "duty_note", team_id, {"until": until})
    return until


def _exchange(desk: Desk, halves: Sequence[Exchange], note: str) -> str:
    for half in halves:
        _require_time(half.start, half.end, desk.now)
        _require(desk.connection, team.c.id, half.team_id, team.c.id)
        for name in filter(None, (half.in_id, half.out_id)):
            _require(desk.connection, responder.c.id, name, responder.c.id)
        if half.in_id == half.out_id:
            raise DutyError("same_person", "Nobody stands in for themselves.")
        if half.out_id is not None and not _on_duty_within(desk.connection, half):
            raise DutyError(
                "no_shift",
                f"{half.out_id} has no shift in team {half.team_id} in that time.",
                who=half.out_id,
                team=half.team_id,
            )
    key = uuid.uuid4().hex
    rows = [
        {
            "id": f"{key}.{number}" if len(halves) > 1 else key,
            "swap_id": key if len(halves) > 1 else None,
            "team_id": half.team_id,
            "out_id": half.out_id,
            "in_id": half.in_id,
            "from_at": half.start,
            "to_at": half.end,
            "note": note,
            "author": desk.author.name,
            "created_at": desk.now,
        }
        for number, half in enumerate(halves)
    ]
    with keeps_reachable(desk.connection, desk.now, desk.settings):
        desk.connection.execute(insert(substitution), rows)
    told = [{"out": half.out_id, "in": half.in_id, "from": half.start, "to": half.end} for half in halves]
    _tell(desk, "duty_swap" if len(halves) > 1 else "duty_override", halves[0].team_id, {"entry": key, "halves": told})
    return key


def _on_duty_within(connection: Connection, half: Exchange) -> bool:
    found = roster(connection, half.team_id, half.start, half.end)
    return any(
        half.out_id in turn.people for start, _ in found.spans(half.start, half.end) for turn in found.turns(start)
    )


def _require_time(start: datetime, end: datetime, now: datetime) -> None:
    if end <= start:
        raise DutyError("ends_first", "It must end after it begins.")
    if end <= now:
        raise DutyError("over", "It is over already.")
    if end - start > LONGEST:
        raise DutyError("too_long", "It is longer than a year; change the rotation instead.")


def _require(connection: Connection, key: Column[str], value: str, wanted: Column[str]) -> str:
    query = select(wanted).where(key == value)
    if key.table is responder:
        query = query.where(responder.c.active)
    found = connection.scalar(query)
    if found is None:
        raise DutyError(f"no_{key.table.name}", f"There is no {key.table.name} {value}.", name=value)
    return str(found)


def _tell(desk: Desk, action: str, team_id: str | None, detail: dict[str, Any]) -> None:
    audit.append(
        desk.connection,
        at=desk.now,
        actor_kind="account",
        actor=desk.author.login,
        action=action,
        team_id=team_id,
        detail=detail,
    )
