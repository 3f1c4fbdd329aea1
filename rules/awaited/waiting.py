"""Which of what is expected is done, open, to be reminded of, or missing."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final, Generic, NamedTuple, Protocol, TypeVar

from rules.awaited import schedule
from rules.awaited.due import Due
from rules.base import Enrolment

#: After the gateway was deaf, what waited in the broker arrives first; only then does silence count.
RESUME_GRACE: Final = timedelta(minutes=15)
D = TypeVar("D", bound=Due)


class Waits(Protocol):
    """What a rule remembers, by ``Due.key``: the last day (proleptic ordinal) that is settled, and reminded of.

    ``heard`` is when the resident was last heard of (epoch seconds of arrival).
    """

    settled: dict[str, int]
    reminded: dict[str, int]
    heard: float


class Missed(NamedTuple, Generic[D]):
    """What did not come: the last day, how many days there are of it, and since when it is missing."""

    due: D
    day: date
    missed: int
    since: datetime


class Reminder(NamedTuple, Generic[D]):
    """What the resident is to be reminded of: for which day, at what time, and until when it is not yet missing."""

    due: D
    day: date
    at: datetime
    until: datetime


def expect(state: Waits, dues: Iterable[Due], enrolment: Enrolment) -> None:
    """Fix from when what is newly expected counts: nothing before the last word from the resident is missing."""
    for due in dues:
        if due.key not in state.settled:
            state.settled[due.key] = _open_day(state, due, enrolment).toordinal() - 1


def settle(state: Waits, dues: Iterable[Due], at: datetime, enrolment: Enrolment) -> None:
    """Mark as done, on the day to which ``at`` belongs, those that this is."""
    for due in dues:
        if (day := schedule.slot_of(due, at, enrolment.zone)) is not None:
            state.settled[due.key] = max(state.settled.get(due.key, 0), day.toordinal())


def next_times(state: Waits, dues: Sequence[Due], enrolment: Enrolment) -> list[datetime]:
    """Return the moments at which something is to be reminded of, or is missing."""
    times = [until for _, _, until in _pending(state, dues, enrolment)]
    return times + [at for _, _, at in _unreminded(state, dues, enrolment)]


def remind(state: Waits, dues: Sequence[D], now: datetime, enrolment: Enrolment) -> Iterator[Reminder[D]]:
    """Yield what the resident is to be reminded of, once; what is missing already is not."""
    for due, day, at in list(_unreminded(state, dues, enrolment)):
        if at > now:
            continue
        state.reminded[due.key] = day.toordinal()
        if (until := _missing_from(due, day, enrolment)) > now:
            yield Reminder(due, day, at, until)


def miss(state: Waits, dues: Sequence[D], now: datetime, enrolment: Enrolment) -> Iterator[Missed[D]]:
    """Yield what is missing, and count it as settled: several missed days of one are told together."""
    for due, day, until in list(_pending(state, dues, enrolment)):
        if until > now:
            continue
        last, missed = schedule.last_slot(due, day, now, enrolment.zone)
        state.settled[due.key] = last.toordinal()
        yield Missed(due, last, missed, _missing_from(due, last, enrolment))


def _pending(state: Waits, dues: Iterable[D], enrolment: Enrolment) -> Iterator[tuple[D, date, datetime]]:
    """Yield each with its next open day and the moment from which it is missing."""
    for due in dues:
        day = _open_day(state, due, enrolment)
        yield due, day, _missing_from(due, day, enrolment)


def _unreminded(state: Waits, dues: Iterable[D], enrolment: Enrolment) -> Iterator[tuple[D, date, datetime]]:
    """Yield each of which the resident is to be reminded before it is missing, with the time."""
    for due, day, until in _pending(state, dues, enrolment):
        if due.remind_min is None or due.remind_min >= due.grace_min:
            continue
        if state.reminded.get(due.key, 0) < day.toordinal():
            yield due, day, until - timedelta(minutes=due.grace_min - due.remind_min)


def _missing_from(due: Due, day: date, enrolment: Enrolment) -> datetime:
    return schedule.slot(due, day, enrolment.zone) + timedelta(minutes=due.grace_min)


def _open_day(state: Waits, due: Due, enrolment: Enrolment) -> date:
    """Return the first day on which it is neither done nor missed."""
    settled = state.settled.get(due.key)
    if settled is None:
        since = max(enrolment.since, datetime.fromtimestamp(state.heard, UTC))
        return schedule.next_slot(due, date.min, since, enrolment.zone)
    return schedule.next_slot(due, date.fromordinal(settled), enrolment.since, enrolment.zone)
