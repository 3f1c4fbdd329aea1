"""Receipts: an alarm shows who was told when, on what, and what became of it, in words and not in codes."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from sqlalchemy import insert, select

from alarms.channel import Result
from alarms.delivery import reports
from alarms.phone.provider import Failure, Progress, Report
from alarms.phone.settings import TwilioAccount
from alarms.phone.twilio import Twilio
from alarms.views import AttemptView, Told
from api.pages.words import LANGUAGES, Words
from api.receipts import Receipt, receipt
from store.tables import page
from tests.api.conftest import Town
from tests.api.test_an_alarm_is_explained import explained, lines
from tests.api.town import press

AT = datetime(2026, 1, 13, 1, 30, tzinfo=UTC)


def attempt(number: int = 1, result: str | None = "accepted", detail: str | None = "46elks HTTP 200") -> AttemptView:
    return AttemptView(attempt=number, started_at=AT, finished_at=AT, result=result, detail=detail)


def told(state: str = "sent", channel: str = "sms", *attempts: AttemptView, **changed: object) -> Told:
    values: dict[str, object] = {
        "page_id": 1,
        "responder_id": "anna",
        "responder_name": "Anna Ek",
        "channel": channel,
        "reason": "step",
        "step": 0,
        "created_at": AT,
        "state": state,
        "sent_at": AT if state == "sent" else None,
        "attempts": list(attempts),
        "progress": None,
        "failure": None,
        "reported_at": None,
    }
    return Told(**(values | changed))  # type: ignore[arg-type]


def shown(page: Told, language: str = "en") -> Receipt:
    return receipt(page, Words(language), lambda moment: f"{moment:%H:%M}")


def reported(progress: Progress, failure: Failure | None = None, *, after_s: float = 9) -> dict[str, object]:
    return {"progress": progress, "failure": failure, "reported_at": AT + timedelta(seconds=after_s)}


@pytest.mark.parametrize(
    ("page", "status", "tone"),
    [
        (told("pending"), "being sent", ""),
        (told("leased", "sms", attempt(result=None, detail=None)), "being sent", ""),
        (told("pending", "sms", attempt(result="refused")), "could not be sent, trying again", "bad"),
        (told("sent", "console"), "told", "good"),
        (told("sent", "sms", attempt()), "sent", ""),
        (told("sent", "sms", attempt(), **reported(Progress.SENT)), "sent", ""),
        (told("sent", "sms", attempt(), **reported(Progress.DELIVERED)), "arrived", "good"),
        (told("sent", "voice", attempt(), **reported(Progress.DELIVERED)), "picked up, no key pressed", ""),
        (told("sent", "voice", attempt(), **reported(Progress.REPLIED)), "replied", "good"),
        (told("sent", "voice", attempt(), **reported(Progress.FAILED, Failure.NO_ANSWER)), "no answer", "bad"),
        (told("pending", "voice", **reported(Progress.FAILED, Failure.BUSY)), "line busy, trying again", "bad"),
        (told("sent", "sms", attempt(), **reported(Progress.FAILED)), "did not arrive", "bad"),
        (told("sent", "voice", attempt(), **reported(Progress.FAILED, Failure.BUSY, after_s=-9)), "sent", ""),
        (told("cancelled", "push", attempt(result=Result.GONE)), "address gone", ""),
        (told("cancelled", "sms"), "withdrawn", ""),
        (told("sent", "pigeon", attempt()), "sent", ""),
    ],
)
def test_what_is_known_last_is_said(page: Told, status: str, tone: str) -> None:
    found = shown(page)
    assert (found.status, found.tone) == (status, tone)


def test_every_state_has_words_in_every_language() -> None:
    states = ("pending", "leased", "sent", "cancelled")
    channels, progress, failures = ("console", "sms", "voice", "pigeon"), (None, *Progress), (None, *Failure)
    for state, channel, so_far, failure, language in product(states, channels, progress, failures, LANGUAGES):
        page = told(state, channel, attempt(), progress=so_far, failure=failure, reported_at=so_far and AT)
        assert shown(page, language).status


@pytest.mark.parametrize(
    ("result", "detail", "why"),
    [
        ("unknown", "no answer in time", "no answer in time"),
        ("refused", "46elks HTTP 401", "the provider does not accept our account"),
        ("refused", "twilio HTTP 429", "not taken just now"),
        ("refused", "twilio HTTP 400", "the message was rejected"),
        ("unknown", "46elks HTTP 503", "fault at the provider"),
        ("refused", "SMTP 451", "not taken just now"),
        ("refused", "SMTP 550", "the message was rejected"),
        ("unreachable", "twilio ConnectError", "no connection"),
        ("unknown", "twilio HTTP 201 without a message number", "no receipt"),
    ],
)
def test_a_failure_says_why_in_plain_words(result: str, detail: str, why: str) -> None:
    (line,) = shown(told("pending", "sms", attempt(result=result, detail=detail))).tries
    assert f"({why}, {detail})" in line


@pytest.mark.parametrize("detail", [None, "", "ZeroDivisionError", "<script>", "x" * 500])
def test_what_nobody_foresaw_is_shown_as_it_is(detail: str | None) -> None:
    (line,) = shown(told("pending", "sms", attempt(result="unheard-of", detail=detail))).tries
    assert (detail or "unheard-of") in line


def test_one_attempt_that_was_taken_says_no_more_than_that() -> None:
    assert shown(told("sent", "sms", attempt())).tries == []


@pytest.mark.parametrize(("word", "failure"), [("no-answer", Failure.NO_ANSWER), ("busy", Failure.BUSY), ("x", None)])
def test_a_provider_says_why_a_call_failed(word: str, failure: Failure | None) -> None:
    account = TwilioAccount.model_validate({"user": "AC1", "password": "x", "sender": "+46766861004"})
    assert Twilio(account).report({"CallSid": "CA1", "CallStatus": word}).failure is failure


async def test_console_and_explanation_say_the_same_of_a_call_that_nobody_answered(any_town: Town) -> None:
    database, now = any_town.database, any_town.clock.now()
    alarm = press(database, now)
    row = {"alarm_id": alarm, "responder_id": "anna", "channel": "voice", "address": "+46700000001", "reason": "step"}
    more = {"step": 0, "created_at": now, "due_at": now, "state": "sent", "sent_at": now, "attempts": 1}
    database.write_now(lambda c: c.execute(insert(page).values(**row, **more, idempotency_key="k")))
    later = now + timedelta(seconds=40)
    said = Report("CA1", Progress.FAILED, Failure.NO_ANSWER)
    database.write_now(lambda c: reports.record(c, "k", "twilio", said, later))
    (line,) = [line for line in lines(await explained(any_town, "anna", alarm)) if "samtal" in line]
    assert line == "Anna Ek på samtal: inget svar, försöker igen 02:30:40"
    browser = await any_town.signed_in("anna")
    shown = (await browser.get(f"/alarms/{alarm}")).text
    assert "inget svar, försöker igen" in shown
    assert "+46700000001" not in shown
    detail = (await browser.get(f"/api/v1/alarms/{alarm}")).json()
    await browser.aclose()
    (call,) = [one for one in detail["told"] if one["channel"] == "voice"]
    assert (call["progress"], call["failure"]) == ("failed", "no_answer")
    database.write_now(lambda c: reports.replied(c, "k", later))
    assert "Anna Ek på samtal: svarade 02:30:40" in lines(await explained(any_town, "anna", alarm))
    # Whoever has answered is not called again.
    assert (
        database.read_now(lambda c: c.execute(select(page.c.state).where(page.c.idempotency_key == "k")).scalar())
        == "sent"
    )


async def test_very_many_pages_are_all_there_and_the_newest_first(town: Town) -> None:
    alarm = press(town.database, town.clock.now())
    rows = [
        {
            "alarm_id": alarm,
            "responder_id": "anna",
            "channel": "sms",
            "address": "a",
            "reason": "step",
            "step": 0,
            "created_at": town.clock.now() + timedelta(seconds=n),
            "due_at": AT,
            "state": "pending",
            "attempts": 0,
            "idempotency_key": f"k{n}",
        }
        for n in range(1, 150)
    ]
    town.database.write_now(lambda c: c.execute(insert(page), rows))
    browser = await town.signed_in("anna")
    shown = (await browser.get(f"/alarms/{alarm}")).text
    await browser.aclose()
    assert shown.count("data-receipt=") == 150
    assert "Visa alla 150" in shown
