"""A roster as a list of shifts: what people see, and what their calendars get. Pure."""

from datetime import datetime

import msgspec

from alarms.oncall.roster import Roster, Turn
from alarms.oncall.rotation import Shift


class Duty(msgspec.Struct, frozen=True, kw_only=True):
    """A time in which the same people are there. ``area_id`` is None where they answer for every area of the team.

    ``rotation_id`` is empty for those who are there beside all rotations. ``standby``: a lower layer answers.
    """

    rotation_id: str
    team_id: str
    area_id: str | None
    shift: Shift
    layer: int = 1
    standby: bool = False


def duties(roster: Roster, start: datetime, end: datetime) -> list[Duty]:
    """Return who is there between ``start`` and ``end``, by start. What overlaps the ends is given whole."""
    shifts = {one.id: list(one.rotation.shifts(start, end)) for one in roster.turnings}
    begins = {key: {shift.start for shift in theirs} for key, theirs in shifts.items()}
    every = [shift for theirs in shifts.values() for shift in theirs]
    first = min((shift.start for shift in every), default=start)
    last = max((shift.end for shift in every), default=end)
    done: list[Duty] = []
    going: dict[str, Duty] = {}
    for since, until in roster.spans(min(first, start), max(last, end)):
        turns = roster.turns(since)
        now = {turn.rotation_id: _duty(roster, turn, turns, Shift(since, until, turn.people)) for turn in turns}
        for key, duty in now.items():
            before = going.get(key)
            if before is not None and _same(before, duty) and since not in begins.get(key, ()):
                whole = msgspec.structs.replace(duty.shift, start=before.shift.start)
                now[key] = msgspec.structs.replace(duty, shift=whole)
                del going[key]
        done += going.values()
        going = now
    done += going.values()
    found = (duty for duty in done if duty.shift.start < end and duty.shift.end > start)
    return sorted(found, key=lambda duty: (duty.shift.start, duty.layer, duty.rotation_id))


def _duty(roster: Roster, turn: Turn, turns: list[Turn], shift: Shift) -> Duty:
    lowest = min(one.layer for one in turns if one.area_id is None or one.area_id == turn.area_id or one is turn)
    return Duty(
        rotation_id=turn.rotation_id,
        team_id=roster.team_id,
        area_id=turn.area_id,
        shift=shift,
        layer=turn.layer,
        standby=turn.layer > lowest,
    )


def _same(before: Duty, duty: Duty) -> bool:
    return (before.shift.turn, before.layer, before.standby) == (duty.shift.turn, duty.layer, duty.standby)
