"""Writes the pictures of the documentation: a phone and a desk in the middle of a night. Into docs/ when asked to."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import House, sign_in
from tests.browser.pictures import furnish

FOLDER = Path(__file__).parents[2] / "docs" / "images"
WANTED = os.environ.get("HEMVAKT_WRITE_PICTURES") == "1"

pytestmark = pytest.mark.browser


def test_the_pictures_of_the_documentation_are_written(
    house: House, phone: BrowserContext, desktop: BrowserContext, tmp_path: Path
) -> None:
    folder = FOLDER if WANTED else tmp_path
    alarm = furnish(house)
    small = sign_in(phone, house, "anna")
    small.locator("h1").click()
    expect(small.locator("#sound-strip")).to_be_hidden()
    small.screenshot(path=folder / "console-phone.png")
    house.speak("anna", "en")
    wide = sign_in(desktop, house, "anna")
    wide.locator(f"#who-{alarm}").first.click()
    expect(wide.locator("#sound-strip")).to_be_hidden()
    expect(wide.locator("#detail")).to_contain_text("Greta Holm")
    wide.mouse.move(0, 0)
    wide.screenshot(path=folder / "console-desktop.png")
    assert all((folder / f"console-{name}.png").stat().st_size > 20_000 for name in ("phone", "desktop"))
