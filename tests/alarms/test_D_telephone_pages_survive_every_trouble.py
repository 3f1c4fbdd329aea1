"""D1-D6 against providers that behave as 46elks and Twilio do on a bad day, over real HTTP."""

import asyncio
import itertools
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select, update

from alarms.channels.sms import Sms
from alarms.delivery import reports
from alarms.delivery.backoff import LONGEST_S, delay
from alarms.lifecycle.states import Handling
from alarms.phone.provider import Progress, Report
from alarms.settings import DeskSettings
from hemvakt_sim.providers.manner import Mood
from store import tables
from store.bell import PAGES
from tests.alarms.exchange import BO, Exchange, exchange, sending
from tests.alarms.providers import until
from tests.alarms.town import Town

#: In real time: until a provider that hangs counts as silent. Many times what an answer takes on a busy machine.
HANGS_S = 2.0

both = pytest.mark.parametrize("name", ["46elks", "twilio"])


async def press(built: Exchange, **changed: Any) -> int:
    return await asyncio.to_thread(lambda: built.town.press(**changed))


async def keep_trying(built: Exchange, true: Callable[[], object]) -> None:
    """Let virtual time pass until something is so."""
    async with asyncio.timeout(60):
        while not true():
            # Slowly: while a provider hangs, the lease of its page must not run out.
            built.town.clock.advance(seconds=0.25)
            built.town.database.bell.ring(PAGES)
            await asyncio.sleep(0.05)


@both
@pytest.mark.parametrize("mood", [Mood.ERROR, Mood.REFUSE, Mood.HANG, Mood.PORTAL])
async def test_D1_what_the_provider_did_not_take_is_not_sent_and_is_tried_until_it_is(
    small_town: Town, name: str, mood: Mood
) -> None:
    async with exchange(small_town, name, provider_timeout_s=HANGS_S) as built:
        built.add("bo", "sms", BO)
        built.first.manner.script = [mood, mood]
        alarm = await press(built)
        async with sending(built):
            await until(lambda: built.pages(alarm) == [("bo", "pending", 1)])
            assert built.first.taken == []
            await keep_trying(built, lambda: built.pages(alarm) == [("bo", "sent", 3)])
        (message,) = built.first.taken
        assert message.number == BO


@both
@pytest.mark.parametrize("mood", [Mood.VANISH, Mood.LYING_ERROR])
async def test_D2_taken_and_not_said_is_sent_again_with_the_same_key_and_no_more_than_that(
    small_town: Town, name: str, mood: Mood
) -> None:
    async with exchange(small_town, name, provider_timeout_s=HANGS_S) as built:
        built.add("bo", "sms", BO)
        built.first.manner.script = [mood]
        built.first.holding = True
        alarm = await press(built)
        async with sending(built):
            await keep_trying(built, lambda: built.pages(alarm) == [("bo", "sent", 2)])
        first, second = built.first.taken
        assert (first.report_url, first.text) == (second.report_url, second.text)
        assert {first.report_url.split("/")[-2]} == built.keys(alarm)


@both
async def test_D2_a_receipt_that_comes_before_the_second_try_spares_it(small_town: Town, name: str) -> None:
    async with exchange(small_town, name, provider_timeout_s=HANGS_S) as built:
        built.add("bo", "sms", BO)
        built.first.manner.script = [Mood.VANISH]
        alarm = await press(built)
        async with sending(built, Sms):
            await until(lambda: built.pages(alarm) == [("bo", "sent", 1)])
            small_town.clock.advance(seconds=60)
            other = await press(built, rule="fall")
            await until(lambda: built.pages(other) == [("bo", "sent", 1)])
        assert len(built.first.taken) == 2


async def test_D3_while_one_provider_is_down_the_other_takes_over_within_fifteen_seconds(small_town: Town) -> None:
    longest = DeskSettings().provider_timeout_s + delay(1)
    assert longest <= 15
    async with exchange(small_town, "46elks", "twilio", provider_timeout_s=HANGS_S) as built:
        built.add("bo", "sms", BO)
        built.providers["46elks"].manner.mood = Mood.HANG
        alarm = await press(built)
        began = small_town.now
        async with sending(built):
            await keep_trying(built, lambda: built.pages(alarm) == [("bo", "sent", 2)])
        assert [one.number for one in built.providers["twilio"].taken] == [BO]
        assert small_town.told(alarm, channel="sms")[0].attempts[1].started_at >= began


async def test_D3_after_an_hour_of_outage_the_first_success_is_within_thirty_seconds(small_town: Town) -> None:
    async with exchange(small_town, "twilio") as built:
        built.add("bo", "sms", BO)
        built.first.manner.mood = Mood.ERROR
        alarm = await press(built)
        async with sending(built, Sms):
            for attempt in range(1, 13):
                await until(lambda attempt=attempt: built.pages(alarm) == [("bo", "pending", attempt)])
                small_town.clock.advance(seconds=300)
                small_town.database.bell.ring(PAGES)
            await until(lambda: built.pages(alarm) == [("bo", "pending", 13)])
            built.first.manner.mood = Mood.OK
            small_town.clock.advance(seconds=LONGEST_S)
            await until(lambda: built.pages(alarm)[0][1] == "sent")
        assert len(built.first.taken) == 1


