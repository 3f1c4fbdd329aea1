"""The console hands an alarm to a colleague who must answer, pauses one with end and reason, and tells its course."""

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import House, sign_in

pytestmark = pytest.mark.browser


def test_an_alarm_is_handed_to_a_colleague_who_answers(
    house: House, phone: BrowserContext, desktop: BrowserContext
) -> None:
    house.speak("bo", "en")
    alarm = house.press(1)
    anna, bo = sign_in(phone, house, "anna"), sign_in(desktop, house, "bo")
    anna.get_by_role("button", name="Ta larmet").click()
    anna.get_by_role("button", name="Lämna över").click()
    dialog = anna.locator("#hand-over-dialog")
    dialog.get_by_text("Bo Ask").click()
    dialog.get_by_text("Mitt pass slutar").click()
    dialog.get_by_role("button", name="Lämna över").click()
    expect(dialog).to_be_hidden()
    expect(anna.locator("#detail")).to_contain_text("Hos Bo Ask")
    expect(anna.locator("#detail")).to_contain_text("svar väntas")
    expect(bo.locator("html")).to_have_attribute("data-ringing", "yes")
    bo.locator(f"#confirm-{alarm}").click()
    expect(bo.locator("html")).to_have_attribute("data-ringing", "no")
    expect(anna.locator("#detail")).not_to_contain_text("svar väntas")
    anna.get_by_text("Hela förloppet").click()
    course = anna.locator(f"#tale-{alarm}")
    expect(course).to_contain_text("Anna Ek lämnade över det till Bo Ask, som ska bekräfta.")
    expect(course).to_contain_text("Bo Ask bekräftade: har det fortfarande.")
    expect(course).to_contain_text("Anna Ek på nattvyn: har fått veta")


def test_a_care_alarm_is_paused_with_an_end_and_a_reason_and_a_call_for_help_cannot_be(
    house: House, phone: BrowserContext
) -> None:
    pressed, measured = house.press(1), house.care("nils")
    page = sign_in(phone, house, "anna")
    page.goto(f"{house.url}/alarms/{pressed}")
    expect(page.locator(f"#this-accept-{pressed}")).to_be_visible()
    expect(page.locator(f"#this-shelve-{pressed}")).to_have_count(0)
    page.goto(f"{house.url}/alarms/{measured}")
    page.locator(f"#this-shelve-{measured}").click()
    dialog = page.locator("#shelve-dialog")
    dialog.get_by_role("button", name="Pausa larmet").click()
    expect(dialog).to_be_visible()
    dialog.get_by_text("4 tim").click()
    page.locator("#shelve-reason").fill("Distriktssköterskan kommer i morgon")
    dialog.get_by_role("button", name="Pausa larmet").click()
    expect(dialog).to_be_hidden()
    expect(page.locator("#detail")).to_contain_text("Pausat till")
    page.locator(f"#this-unshelve-{measured}").click()
    expect(page.locator("#detail")).not_to_contain_text("Pausat till")


def test_a_resident_who_presses_again_and_again_is_marked(house: House, phone: BrowserContext) -> None:
    alarm = house.press(1)
    page = sign_in(phone, house, "anna")
    for _ in range(2):
        expect(page.locator(f"#alarm-{alarm}")).not_to_contain_text("Larmar om och om igen")
        house.press(1)
    expect(page.locator(f"#alarm-{alarm}")).to_contain_text("Larmar om och om igen")
