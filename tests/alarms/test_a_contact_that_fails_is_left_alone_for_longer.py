"""A contact whose messages never arrive is left alone longer and longer; no other contact and no step waits with it."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarms.channel import Page, Receipt, Result
from alarms.delivery import outbox, reports
from alarms.delivery.backoff import doubled
from alarms.delivery.patience import LONGEST_S
from alarms.lifecycle import actions
from alarms.lifecycle.states import Condition
from alarms.phone.provider import Progress, Report
from alarms.settings import DeskSettings
from tests.alarms.town import SETTINGS, Town, add_contact

PHONE = {
    "callback_secret": "x" * 32,
    "elks": {"user": "u", "password": "p", "sender": "+46766861004"},
}
BO = "+46700000001"
HOUR = 3600


@pytest.fixture
def phones(small_town: Town) -> Town:
    """Bo has a telephone besides e-mail."""
    small_town.settings = DeskSettings.model_validate(SETTINGS.model_dump() | {"phone": PHONE})
    small_town.do(lambda c: add_contact(c, "bo", "sms", BO))
    small_town.do(lambda c: add_contact(c, "bo", "voice", BO))
    return small_town


def send(town: Town, channel: str) -> list[Page]:
    """Let a provider take what is due on a channel."""
    sent = town.do(
        lambda c: outbox.claim(c, channel, "d", town.now, lease_s=20, limit=100, base_url="https://h.example")
    )
    for one in sent:
        accepted = Receipt(Result.ACCEPTED, "x", f"x:{one.attempt}")
        town.do(lambda c, one=one, accepted=accepted: outbox.finish(c, one, "d", accepted, town.now))  # type: ignore[misc]
    return sent


def report(town: Town, page: Page, progress: Progress) -> None:
    said = Report(f"{page.id}-{page.attempt}", progress)
    town.do(lambda c: reports.record(c, page.idempotency_key, "46elks", said, town.now))


def fail_for(town: Town, channel: str, seconds: float, *, after_s: float = 5) -> list[datetime]:
    """Let every message on a channel fail ``after_s`` after it was taken; return when each was taken."""
    taken: list[datetime] = []
    flying: list[tuple[datetime, Page]] = []
    end = town.now + timedelta(seconds=seconds)
    while town.now < end:
        for page in send(town, channel):
            taken.append(town.now)
            flying.append((town.now + timedelta(seconds=after_s), page))
        for at, page in list(flying):
            if at <= town.now:
                flying.remove((at, page))
                report(town, page, Progress.FAILED)
        town.advance(1)
    return taken


def pauses(taken: list[datetime]) -> list[float]:
    return [(after - before).total_seconds() for before, after in pairwise(taken)]


@pytest.mark.parametrize("channel", ["sms", "voice"])
def test_an_hour_of_failures_is_few_messages_and_never_none(phones: Town, channel: str) -> None:
    phones.press()
    taken = fail_for(phones, channel, HOUR)
    # Of a provider that always fails there were two hundred within the hour.
    assert HOUR / (LONGEST_S + 10) - 1 <= len(taken) <= HOUR / LONGEST_S + 16
    late = pauses(taken)[14:]
    assert late
    assert all(LONGEST_S <= pause <= LONGEST_S + 10 for pause in late), late


def test_no_other_contact_and_no_step_waits_with_it(phones: Town) -> None:
    alarm = phones.press()
    fail_for(phones, "sms", 600)
    told = phones.told(alarm)
    assert {page.responder_id for page in told} == {"anna", "bo", "cia", "sara"}
    # Each ring is told to everybody else in its minute.
    rings = {page.created_at for page in told if page.reason == "ring"}
    assert len(rings) >= 5
    assert all(before + timedelta(seconds=60) == after for before, after in pairwise(sorted(rings)))
    # A call to the same number does not wait with the text message.
    assert send(phones, "voice")


def test_what_is_new_goes_out_at_once(phones: Town) -> None:
    alarm = phones.press()
    fail_for(phones, "sms", HOUR / 2)
    while not (taken := send(phones, "sms")):
        phones.advance(1)
    for page in taken:
        report(phones, page, Progress.FAILED)
    phones.advance(20)
    assert send(phones, "sms") == []
    phones.press()
    assert [page.alarm_id for page in send(phones, "sms")] == [alarm]


def test_another_alarm_does_not_wait_with_it(phones: Town) -> None:
    phones.press()
    fail_for(phones, "sms", HOUR / 2)
    other = phones.press(rule="fall")
    assert [page.alarm_id for page in send(phones, "sms")] == [other]


@pytest.mark.parametrize("progress", [Progress.DELIVERED, Progress.REPLIED])
def test_once_one_arrives_the_ring_is_heard_at_once_again(phones: Town, progress: Progress) -> None:
    phones.press()
    fail_for(phones, "sms", HOUR / 2)
    phones.advance(LONGEST_S)
    (page, *_) = send(phones, "sms")
    report(phones, page, progress)
    phones.advance(61)
    assert send(phones, "sms")


def test_only_one_page_waits_for_the_same_ear(phones: Town) -> None:
    alarm = phones.press()
    fail_for(phones, "sms", HOUR / 2, after_s=90)
    waiting = [page for page in phones.told(alarm, channel="sms") if page.state == "pending"]
    assert len(waiting) <= 1


def test_whoever_accepts_is_called_no_more(phones: Town) -> None:
    alarm = phones.press()
    fail_for(phones, "voice", 120)
    phones.accept(alarm, "cia")
    phones.clock.advance(seconds=HOUR)
    assert send(phones, "voice") == []


@given(count=st.integers(1, 10**6))
def test_no_wait_is_longer_than_its_limit(count: int) -> None:
    assert 0 < doubled(count, LONGEST_S) <= doubled(count + 1, LONGEST_S) <= LONGEST_S


def test_no_telephone_rings_for_what_asks_for_nothing(phones: Town) -> None:
    alarm = phones.press()
    phones.advance(300)
    phones.accept(alarm, "bo")
    while send(phones, "voice") or send(phones, "sms"):
        pass
    lost = phones.technical()
    phones.accept(lost, "bo")
    phones.do(lambda c: [actions.restore(c, number, phones.now, settings=phones.settings) for number in (alarm, lost)])
    assert phones.alarm(lost).condition is Condition.RESTORED
    phones.close(alarm, "bo")
    assert send(phones, "voice") == []
    assert {page.reason for page in phones.told(alarm, "restored", channel="email")} == {"restored"}
    assert phones.told(alarm, "restored", "taken", "closed", channel="voice") == []
    # The next press rings as ever.
    again = phones.press()
    phones.advance(300)
    assert again in {page.alarm_id for page in send(phones, "voice")}
