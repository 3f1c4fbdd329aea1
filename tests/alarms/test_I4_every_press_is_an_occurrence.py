"""I4: a replay raises nothing twice, and N presses are N occurrences."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from store import tables
from tests.alarms.town import Town


def count(town: Town, table: str) -> int:
    return town.see(
        lambda connection: connection.execute(
            select(func.count()).select_from(tables.metadata.tables[table])
        ).scalar_one()
    )


def test_I4_the_same_finding_again_changes_nothing(town: Town) -> None:
    finding = town.finding()
    first = town.record(finding)
    again = town.record(finding, finding)
    assert (len(first.opened), again.opened, again.occurred, again.known) == (1, (), (), 2)
    assert [count(town, name) for name in ("alarm", "occurrence", "finding", "audit")] == [1, 1, 1, 1]


def test_I4_two_presses_in_one_batch_are_two_occurrences_of_one_alarm(town: Town) -> None:
    done = town.record(town.finding(), town.finding())
    assert done.opened == done.occurred
    assert town.alarm(done.opened[0]).occurrences == len(town.detail(done.opened[0]).occurrences) == 2


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deliveries=st.lists(st.integers(0, 9), min_size=1, max_size=30), cut=st.integers(1, 7))
def test_I4_any_repetition_and_order_and_batching_gives_one_occurrence_a_press(
    small_town: Town, deliveries: list[int], cut: int
) -> None:
    before = count(small_town, "occurrence")
    presses = [small_town.finding() for _ in range(10)]
    chosen = [presses[number] for number in deliveries]
    for start in range(0, len(chosen), cut):
        small_town.record(*chosen[start : start + cut])
    assert count(small_town, "occurrence") - before == len(set(deliveries))


def test_I8_a_flood_from_one_device_is_stored_whole_and_hides_no_other_home(small_town: Town) -> None:
    flood = [small_town.finding() for _ in range(1000)]
    done = small_town.record(*flood, small_town.finding(subject="pendant-2"))
    assert len(done.opened) == 2
    assert small_town.alarm(done.opened[0]).occurrences == 1000
    assert small_town.names(done.opened[1], "step") == ["stig"]


def test_a_finding_on_trial_is_stored_and_raises_nothing(small_town: Town) -> None:
    assert small_town.record(small_town.finding(shadow=True)).opened == ()
    assert (count(small_town, "finding"), count(small_town, "alarm"), count(small_town, "audit")) == (1, 0, 0)
