"""What is remembered of a person's week of blood pressure: readings of both values, by day."""

from bisect import bisect_left
from typing import NamedTuple

import msgspec

from rules.home_pressure.week import DAYS

#: Twice what the protocol asks for; who measures all day long does not weigh more in the mean.
MOST_A_DAY = 8
#: A cuff that nobody fetched for two weeks tells of weeks that are over.
KEPT_DAYS = 14


class Half(NamedTuple):
    """One of the two values, until the other of the same measurement comes. ``at`` is epoch seconds."""

    device: str
    at: float
    kind: str
    value: float
    id: int


class Entry(NamedTuple):
    """A reading: epoch seconds, day of wall time (proleptic ordinal), mm[Hg], journal positions."""

    at: float
    day: int
    systolic: float
    diastolic: float
    systolic_id: int
    diastolic_id: int


class HomePressureState(msgspec.Struct):
    """At most eight entries on each of some fourteen days."""

    half: Half | None = None
    #: Readings that are not concluded, oldest first. The first of them begins the week.
    entries: list[Entry] = msgspec.field(default_factory=list)
    #: The last day (proleptic ordinal) of the week that was concluded last.
    concluded: int = 0
    #: When the last reading of the present week arrived (epoch seconds).
    heard: float = 0.0
    #: The last judged week was elevated.
    elevated: bool = False


def paired(state: HomePressureState, half: Half) -> tuple[Half, Half] | None:
    """Return systolic and diastolic of one measurement once both are there.

    They come as two observations of one message, with one time, in any order.
    """
    other = state.half
    if other is None or other.kind == half.kind or (other.device, other.at) != (half.device, half.at):
        state.half = half
        return None
    state.half = None
    return (half, other) if half.kind > other.kind else (other, half)


def enter(state: HomePressureState, entry: Entry) -> bool:
    """Put ``entry`` in its place by time; return whether it belongs to the present week and was not there yet."""
    entries = state.entries
    if entry.day <= state.concluded or sum(other.day == entry.day for other in entries) >= MOST_A_DAY:
        return False
    place = bisect_left(entries, entry.at, key=lambda other: other.at)
    if place < len(entries) and entries[place].at == entry.at:
        return False
    entries.insert(place, entry)
    return entry.day < entries[0].day + DAYS


def conclude(state: HomePressureState) -> list[Entry]:
    """Take the present week out of the diary and return its readings."""
    last = state.entries[0].day + DAYS - 1
    week = [entry for entry in state.entries if entry.day <= last]
    state.entries, state.concluded = state.entries[len(week) :], last
    return week
