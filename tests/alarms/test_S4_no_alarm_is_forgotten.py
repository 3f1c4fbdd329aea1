"""S4: every life-safety alarm that is not closed has something coming; the check sees when it has not."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, delete, event, update

from alarms import auditor
from store import tables
from tests.alarms.town import Town


def forgotten(town: Town, grace: float = 15) -> tuple[int, ...]:
    return town.see(lambda connection: auditor.forgotten(connection, town.now, timedelta(seconds=grace)))


@pytest.mark.parametrize("state", ["open", "exhausted", "accepted", "attending"])
def test_S4_an_alarm_whose_timer_is_gone_is_seen(town: Town, state: str) -> None:
    alarm = town.press()
    town.technical()
    if state == "exhausted":
        town.advance(300)
        assert town.alarm(alarm).exhausted
    if state in {"accepted", "attending"}:
        town.accept(alarm, "anna")
    if state == "attending":
        town.act("attend", alarm, "anna")
    assert forgotten(town) == ()
    with pytest.raises(AssertionError, match="S4"):
        town.do(lambda c: c.execute(delete(tables.timer).where(tables.timer.c.alarm_id == alarm)))
    assert forgotten(town) == (alarm,)


def test_S4_a_timer_of_the_wrong_kind_or_a_lease_that_ends_elsewhere_is_no_excuse(town: Town) -> None:
    alarm = town.press()
    timer = update(tables.timer).where(tables.timer.c.alarm_id == alarm, tables.timer.c.kind != "age")
    with pytest.raises(AssertionError, match="S4"):
        town.do(lambda c: c.execute(timer.values(kind="autoclose")))
    town.do(lambda c: c.execute(timer.values(kind="step")))
    town.accept(alarm, "anna")
    with pytest.raises(AssertionError, match="S4"):
        town.do(lambda c: c.execute(timer.values(due_at=town.now + timedelta(days=9))))


def test_S4_a_timer_that_nobody_fires_counts_as_forgotten_after_the_grace(town: Town) -> None:
    alarm = town.press()
    town.clock.advance(seconds=60 + 14)
    assert forgotten(town) == ()
    town.clock.advance(seconds=2)
    assert forgotten(town) == (alarm,)
    town.run_due()
    assert forgotten(town) == ()


def test_S4_the_check_reads_alarms_by_an_index(small_town: Town) -> None:
    seen: list[tuple[str, Any]] = []

    def explained(connection: Connection) -> str:
        @event.listens_for(connection, "before_cursor_execute")
        def note(_connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
            seen.append((statement, parameters))

        auditor.forgotten(connection, small_town.now, timedelta())
        statement, parameters = seen[-1]
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
        return " ".join(str(row[3]) for row in plan)

    plan = small_town.see(explained)
    assert "USING INDEX ix_alarm_not_closed" in plan
    assert "SCAN timer" not in plan
