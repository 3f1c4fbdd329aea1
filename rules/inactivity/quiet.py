"""How long the present quiet of a home may last, and what its end teaches."""

from collections.abc import Iterable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from rules.base import Enrolment
from rules.inactivity import fixed, rhythm
from rules.inactivity.settings import InactivitySettings
from rules.inactivity.state import InactivityState
from rules.inactivity.typical import DOOR, INSIDE, QUIET_AFTER_H

HOUR = 3600.0
#: After a longer time in which nobody listened, what was quiet before says little: somebody may have moved since.
LONG_BREAK_S = 1800.0
#: So long a home counts as hardly known: its limit is no shorter than the fixed one, however lively it seems.
FIRST_DAYS = 3
#: Hubs and sensors come back one by one after a long break.
SETTLING_S = 3600.0

Spans = Iterable[tuple[datetime, datetime]]


def counts_from(seen: float, unheard: Spans) -> float:
    """Return from when quiet since ``seen`` counts: anew after a long break in which nobody listened."""
    start = seen
    for begin, end in unheard:
        if end.timestamp() - max(begin.timestamp(), seen) >= LONG_BREAK_S:
            start = max(start, end.timestamp() + SETTLING_S)
    return start


def unheard_s(start: float, due: float, unheard: Spans) -> float:
    """Return for how many seconds nobody listened between ``start`` and ``due``, with ``due`` moving on meanwhile."""
    missed = 0.0
    for begin, end in unheard:
        first = max(begin.timestamp(), start)
        if end.timestamp() > start and first < due + missed:
            missed += end.timestamp() - first
    return missed


def limit_hours(state: InactivityState, seen: datetime, enrolment: Enrolment, settings: InactivitySettings) -> float:
    """Return how many hours of quiet after ``seen`` are too long."""
    place = DOOR if state.door else INSIDE
    if state.away:
        return settings.away_limit_h
    settled = settings.away_limit_h if state.door else fixed.limit_hours(seen, enrolment.zone, settings)
    if not settings.learning:
        return settled
    zone, counts = ZoneInfo(enrolment.zone), rhythm.opened(state.rhythm)
    learned = rhythm.limit_hours(counts, place, seen, zone, 24 * settings.days_between)
    learned = min(max(learned, settings.shortest_h), settings.longest_h)
    if rhythm.hours_known(counts) < 24 * FIRST_DAYS and not state.door:
        learned = max(learned, settled)
    fields = ("away_limit_h",) if state.door else ("day_limit_h", "night_limit_h")
    return min(learned, settled) if any(settings.set_for_home(field) for field in fields) else learned


def learn(state: InactivityState, until: float, enrolment: Enrolment) -> None:
    """Count the pause or quiet that ends at ``until`` (epoch seconds). Breaks and announced absences teach nothing."""
    if state.broken or state.away or not state.day:
        return
    if state.seen >= state.slot_until:
        _look_at_clock(state, enrolment)
    counts, place, hours = rhythm.opened(state.rhythm), DOOR if state.door else INSIDE, (until - state.seen) / HOUR
    if hours < QUIET_AFTER_H:
        rhythm.learn_active(counts, place, state.slot, hours)
    else:
        start = datetime.fromtimestamp(state.seen, UTC)
        rhythm.learn_quiet(counts, place, start, hours, ZoneInfo(enrolment.zone))


def _look_at_clock(state: InactivityState, enrolment: Enrolment) -> None:
    """Find the slot of ``seen``, which holds for a quarter of an hour at least: no zone changes within one."""
    local = datetime.fromtimestamp(state.seen, ZoneInfo(enrolment.zone))
    state.slot, state.slot_until = rhythm.slot_of(local.hour), (state.seen // 900 + 1) * 900
    if local.toordinal() > state.day:
        rhythm.fade(rhythm.opened(state.rhythm), local.toordinal() - state.day)
        state.day = local.toordinal()


def days_known(state: InactivityState) -> float:
    """Return on how many days of this home the limit rests."""
    return rhythm.hours_known(rhythm.opened(state.rhythm)) / 24


def sureness(state: InactivityState, enrolment: Enrolment) -> float:
    """Return from 0 to 1 how sure it is that the quiet is none of ordinary life.

    It is the share of quiets begun like this one that end sooner, as far as this home's own rhythm is known: an alarm
    in the first days says little, however long the quiet.
    """
    counts, began = rhythm.opened(state.rhythm), datetime.fromtimestamp(state.start, UTC)
    place, zone, days = DOOR if state.door else INSIDE, ZoneInfo(enrolment.zone), days_known(state)
    usual = rhythm.chance_to_last(counts, place, began, zone, state.limit_h)
    return (1 - usual) * days / (days + FIRST_DAYS)
