"""D1, D2, D3, D6, E8: nothing counts as sent that no provider has taken, and nothing unknown counts as done."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarms.channel import Page, Receipt, Result
from alarms.delivery import outbox
from alarms.delivery.backoff import LONGEST_S, delay
from alarms.delivery.lane import Lane
from tests.alarms.providers import Recorder, until
from tests.alarms.town import Town

REFUSED, UNREACHABLE, UNKNOWN = (
    Receipt(result, "x") for result in (Result.REFUSED, Result.UNREACHABLE, Result.UNKNOWN)
)


def claim(town: Town, instance: str = "desk-1", limit: int = 100, lease_s: float = 20) -> list[Page]:
    return town.do(
        lambda c: outbox.claim(
            c, "email", instance, town.now, lease_s=lease_s, limit=limit, base_url="https://hemvakt.example/"
        )
    )


def finish(town: Town, page: Page, receipt: Receipt, instance: str = "desk-1") -> None:
    town.do(lambda c: outbox.finish(c, page, instance, receipt, town.now))


def state(town: Town, alarm: int) -> list[tuple[str, str, int]]:
    return [(page.responder_id, page.state, len(page.attempts)) for page in town.told(alarm, channel="email")]


@pytest.mark.parametrize("receipt", [REFUSED, UNREACHABLE, UNKNOWN])
def test_D1_only_what_a_provider_accepted_is_sent_and_all_else_is_tried_again(town: Town, receipt: Receipt) -> None:
    alarm = town.press()
    (page,) = claim(town)
    assert state(town, alarm) == [("bo", "leased", 1)]
    finish(town, page, receipt)
    assert state(town, alarm) == [("bo", "pending", 1)]
    town.clock.advance(seconds=1)
    (again,) = claim(town)
    assert (again.idempotency_key, again.attempt) == (page.idempotency_key, 2)
    finish(town, again, Receipt(Result.ACCEPTED, reference="42"))
    (told,) = town.told(alarm, channel="email")
    assert (told.state, told.sent_at) == ("sent", town.now)
    assert [attempt.result for attempt in told.attempts] == [receipt.result.value, "accepted"]
    town.clock.advance(days=1)
    assert claim(town) == []


def test_D2_a_desk_that_dies_between_call_and_record_leaves_a_lease_that_another_takes_with_the_same_key(
    town: Town,
) -> None:
    alarm = town.press()
    (first,) = claim(town, "desk-1")
    assert claim(town, "desk-2") == []
    town.clock.advance(seconds=19)
    assert claim(town, "desk-2") == []
    town.clock.advance(seconds=1)
    (second,) = claim(town, "desk-2")
    assert second.idempotency_key == first.idempotency_key
    (told,) = town.told(alarm, channel="email")
    assert [(one.attempt, one.result) for one in told.attempts] == [(1, None), (2, None)]


def test_D1_who_comes_late_does_not_take_back_what_another_desk_has_done(town: Town) -> None:
    alarm = town.press()
    (first,) = claim(town, "desk-1")
    town.clock.advance(seconds=21)
    (second,) = claim(town, "desk-2")
    finish(town, first, UNKNOWN, "desk-1")
    assert state(town, alarm) == [("bo", "leased", 2)]
    finish(town, second, Receipt(Result.ACCEPTED), "desk-2")
    finish(town, first, UNKNOWN, "desk-1")
    assert state(town, alarm) == [("bo", "sent", 2)]


def test_E8_a_page_in_flight_when_somebody_accepts_is_not_tried_again_and_says_so_if_it_was_sent(town: Town) -> None:
    alarm = town.press()
    town.advance(120)
    first, second, *others = claim(town)
    town.accept(alarm, "cia")
    finish(town, first, Receipt(Result.ACCEPTED))
    finish(town, second, UNKNOWN)
    town.clock.advance(seconds=100)
    assert claim(town) == []
    assert sorted(page_state for _, page_state, _ in state(town, alarm)) == ["cancelled"] * (1 + len(others)) + ["sent"]


def test_D3_an_hour_without_a_provider_is_an_hour_of_tries_and_leaves_one_message_a_person(small_town: Town) -> None:
    alarm = small_town.press()
    tries = 0
    for _ in range(3600 // 15):
        for page in claim(small_town):
            tries += 1
            finish(small_town, page, UNREACHABLE)
        small_town.advance(15)
    assert tries >= 4 * 3600 / (LONGEST_S + 15)
    small_town.clock.advance(seconds=LONGEST_S)
    waiting = claim(small_town)
    assert sorted(page.address.split("@")[0] for page in waiting) == ["anna", "bo", "cia", "sara"]
    assert len(small_town.told(alarm, channel="email")) == 4


@given(attempt=st.integers(1, 10**6))
def test_D3_no_try_waits_longer_than_thirty_seconds(attempt: int) -> None:
    assert 0 < delay(attempt) <= delay(attempt + 1) <= LONGEST_S


def test_D6_a_press_while_a_page_waits_for_its_next_try_makes_it_due_at_once(small_town: Town) -> None:
    small_town.press()
    for _ in range(6):
        (page,) = claim(small_town)
        finish(small_town, page, UNREACHABLE)
        small_town.clock.advance(seconds=delay(page.attempt))
    (page,) = claim(small_town)
    finish(small_town, page, UNREACHABLE)
    assert claim(small_town) == []
    small_town.press()
    assert [again.id for again in claim(small_town)] == [page.id]


def test_S6_a_press_while_a_page_is_in_flight_is_a_page_of_its_own(small_town: Town) -> None:
    alarm = small_town.press()
    (first,) = claim(small_town)
    small_town.press()
    (second,) = claim(small_town)
    assert first.idempotency_key != second.idempotency_key
    assert state(small_town, alarm) == [("bo", "leased", 1), ("bo", "leased", 1)]


def test_life_safety_goes_out_before_care_and_the_never_tried_before_the_failed(small_town: Town) -> None:
    care, failed = small_town.care(), small_town.press()
    (page,) = claim(small_town, limit=1)
    finish(small_town, page, UNREACHABLE)
    small_town.clock.advance(seconds=5)
    fresh = small_town.press(subject="pendant-2")
    assert [page.alarm_id for page in claim(small_town)] == [fresh, failed, care]


@asynccontextmanager
async def running(town: Town, channel: Recorder, **changed: float) -> AsyncIterator[None]:
    settings = town.settings.model_copy(update=changed)
    task = asyncio.create_task(Lane(town.database, town.clock, settings, channel, "desk-1").run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def in_thread(work: Callable[[], int]) -> int:
    return await asyncio.to_thread(work)


async def test_a_lane_sends_what_is_stored_while_it_runs_and_survives_whatever_a_provider_raises(town: Town) -> None:
    channel = Recorder()
    channel.script = [RuntimeError("broken library"), UNKNOWN]
    async with running(town, channel):
        alarm = await in_thread(town.press)
        for attempts in (1, 2):
            await until(lambda n=attempts: state(town, alarm) == [("bo", "pending", n)])
            town.clock.advance(seconds=30)
        await until(lambda: state(town, alarm) == [("bo", "sent", 3)])
    assert len({page.idempotency_key for page in channel.sent}) == 1
    (told,) = town.told(alarm, channel="email")
    assert [one.detail for one in told.attempts][:2] == ["RuntimeError", "x"]


async def test_an_answer_that_does_not_come_in_time_is_unknown_and_a_late_one_harms_nothing(small_town: Town) -> None:
    channel = Recorder()
    channel.script = [asyncio.Event()]
    async with running(small_town, channel, provider_timeout_s=0.05):
        alarm = await in_thread(small_town.press)
        await until(lambda: state(small_town, alarm) == [("bo", "pending", 1)])
    (told,) = small_town.told(alarm, channel="email")
    assert (told.attempts[0].result, told.attempts[0].detail) == ("unknown", "no answer in time")


async def test_a_lane_has_no_more_in_flight_than_it_may_and_goes_on_as_soon_as_there_is_room(small_town: Town) -> None:
    channel = Recorder()
    gates = [asyncio.Event() for _ in range(5)]
    channel.script = list(gates)
    async with running(small_town, channel, page_concurrency=2):
        await asyncio.to_thread(small_town.record, *(small_town.finding(subject=f"pendant-{n}") for n in range(5)))
        await until(lambda: len(channel.sent) == 2)
        for number, gate in enumerate(gates):
            gate.set()
            await until(lambda n=number: len(channel.sent) == min(5, n + 3))
