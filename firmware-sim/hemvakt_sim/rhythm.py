"""The daily life of one resident, as a pure function of seed and simulated time.

A day is planned from midnight to midnight from nothing but (seed, home, day), so any stretch of time gives the same
motions whether it is asked for at once, in pieces, or out of order.
"""

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import chain, count, dropwhile

import numpy as np

_DAY_S = 86_400.0
_MINUTE, _HOUR = 60.0, 3600.0
_BLIND, _CLEARS = timedelta(seconds=60), timedelta(seconds=90)


class Act(StrEnum):
    """What a sensor sees."""

    MOTION = "motion"
    STILL = "still"
    OPEN = "open"
    CLOSE = "close"


@dataclass(frozen=True, slots=True, order=True)
class Activation:
    """One thing seen at one place (a room or a door, as the scenario names it), in simulated local time."""

    at: datetime
    place: str
    act: Act


@dataclass(frozen=True, kw_only=True)
class Habits:
    """When somebody gets up and goes to bed (hours of the day), and how often they go out."""

    wakes: float = 7.0
    to_bed: float = 22.5
    outings_per_day: float = 0.8
    night_visits: float = 1.5
    #: Share of a usual day's moving about, above 0.
    activity: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Dwelling:
    """The rooms with a motion sensor and the doors with a contact; the first door is the one to the street."""

    rooms: tuple[str, ...]
    doors: tuple[str, ...] = ()

    def room(self, *wanted: str) -> str | None:
        """Return the first of these rooms that exists."""
        return next((room for room in wanted if room in self.rooms), None)


@dataclass
class _Plan:
    """A day being written: seconds since midnight, place, act."""

    dwelling: Dwelling
    rng: np.random.Generator
    steps: list[tuple[float, str, Act]] = field(default_factory=list)

    def stay(self, room: str | None, start: float, end: float, every_s: float) -> None:
        """Move in a room from ``start`` to ``end``, seen about every ``every_s`` seconds."""
        if room is None:
            return
        moment = start
        while moment < end:
            self.steps.append((moment, room, Act.MOTION))
            moment += max(5.0, self.rng.exponential(every_s))

    def door(self, moment: float) -> None:
        if self.dwelling.doors:
            door = self.dwelling.doors[0]
            self.steps.append((moment, door, Act.OPEN))
            self.steps.append((moment + self.rng.uniform(4, 25), door, Act.CLOSE))


def _night(plan: _Plan, habits: Habits, wake: float) -> None:
    home = plan.dwelling
    plan.stay(home.room("bedroom"), plan.rng.uniform(0, _HOUR), wake, 2.5 * _HOUR)
    for _ in range(plan.rng.poisson(habits.night_visits)):
        start = plan.rng.uniform(0.5 * _HOUR, max(wake - _HOUR, _HOUR))
        plan.stay(home.room("bedroom"), start, start + 30, 30)
        plan.stay(home.room("hall"), start + 30, start + 50, 30)
        plan.stay(home.room("bathroom"), start + 60, start + 5 * _MINUTE, 60)
        plan.stay(home.room("bedroom"), start + 6 * _MINUTE, start + 7 * _MINUTE, 40)


def _outing(plan: _Plan, start: float) -> float:
    """Go out through the door, be away in silence, come back; return when."""
    home, hall = plan.dwelling, plan.dwelling.room("hall")
    back = start + plan.rng.uniform(0.5 * _HOUR, 2.5 * _HOUR)
    plan.stay(hall, start - 3 * _MINUTE, start, 60)
    plan.door(start)
    plan.door(back)
    plan.stay(hall or home.room(*home.rooms), back + 10, back + 3 * _MINUTE, 60)
    return back + 3 * _MINUTE


def _day(plan: _Plan, habits: Habits, wake: float, bed: float) -> None:
    """From getting up to going to bed: bathroom, meals in the kitchen, rooms in between, now and then out."""
    home, rng = plan.dwelling, plan.rng
    plan.stay(home.room("bathroom"), wake, wake + 15 * _MINUTE, 120)
    plan.stay(home.room("kitchen"), wake + 17 * _MINUTE, wake + _HOUR, 150)
    by_day = [room for room in home.rooms if room not in {"bedroom", "bathroom", "hall"}] or list(home.rooms)
    moment = wake + _HOUR
    chance_out = habits.outings_per_day * _HOUR / max(bed - wake, _HOUR)
    while moment < bed:
        if home.doors and rng.random() < chance_out and moment + 3 * _HOUR < bed:
            moment = _outing(plan, moment)
            continue
        stay = min(rng.uniform(15 * _MINUTE, 75 * _MINUTE), bed - moment)
        room = str(rng.choice(by_day)) if by_day and rng.random() > 0.15 else home.room("bathroom", *by_day)
        plan.stay(room, moment, moment + stay, 240)
        moment += stay
    plan.stay(home.room("bathroom"), bed, bed + 8 * _MINUTE, 90)
    plan.stay(home.room("bedroom"), bed + 9 * _MINUTE, _DAY_S, 1.2 * _HOUR)


def _motions(seed: int, home: str, day: datetime, dwelling: Dwelling, habits: Habits) -> list[Activation]:
    rng = np.random.default_rng([seed, zlib.crc32(home.encode()), day.toordinal()])
    plan = _Plan(dwelling, rng)
    wake = float(np.clip(habits.wakes + rng.normal(0, 0.4), 3.0, 12.0)) * _HOUR
    bed = float(np.clip(habits.to_bed + rng.normal(0, 0.4), 15.0, 23.5)) * _HOUR
    _night(plan, habits, wake)
    _day(plan, habits, wake, bed)
    kept = (
        step
        for step in plan.steps
        if 0 <= step[0] < _DAY_S and (step[2] is not Act.MOTION or rng.random() < habits.activity)
    )
    return sorted(Activation(day + timedelta(seconds=at), place, act) for at, place, act in kept)


def life(seed: int, home: str, dwelling: Dwelling, habits: Habits, start: datetime) -> Iterator[Activation]:
    """Yield what the sensors of ``home`` report from ``start`` on (simulated local time, naive), in order, for ever."""
    # A motion late yesterday can still have its "no motion any more" today; by three in the morning none has.
    first = (start - timedelta(hours=3)).replace(hour=0, minute=0, second=0, microsecond=0)
    days = (first + timedelta(days=number) for number in count())
    motions = chain.from_iterable(_motions(seed, home, day, dwelling, habits) for day in days)
    return dropwhile(lambda activation: activation.at < start, as_reported(motions))


def as_reported(motions: Iterable[Activation]) -> Iterator[Activation]:
    """Turn motions into what a battery PIR reports; doors pass unchanged.

    After a report it is blind for 60 s, and says "no motion any more" 90 s after the last report
    (zigbee2mqtt.io, device page of RTCGQ11LM).
    """
    reported: dict[str, datetime] = {}
    for seen in motions:
        yield from _stills(reported, until=seen.at)
        last = reported.get(seen.place)
        if seen.act is Act.MOTION and last is not None and seen.at - last < _BLIND:
            continue
        if seen.act is Act.MOTION:
            reported[seen.place] = seen.at
        yield seen
    yield from _stills(reported, until=None)


def _stills(reported: dict[str, datetime], until: datetime | None) -> Iterator[Activation]:
    over = sorted(
        (last + _CLEARS, place) for place, last in reported.items() if until is None or last + _CLEARS <= until
    )
    for at, place in over:
        del reported[place]
        yield Activation(at, place, Act.STILL)
