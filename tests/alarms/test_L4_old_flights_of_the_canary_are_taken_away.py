"""Seven days of the canary's flights are kept; the audit keeps every row, holds, and no number is given twice."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import func, select

from alarms import audit
from alarms.canary import flights, retention
from alarms.canary.keeper import come_home
from alarms.canary.sink import CHANNEL
from alarms.channel import Receipt, Result
from alarms.delivery import outbox, reports
from alarms.follow_up import sources
from alarms.follow_up.months import Month
from alarms.phone.provider import Progress, Report
from rules.base import AlarmClass
from rules.canary import DEVICE
from store import tables
from tests.alarms.town import Town

HELD = ("alarm", "occurrence", "page", "delivery", "canary_flight")


def count(town: Town, *names: str) -> dict[str, int]:
    def rows(name: str) -> int:
        query = select(func.count()).select_from(getattr(tables, name))
        return town.see(lambda c: c.execute(query).scalar_one())

    return {name: rows(name) for name in names}


@pytest.fixture
def flying(town: Town) -> Iterator[Town]:
    assert town.do(lambda c: flights.install(c, town.now))
    yield town
    verdict = town.see(audit.verify)
    assert verdict.broken_at is None


def fly(town: Town) -> int:
    flight = town.do(lambda c: flights.launch(c, town.now))
    values: dict[str, Any] = {"rule": "canary", "code": "flown", "alarm_class": AlarmClass.TECHNICAL}
    number = town.press(subject=DEVICE, facts={"flight": str(flight)}, **values)
    for one in town.do(lambda c: outbox.claim(c, CHANNEL, "d", town.now, lease_s=9, limit=9, base_url="x")):
        town.do(lambda c, one=one: outbox.finish(c, one, "d", Receipt(Result.ACCEPTED), town.now))  # type: ignore[misc]
        said = Report("1", Progress.DELIVERED)
        town.do(lambda c, one=one, said=said: reports.record(c, one.idempotency_key, "x", said, town.now))  # type: ignore[misc]
    town.do(lambda c: come_home(c, town.now, town.settings))
    return number


def thin(town: Town) -> int:
    taken = 0
    while now := town.do(lambda c: retention.thin(c, town.now)):
        taken += now
    return taken


def test_seven_days_are_kept_and_what_is_older_goes_with_all_that_hangs_on_it(flying: Town) -> None:
    rows: dict[str, int] = {}
    for day in range(10):
        fly(flying)
        rows = count(flying, "audit")
        if day < 9:
            flying.clock.advance(days=1)
    # The flights of nine and eight days ago; that of seven days ago is not older than seven days.
    assert thin(flying) == 2
    assert count(flying, *HELD) == dict.fromkeys(HELD, 8)
    assert thin(flying) == 0
    assert count(flying, "audit") == rows
    kept = flying.see(lambda c: c.execute(select(tables.alarm.c.repeat_of)).scalars().all())
    there = flying.see(lambda c: c.execute(select(tables.alarm.c.id)).scalars().all())
    assert set(kept) <= {None, *there}


def test_alarms_of_people_and_what_the_canary_found_stay(flying: Town) -> None:
    fly(flying)
    pressed, late = flying.press(), flying.technical(rule="chain", code="late")
    flying.accept(pressed, "bo")
    flying.close(pressed, "bo")
    open_flight = flying.do(lambda c: flights.launch(c, flying.now))
    values: dict[str, Any] = {"rule": "canary", "code": "flown", "alarm_class": AlarmClass.TECHNICAL}
    still_open = flying.press(subject=DEVICE, facts={"flight": str(open_flight)}, **values)
    flying.clock.advance(days=400)
    flying.press(subject="pendant-2")
    assert thin(flying) == 1
    assert {flying.alarm(number).id for number in (pressed, late, still_open)} == {pressed, late, still_open}
    assert flying.detail(pressed).told


def test_no_number_is_given_twice(flying: Town) -> None:
    last = fly(flying)
    flying.clock.advance(days=30)
    assert thin(flying) == 0
    assert flying.press() > last
    assert thin(flying) == 1
    assert fly(flying) > last + 1
    numbers = flying.see(lambda c: c.execute(select(tables.canary_flight.c.id)).scalars().all())
    assert len(numbers) == len(set(numbers))


def test_very_many_go_in_pieces(flying: Town) -> None:
    for _ in range(3):
        fly(flying)
    first = flying.see(lambda c: c.execute(select(tables.alarm)).mappings().first())
    assert first is not None
    many = [dict(first) | {"id": number} for number in range(1000, 1450)]
    flying.database.write_now(lambda c: c.execute(tables.alarm.insert(), many))
    flying.clock.advance(days=8)
    assert flying.do(lambda c: retention.thin(c, flying.now)) == 200
    assert thin(flying) == 252
    assert count(flying, "alarm") == {"alarm": 1}


def test_follow_up_counts_no_flight_before_and_after(flying: Town) -> None:
    fly(flying)
    alarm = flying.press()
    flying.accept(alarm, "bo")
    flying.close(alarm, "bo")

    def report() -> Any:
        return flying.see(lambda c: sources.of_database(c, Month(2026, 1), "Europe/Stockholm"))

    before = report()
    flying.clock.advance(days=30)
    flying.press(subject="pendant-2")
    assert thin(flying) == 1
    after = report()
    assert (after.groups, after.hours, after.waits) == (before.groups, before.hours, before.waits)