@both
async def test_D4_receipts_late_doubled_and_out_of_order_end_in_the_same_state(small_town: Town, name: str) -> None:
    async with exchange(small_town, name) as built:
        built.add("bo", "sms", BO)
        provider = built.first
        provider.holding = provider.manner.shuffle = True
        provider.manner.repeat = 4
        for seed in range(5):
            provider.manner.chance.seed(seed)
            provider.holding = True
            alarm = await press(built, rule=f"press-{seed}")
            async with sending(built, Sms):
                await until(lambda alarm=alarm: built.pages(alarm) == [("bo", "sent", 1)])
            small_town.clock.advance(seconds=40)
            await provider.release()
            assert built.progress(alarm) == [Progress.DELIVERED]
            assert built.pages(alarm) == [("bo", "sent", 1)]
        assert {status for message in provider.taken for status in message.receipts} == {204}


def told_by_mail(town: Town, subject: str) -> tuple[int, str]:
    """Raise an alarm whose e-mail a provider has taken; return its number and the key of the page."""
    alarm = town.press(subject=subject)
    mine = (tables.page.c.alarm_id == alarm) & (tables.page.c.channel == "email")
    sent = update(tables.page).where(mine).values(state="sent", attempts=1, sent_at=town.now)
    town.do(lambda c: c.execute(sent))
    return alarm, town.see(lambda c: c.execute(select(tables.page.c.idempotency_key).where(mine)).scalar_one())


def after(town: Town, reports_in_order: Sequence[Progress | None], number: int) -> tuple[str, list[Progress]]:
    """Return state and progress of a page after each report has come twice."""
    alarm, key = told_by_mail(town, f"pendant-{number}")
    for said in (*reports_in_order, *reports_in_order):
        town.do(partial(reports.record, key=key, provider="twilio", report=Report("m1", said), now=town.now))
    assert town.alarm(alarm).handling is Handling.OPEN
    (told,) = town.told(alarm, channel="email")
    heard = town.see(partial(reports.heard_of, alarm_id=alarm))
    return told.state, [one.progress for one in heard.values()]


@pytest.mark.parametrize("count", [2, 3, 4])
def test_D4_every_order_of_every_set_of_reports_ends_the_same(town: Town, count: int) -> None:
    numbers = itertools.count()
    for chosen in itertools.combinations([Progress.SENT, Progress.FAILED, Progress.DELIVERED, None], count):
        ends = [after(town, order, next(numbers)) for order in itertools.permutations(chosen)]
        assert all(end == ends[0] for end in ends), (chosen, ends)


@both
async def test_D1_a_message_that_did_not_arrive_is_sent_again_while_the_alarm_is_open_and_not_afterwards(
    small_town: Town, name: str
) -> None:
    async with exchange(small_town, name) as built:
        built.add("bo", "sms", BO)
        built.first.manner.arrives = False
        alarm = await press(built)
        async with sending(built, Sms):
            await keep_trying(built, lambda: len(built.first.taken) == 3)
            await asyncio.to_thread(small_town.accept, alarm, "cia")
            built.first.manner.arrives = True
            await built.first.settle()
            small_town.clock.advance(seconds=300)
            other = await press(built, rule="fall")
            await until(lambda: built.pages(other)[0][1] == "sent")
        assert built.pages(alarm)[0][1] in {"sent", "cancelled"}
        assert len(built.first.taken) <= 5


@both
async def test_D5_delivered_and_picked_up_stop_nothing(small_town: Town, name: str) -> None:
    async with exchange(small_town, name) as built:
        built.add("bo", "sms", BO)
        built.add("bo", "voice", BO)
        alarm = await press(built)
        async with sending(built):
            await until(lambda: len(built.first.taken) == 2)
            await built.first.settle()
        assert built.progress(alarm) == [Progress.DELIVERED, Progress.DELIVERED]
        assert small_town.alarm(alarm).handling is Handling.OPEN
        await asyncio.to_thread(small_town.advance, 120)
        assert set(small_town.names(alarm, "step")) == {"anna", "bo", "cia", "sara"}


async def test_D6_each_of_many_alarms_at_once_gets_its_first_page_without_waiting(small_town: Town) -> None:
    async with exchange(small_town, "46elks", page_concurrency=4) as built:
        built.add("bo", "sms", BO)
        async with sending(built, Sms):
            presses = [small_town.finding(rule=f"press-{number}") for number in range(20)]
            opened = (await asyncio.to_thread(small_town.record, *presses)).opened
            # No second of virtual time passes: nothing is throttled.
            await until(lambda: len(built.first.taken) == 20)
            await until(lambda: all(built.pages(alarm) == [("bo", "sent", 1)] for alarm in opened))


async def test_a_call_that_hangs_delays_no_text_message(small_town: Town) -> None:
    async with exchange(small_town, "46elks", page_concurrency=1, provider_timeout_s=60) as built:
        built.add("bo", "voice", BO)
        built.add("bo", "sms", BO)
        built.first.manner.calls = Mood.HANG
        async with sending(built):
            first = await press(built)
            await until(lambda: built.first.requests >= 2)
            second = await press(built, rule="fall")
            await until(lambda: len(built.first.taken) == 2)
            sent = [page for alarm in (first, second) for page in small_town.told(alarm, channel="voice")]
            assert sorted(page.state for page in sent) == ["leased", "pending"]
