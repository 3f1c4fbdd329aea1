"""A coordinator enters a stand-in on the page, sees it, takes it back; a refusal says why; it fits a telephone."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import House, sign_in

pytestmark = pytest.mark.browser


def span(house: House, page: Page, form: str) -> None:
    """Fill in tomorrow night, as the wall shows it."""
    evening = house.clock.now().astimezone(ZoneInfo("Europe/Stockholm")).replace(hour=21, minute=0) + timedelta(days=1)
    for name, moment in (("from", evening), ("to", evening + timedelta(hours=10))):
        page.locator(f"#{form}-{name}").fill(f"{datetime.fromisoformat(moment.isoformat()):%Y-%m-%dT%H:%M}")


def test_a_stand_in_is_entered_seen_and_taken_back(house: House, phone: BrowserContext) -> None:
    page = sign_in(phone, house, "karin")
    page.goto(f"{house.url}/on-call")
    expect(page.get_by_role("heading", level=1)).to_have_text("Jour")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing is wider than the telephone"
    page.locator("summary", has_text="Vikariat").click()
    page.locator("#override-team").select_option("north")
    page.locator("#override-in").select_option("bo")
    page.locator("#override-out").select_option("anna")
    span(house, page, "override")
    page.locator("[data-entry$='/overrides'] button").click()
    entered = page.locator("li", has_text="Bo Ask i stället för Anna Ek")
    expect(entered).to_be_visible()
    entered.get_by_role("button", name="Ta bort").click()
    expect(entered).to_have_count(0)


def test_E7_a_refusal_says_why(house: House, desktop: BrowserContext) -> None:
    house.speak("karin", "en")
    page = sign_in(desktop, house, "karin")
    page.goto(f"{house.url}/on-call")
    page.locator("summary", has_text="Absence").click()
    page.locator("#absence-who").select_option("stina")
    span(house, page, "absence")
    page.locator("[data-entry$='/absences'] button").click()
    expect(page.locator("#said")).to_contain_text("Refused: a life-safety alarm would reach nobody. Area south")


def test_a_refusal_is_in_the_language_of_the_page(house: House, phone: BrowserContext) -> None:
    page = sign_in(phone, house, "karin")
    page.goto(f"{house.url}/on-call")
    page.locator("summary", has_text="Frånvaro").click()
    page.locator("#absence-who").select_option("stina")
    span(house, page, "absence")
    page.locator("[data-entry$='/absences'] button").click()
    said = page.locator("#said")
    expect(said).to_contain_text("Nekat: ett livsviktigt larm skulle inte nå någon. Område south, team south: ingen")
    expect(said).to_contain_text("21:00")
    page.locator("summary", has_text="Vikariat").click()
    page.locator("#override-team").select_option("north")
    page.locator("#override-in").select_option("bo")
    page.locator("#override-out").select_option("bo")
    span(house, page, "override")
    page.locator("[data-entry$='/overrides'] button").click()
    expect(said).to_have_text("Det går inte att lägga in. Ingen kan vikariera för sig själv.")


def test_a_calendar_program_gets_a_password_once_and_loses_it(house: House, phone: BrowserContext) -> None:
    page = sign_in(phone, house, "anna")
    page.goto(f"{house.url}/on-call")
    page.get_by_text("Lägg till ett kalenderprogram").click()
    page.locator("#feed-name").fill("Min telefon")
    page.get_by_role("button", name="Skapa lösenord").click()
    password = page.locator("[data-made=password]")
    expect(password).to_have_text(re.compile(r"[a-z2-7]{5}(-[a-z2-7]{5}){4}"))
    expect(page.locator("[data-made=address]")).to_have_text(f"{house.url}/api/v1/on-call/me.ics")
    secret = password.inner_text()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing is wider than the telephone"
    calendar = f"{house.url}/api/v1/on-call/me.ics"
    assert httpx.get(calendar, auth=("anna", secret)).status_code == 200
    page.get_by_text("Klart").click()
    mine = page.locator("li", has_text="Min telefon")
    expect(mine).to_contain_text("använt")
    assert secret not in page.content()
    mine.get_by_role("button", name="Återkalla").click()
    expect(mine).to_have_count(0)
    assert httpx.get(calendar, auth=("anna", secret)).status_code == 401
