"""S3: at most one alarm that is not closed has a correlation key, whoever races."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from alarms.desk import record
from store import tables
from tests.alarms.town import Town


def test_S3_sixty_four_racing_presses_open_one_alarm_and_none_is_lost(town: Town) -> None:
    presses = [town.finding() for _ in range(64)]
    with ThreadPoolExecutor(16) as pool:
        done = list(
            pool.map(
                lambda press: town.database.write_now(lambda c: record(c, [press], town.now, town.settings)), presses
            )
        )
    town.check()
    assert sum(len(one.opened) for one in done) == 1
    assert sum(len(one.occurred) for one in done) == 63
    alarm = next(one.opened[0] for one in done if one.opened)
    assert town.alarm(alarm).occurrences == len(town.detail(alarm).occurrences) == 64


def test_S3_the_database_itself_refuses_a_second_open_alarm(town: Town) -> None:
    alarm = town.press()

    def twin() -> None:
        row = town.see(lambda c: c.execute(select(tables.alarm).where(tables.alarm.c.id == alarm)).mappings().one())
        copy = {name: value for name, value in row.items() if name != "id"}
        town.do(lambda c: c.execute(insert(tables.alarm).values(copy)))

    with pytest.raises(IntegrityError):
        twin()
    town.accept(alarm, "anna")
    town.close(alarm, "anna")
    twin()


def test_a_press_after_closing_is_a_new_alarm_that_names_the_one_it_repeats(small_town: Town) -> None:
    first = small_town.press()
    small_town.accept(first, "anna")
    small_town.close(first, "anna")
    small_town.advance(600)
    second = small_town.press()
    assert (small_town.alarm(second).repeat_of, small_town.alarm(second).priority) == (first, 1)
    small_town.accept(second, "anna")
    small_town.close(second, "anna")
    small_town.advance(small_town.settings.repeat_s + 1)
    assert small_town.alarm(small_town.press()).repeat_of is None


def test_other_rules_and_other_subjects_have_their_own_alarm(small_town: Town) -> None:
    alarms = {
        small_town.press(),
        small_town.press(subject="pendant-2"),
        small_town.press(rule="fall"),
        small_town.technical(),
        small_town.care(),
    }
    assert len(alarms) == 5
