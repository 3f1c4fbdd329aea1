"""Writes the pictures of the documentation, when asked to: a phone and a desk in the middle of a night."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import House, sign_in
from tests.browser.pictures import furnish

FOLDER = Path(__file__).parents[2] / "docs" / "images"
WANTED = os.environ.get("HEMVAKT_WRITE_PICTURES") == "1"

pytestmark = pytest.mark.browser


@pytest.mark.skipif(not WANTED, reason="set HEMVAKT_WRITE_PICTURES=1 to write them")
def test_the_pictures_of_the_documentation_are_written(
    house: House, phone: BrowserContext, desktop: BrowserContext
) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    alarm = furnish(house)
    small = sign_in(phone, house, "anna")
    small.locator("h1").click()
    expect(small.locator("#sound-strip")).to_be_hidden()
    small.screenshot(path=FOLDER / "console-phone.png")
    house.speak("anna", "en")
    wide = sign_in(desktop, house, "anna")
    wide.locator(f"#who-{alarm}").first.click()
    expect(wide.locator("#sound-strip")).to_be_hidden()
    expect(wide.locator("#detail")).to_contain_text("Greta Holm")
    wide.mouse.move(0, 0)
    wide.screenshot(path=FOLDER / "console-desktop.png")
