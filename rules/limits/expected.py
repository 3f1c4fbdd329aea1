"""Which measurements are expected of a resident, and which of them are made, open, or to be reminded of."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from devices.observation import Kind
from rules.base import Enrolment
from rules.limits import schedule
from rules.limits.settings import Due, settings_of
from rules.limits.state import LimitsState


def expect(state: LimitsState, enrolment: Enrolment) -> None:
    """Fix from when a newly expected measurement counts: nothing before the last word from the resident is missing."""
    for due in settings_of(enrolment).due:
        if due.key not in state.settled:
            state.settled[due.key] = _open_day(state, due, enrolment).toordinal() - 1


def settle(state: LimitsState, kind: Kind, at: datetime, enrolment: Enrolment) -> None:
    """Mark the expected measurement that this one is."""
    for due in settings_of(enrolment).due:
        if due.kind is kind and (day := schedule.slot_of(due, at, enrolment.zone)) is not None:
            state.settled[due.key] = max(state.settled.get(due.key, 0), day.toordinal())


def pending(state: LimitsState, enrolment: Enrolment) -> Iterator[tuple[Due, date, datetime]]:
    """Yield each expected measurement with its next open day and the moment from which it is missing."""
    for due in settings_of(enrolment).due:
        day = _open_day(state, due, enrolment)
        yield due, day, missing_from(due, day, enrolment)


def unreminded(state: LimitsState, enrolment: Enrolment) -> Iterator[tuple[Due, date, datetime]]:
    """Yield each expected measurement of which the resident is to be reminded before it is missing, with the time."""
    for due, day, until in pending(state, enrolment):
        if due.remind_min is None or due.remind_min >= due.grace_min:
            continue
        if state.reminded.get(due.key, 0) < day.toordinal():
            yield due, day, until - timedelta(minutes=due.grace_min - due.remind_min)


def missing_from(due: Due, day: date, enrolment: Enrolment) -> datetime:
    """Return from when the measurement of ``day`` is missing."""
    return schedule.slot(due, day, enrolment.zone) + timedelta(minutes=due.grace_min)


def _open_day(state: LimitsState, due: Due, enrolment: Enrolment) -> date:
    """Return the first day whose measurement is neither made nor missed."""
    settled = state.settled.get(due.key)
    if settled is None:
        since = max(enrolment.since, datetime.fromtimestamp(state.heard, UTC))
        return schedule.next_slot(due, date.min, since, enrolment.zone)
    return schedule.next_slot(due, date.fromordinal(settled), enrolment.since, enrolment.zone)
