"""A technician tests a device and a coordinator shelves a home on the page, with an end and a reason, and ends it."""

import pytest
from playwright.sync_api import BrowserContext, expect
from sqlalchemy import update

from store.tables import account
from tests.browser.conftest import House, sign_in

pytestmark = pytest.mark.browser


def staff(house: House, login: str, responder: str) -> None:
    """Let an account be that of a responder, whom test alarms reach."""
    house.write(lambda c: c.execute(update(account).where(account.c.login == login).values(responder_id=responder)))


def test_a_device_is_tested_from_the_list_of_what_was_never_tested(house: House, phone: BrowserContext) -> None:
    staff(house, "tor", "bo")
    page = sign_in(phone, house, "tor")
    page.goto(f"{house.url}/house")
    page.locator("[data-test='pendant-1']").click()
    expect(page.locator("#test-subject")).to_have_value("pendant-1")
    begin = page.get_by_role("button", name="Börja provet")
    begin.click()
    # Neither an end nor a reason is filled in by itself.
    assert page.locator("#test-minutes").evaluate("field => field.validity.valueMissing")
    page.locator("#test-minutes").select_option("15")
    begin.click()
    assert page.locator("#test-reason").evaluate("field => field.validity.valueMissing")
    page.locator("#test-reason").fill("Ny knapp")
    begin.click()
    paused = page.locator("li", has_text="Enhet pendant-1")
    expect(paused).to_contain_text("Prov till")
    expect(paused).to_contain_text("Ny knapp · Bo Ask")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing is wider than the telephone"
    paused.get_by_role("button", name="Avsluta").click()
    expect(page.get_by_text("Inget är pausat.")).to_be_visible()


def test_a_home_is_shelved_and_what_does_not_exist_is_not(house: House, desktop: BrowserContext) -> None:
    house.speak("karin", "en")
    measured = house.care("nils")
    page = sign_in(desktop, house, "karin")
    page.goto(f"{house.url}/house")
    page.locator("#shelve summary").click()
    for home in ("home-99", "home-2"):
        page.locator("#shelve-subject").fill(home)
        page.locator("#shelve-minutes").select_option("240")
        page.locator("#shelve-reason").fill("In hospital")
        page.get_by_role("button", name="Pause", exact=True).click()
        if home == "home-99":
            expect(page.locator("#said")).to_have_text("There is no home, resident or device with that id.")
    paused = page.locator("li", has_text="Home home-2")
    expect(paused).to_contain_text("In hospital")
    page.goto(f"{house.url}/alarms/{measured}")
    expect(page.locator("#detail")).to_contain_text("Paused until")
    page.goto(f"{house.url}/house")
    page.locator("li", has_text="Home home-2").get_by_role("button", name="End it").click()
    expect(page.get_by_text("Nothing is paused.")).to_be_visible()


def test_a_test_over_an_open_alarm_is_refused_in_the_language_of_the_page(house: House, phone: BrowserContext) -> None:
    staff(house, "tor", "bo")
    house.press(1)
    page = sign_in(phone, house, "tor")
    page.goto(f"{house.url}/house")
    page.locator("[data-test='pendant-1']").click()
    page.locator("#test-minutes").select_option("5")
    page.locator("#test-reason").fill("Ny knapp")
    page.get_by_role("button", name="Börja provet").click()
    expect(page.locator("#said")).to_have_text("Enheten har ett larm som inte är ett prov. Avsluta det först.")


def test_who_may_neither_test_nor_shelve_gets_no_form(house: House, phone: BrowserContext) -> None:
    page = sign_in(phone, house, "anna")
    page.goto(f"{house.url}/house")
    expect(page.locator("#on-call")).to_be_visible()
    expect(page.locator("#test, #shelve, [data-test]")).to_have_count(0)


def test_an_account_without_a_responder_is_told_so(house: House, phone: BrowserContext) -> None:
    page = sign_in(phone, house, "tor")
    page.goto(f"{house.url}/house")
    expect(page.get_by_text("Kontot hör inte till någon i personalen")).to_be_visible()
    expect(page.locator("#test, [data-test]")).to_have_count(0)
