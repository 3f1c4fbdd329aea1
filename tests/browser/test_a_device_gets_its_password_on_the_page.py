"""A technician lets a device buzz and gives it its password at the broker; the password is on the page once."""

import pytest
from playwright.sync_api import BrowserContext, expect
from sqlalchemy import insert, select

from gateway.broker.following import read_identities
from store.tables import device, downlink
from tests.browser.conftest import House, sign_in

pytestmark = pytest.mark.browser


def users(house: House) -> list[str]:
    return sorted(one.user for one in house.database.read_now(read_identities))


def test_a_device_is_found_from_the_house(house: House, phone: BrowserContext) -> None:
    pir = {"id": "pir-9", "family": "tasmota", "address": "pir-9", "kind": "pir", "added_at": house.clock.now()}
    house.write(lambda c: c.execute(insert(device), pir | {"model": "", "interval_s": 0}))
    page = sign_in(phone, house, "tor")
    page.goto(f"{house.url}/house")
    page.locator("[aria-labelledby=devices]").get_by_label("Låt pendant-2 surra och blinka").click()
    expect(page.locator("#said")).to_have_text(
        "pendant-2 surrar och blinkar i 30 sekunder, om den kan nås inom en minut."
    )
    rows = house.database.read_now(lambda c: c.execute(select(downlink)).all())
    assert [(row.device_id, row.kind, row.body) for row in rows] == [("pendant-2", "find_me", {"for_s": 30})]
    expect(page.locator("[data-find=pir-9]")).to_have_count(0)
    house.stop()
    page.locator("[aria-labelledby=devices] [data-find=pendant-1]").click()
    expect(page.locator("#said")).to_have_text("Det gick inte. Titta på sidan och försök igen.")


def test_a_password_is_given_changed_and_voided(house: House, desktop: BrowserContext) -> None:
    house.speak("tor", "en")
    page = sign_in(desktop, house, "tor")
    page.goto(f"{house.url}/house")
    page.locator("[aria-labelledby=devices] a[href='/devices/pendant-1/identity']").click()
    expect(page.locator("#held")).to_have_text(
        "The device has no password of its own. It uses the one that all devices share."
    )
    page.get_by_role("button", name="Make a password").click()
    expect(page.locator("#user")).to_have_text("device-pendant-1")
    first = page.locator("#password").inner_text()
    assert len(first) >= 32
    page.get_by_role("button", name="Change name and password").click()
    expect(page.locator("#user")).to_have_text("device-pendant-1~2")
    expect(page.locator("#former")).to_contain_text("device-pendant-1 until")
    assert page.locator("#password").inner_text() != first
    assert users(house) == ["device-pendant-1", "device-pendant-1~2"]
    page.goto(f"{house.url}/devices/pendant-1/identity")
    expect(page.locator("#held")).to_have_text("device-pendant-1~2")
    expect(page.locator("#password")).to_have_count(0)
    page.get_by_text("Void the password").click()
    page.get_by_role("button", name="Cut the device off").click()
    expect(page.locator("#held")).to_contain_text("no password of its own")
    assert users(house) == []


def test_on_a_telephone_nothing_is_too_wide_and_each_button_has_room(house: House, phone: BrowserContext) -> None:
    page = sign_in(phone, house, "tor")
    page.goto(f"{house.url}/devices/pendant-1/identity")
    page.locator("form[action$='/give'] button").click()
    expect(page.locator("#password")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing is wider than the telephone"
    for box in (one.bounding_box() for one in page.locator("main .button:visible").all()):
        assert box is not None
        assert box["height"] >= 55.5
    page.goto(f"{house.url}/house")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing is wider than the telephone"


def test_who_was_slower_is_told_so(house: House, desktop: BrowserContext) -> None:
    page = sign_in(desktop, house, "tor")
    page.goto(f"{house.url}/devices/pendant-1/identity")
    page.locator("form[action$='/give'] button").click()
    other = desktop.new_page()
    other.goto(f"{house.url}/devices/pendant-1/identity")
    other.locator("details", has_text="Ogiltigförklara").locator("summary").click()
    other.locator("form[action$='/revoke'] button").click()
    expect(other.locator("#held")).to_contain_text("inget eget lösenord")
    page.locator("form[action$='/rotate'] button").click()
    expect(page.get_by_role("alert")).to_have_text("Den har inget lösenord längre; någon annan hann före.")
