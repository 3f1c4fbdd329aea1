"""A technician scans a label with a telephone, signs in, says where the device is, and is led on to the test press."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import update

from devices import claims
from store.tables import account
from tests.api.town import PASSWORD
from tests.browser.conftest import House

pytestmark = pytest.mark.browser


def enter(page: Page, house: House) -> None:
    """Sign in a technician, who is sent to the page of devices."""
    page.locator("#login").fill("tor")
    page.locator("#password").fill(PASSWORD)
    page.locator("form button").last.click()
    page.wait_for_url(f"{house.url}/house")


def test_from_the_scan_to_the_test_press(house: House, phone: BrowserContext) -> None:
    claim = house.write(lambda c: claims.issue(c, "pendant-1", house.clock.now()))
    house.write(lambda c: c.execute(update(account).where(account.c.login == "tor").values(responder_id="bo")))
    page = phone.new_page()
    page.goto(f"{house.url}/claim#{claim.code}")
    page.wait_for_function("location.hash === ''")
    page.get_by_role("link", name="Logga in").click()
    enter(page, house)
    page.goto(f"{house.url}/claim")
    expect(page.locator("#device")).to_contain_text("pendant-1")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing is wider than the telephone"
    page.locator("#home").fill("home-2")
    page.locator("#claim button").click()
    expect(page.locator("#said")).to_have_text("pendant-1 finns nu i home-2.")
    page.locator("#begin").click()
    expect(page.locator("#state")).to_have_text("Tryck på enheten nu.")
    page.reload()
    expect(page.locator("#code")).to_have_value("")


def test_a_code_that_is_spent_is_said_so(house: House, phone: BrowserContext) -> None:
    house.speak("tor", "en")
    page = phone.new_page()
    page.goto(f"{house.url}/sign-in")
    enter(page, house)
    page.goto(f"{house.url}/claim")
    page.locator("#code").fill("0000")
    page.locator("#look button").click()
    expect(page.locator("#said")).to_contain_text("Print a new label")
