"""An alarm's page shows who was told when, on what, and what became of it; from a stale page nobody closes an alarm."""

from datetime import timedelta

import pytest
from playwright.sync_api import BrowserContext, expect
from sqlalchemy import insert

from alarms.delivery import reports
from alarms.phone.provider import Failure, Progress, Report
from store.tables import delivery, page
from tests.browser.conftest import House, sign_in

pytestmark = pytest.mark.browser


def called(house: House, alarm: int) -> None:
    """Let a text message be taken at the second attempt, and a call be not answered."""
    now = house.clock.now()
    for channel, attempts in (("sms", 2), ("voice", 1)):
        row = {"alarm_id": alarm, "responder_id": "anna", "channel": channel, "address": "+46700000001", "step": 0}
        more = {"reason": "step", "created_at": now, "due_at": now, "state": "sent", "sent_at": now}
        key = house.write(
            lambda c, values=row | more | {"attempts": attempts, "idempotency_key": channel}: c.execute(
                insert(page).values(**values).returning(page.c.id)
            ).scalar_one()
        )
        for number in range(1, attempts + 1):
            said = {"result": "accepted" if number == attempts else "unknown", "detail": "46elks HTTP 503"}
            tried = {"page_id": key, "attempt": number, "started_at": now, "finished_at": now, **said}
            house.write(lambda c, values=tried: c.execute(insert(delivery).values(**values)))
    later = now + timedelta(seconds=30)
    house.write(lambda c: reports.record(c, "voice", "46elks", Report("c", Progress.FAILED, Failure.BUSY), later))
    house.write(lambda c: reports.record(c, "sms", "46elks", Report("s", Progress.DELIVERED), later))


def test_receipts_are_told_in_both_languages(house: House, phone: BrowserContext, desktop: BrowserContext) -> None:
    house.speak("bo", "en")
    alarm = house.press(1)
    called(house, alarm)
    words = {
        "anna": (phone, "upptaget, försöker igen", "framme", "okänt utfall (fel hos leverantören", "når de i tjänst"),
        "bo": (
            desktop,
            "line busy, trying again",
            "arrived",
            "outcome unknown (fault at the",
            "those on duty",
        ),
    }
    for login, (context, busy, arrived, fault, coming) in words.items():
        shown = sign_in(context, house, login)
        shown.goto(f"{house.url}/alarms/{alarm}")
        panel = shown.locator("section[aria-labelledby='told']")
        for text in (busy, arrived, fault, coming):
            expect(panel).to_contain_text(text)
        expect(panel).not_to_contain_text("+46700000001")
        expect(panel.locator(".bad", has_text=busy)).to_be_visible()
    # A reply that comes in shows on the page that is open.
    house.write(lambda c: reports.replied(c, "voice", house.clock.now()))
    house.press(1)
    expect(shown.locator("[data-receipt]", has_text="replied")).to_be_visible()


def test_who_closes_what_has_changed_reads_first_and_loses_no_word(house: House, phone: BrowserContext) -> None:
    alarm = house.press(1)
    page = sign_in(phone, house, "anna")
    page.get_by_role("button", name="Ta larmet").click()
    page.locator(f"#this-close-{alarm}").click()
    page.locator("#close-note").fill("Hon mår bra")
    page.get_by_text("Ingen hjälp behövdes").click()
    house.press(1)
    expect(page.locator("#detail")).to_contain_text("Ja, jag tar hand om det")
    page.locator("#close-dialog").get_by_role("button", name="Avsluta larmet").click()
    expect(page.locator("#close-dialog")).to_be_hidden()
    expect(page.locator("#said")).to_contain_text("Larmet har ändrats")
    page.locator(f"#this-close-{alarm}").click()
    expect(page.locator("#close-note")).to_have_value("Hon mår bra")
    page.locator("#close-dialog").get_by_role("button", name="Avsluta larmet").click()
    expect(page.locator(f"#alarm-{alarm}")).to_have_count(0)
