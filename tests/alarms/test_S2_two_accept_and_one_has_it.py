"""S2: of two who accept, one has the alarm, and both are told the truth."""

from concurrent.futures import ThreadPoolExecutor

from alarms.lifecycle import actions
from tests.alarms.town import Town


def test_S2_many_accept_at_once_and_one_has_it(town: Town) -> None:
    people = ["anna", "bo", "cia", "sara", "stig", "sven"]
    for _ in range(5):
        alarm = town.press()
        with ThreadPoolExecutor(len(people)) as pool:
            results = list(
                pool.map(
                    lambda who, alarm=alarm: town.database.write_now(
                        lambda connection: actions.accept(connection, alarm, who, town.now, settings=town.settings)
                    ),
                    people,
                )
            )
        town.check()
        owner = town.alarm(alarm).owner_id
        assert [result.yours for result in results] == [who == owner for who in people]
        assert {result.owner_id for result in results} == {owner}
        assert {result.taken_by for result in results} == {None, owner}
        trail = town.actions_of(alarm)
        assert (trail.count("accepted"), trail.count("also_accepted")) == (1, 5)
        town.close(alarm, str(owner))


def test_S2_the_second_is_told_who_has_it_and_changes_nothing(small_town: Town) -> None:
    alarm = small_town.press()
    first = small_town.accept(alarm, "anna")
    second = small_town.act("accept", alarm, "bo", version=1)
    assert (second.yours, second.taken_by, second.owner_name) == (False, "anna", "Anna")
    assert (second.lease_until, second.version) == (first.lease_until, first.version)


def test_a_repeated_tap_on_accept_is_no_error_and_keeps_the_alarm(small_town: Town) -> None:
    alarm = small_town.press()
    small_town.accept(alarm, "anna")
    assert small_town.accept(alarm, "anna").yours
    assert small_town.actions_of(alarm) == ["opened", "accepted", "confirmed"]
