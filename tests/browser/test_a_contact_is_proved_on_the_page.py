"""A responder proves a contact with a code; a browser asks for leave and subscribes, under our security policy."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect
from sqlalchemy import insert, select

from alarms.channel import Page, Receipt, Result
from alarms.settings import DeskSettings, SmtpSettings
from alarms.webpush.vapid import Signer, new_key
from store import tables
from tests.alarms.push_service import Browser
from tests.browser.conftest import House, sign_in

pytestmark = pytest.mark.browser

#: No push service can be reached from a test: the browser's own part of it ends here.
SUBSCRIBE = """subscription => {
    PushManager.prototype.subscribe = async options => {
        window.asked = options;
        return { toJSON: () => subscription };
    };
}"""


@pytest.fixture
def reachable(house: House, tmp_path: Path) -> House:
    (tmp_path / "key.pem").write_bytes(new_key())
    push = {"private_key_file": str(tmp_path / "key.pem"), "contact": "mailto:it@example.org"}
    house.stop()
    house.desk = DeskSettings.model_validate(
        {"smtp": SmtpSettings(host="127.0.0.1", port=9, security="none"), "channels": {"push": push}}
    )
    row = {"responder_id": "anna", "channel": "email", "address": "anna@example.org", "position": 1}
    house.write(lambda c: c.execute(insert(tables.contact).values(row)))
    house.start()
    return house


def test_a_code_is_sent_and_typed_in(reachable: House, phone: BrowserContext, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Page] = []

    async def keep(_self: object, page: Page) -> Receipt:
        sent.append(page)
        return Receipt(Result.ACCEPTED)

    monkeypatch.setattr("alarms.channels.email.Email.send", keep)
    page = sign_in(phone, reachable, "anna")
    page.locator("details.menu summary").click()
    page.get_by_role("link", name="Så nås du").click()
    page.get_by_role("button", name="Skicka en kod").click()
    expect(page.locator("#said")).to_have_text(re.compile("Koden är skickad"))
    box = page.get_by_label("Koden, sex siffror")
    wrong = f"{(int(sent[0].code) + 1) % 10**6:06}"
    box.fill(wrong)
    page.get_by_role("button", name="Bekräfta").click()
    expect(page.locator("#said")).to_have_text("Fel kod.")
    box.fill(sent[0].code)
    page.get_by_role("button", name="Bekräfta").click()
    expect(page.get_by_text(re.compile(r"^Bekräftat \d"))).to_be_visible()


def test_a_browser_subscribes_with_our_key(reachable: House, desktop: BrowserContext) -> None:
    desktop.grant_permissions(["notifications"], origin=reachable.url)
    page = sign_in(desktop, reachable, "anna")
    page.goto(f"{reachable.url}/contacts?lang=en")
    page.evaluate(SUBSCRIBE, Browser().subscription("https://fcm.googleapis.com/fcm/send/abc"))
    page.evaluate("Notification.requestPermission = async () => 'granted'")
    with page.expect_response(lambda answer: answer.url.endswith("/me/contacts/push")) as answered:
        page.locator("#push-on").click()
    assert answered.value.status == 201
    query = select(tables.contact.c.responder_id).where(tables.contact.c.channel == "push")
    assert reachable.write(lambda c: c.execute(query).scalars().all()) == ["anna"]
    file = Path(reachable.desk.channels["push"]["private_key_file"].get_secret_value())
    key = page.request.get(f"{reachable.url}/api/v1/me/contacts/push/key").json()["key"]
    assert key == Signer.from_file(file, "").public


def test_a_browser_that_says_no_stays_as_it_is(reachable: House, desktop: BrowserContext) -> None:
    page = sign_in(desktop, reachable, "anna")
    page.goto(f"{reachable.url}/contacts")
    page.evaluate("Notification.requestPermission = async () => 'denied'")
    page.locator("#push-on").click()
    expect(page.locator("#said")).to_have_attribute("data-bad", "")
    assert "notiser" in page.locator("#said").inner_text()
