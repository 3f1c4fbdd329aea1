"""A responder sees their own contacts, proves them by a code, and lets a browser notify them."""

from pathlib import Path

import pytest
from sqlalchemy import insert, select

from alarms.channel import Page, Receipt, Result
from alarms.contacts.repository import verified_channels
from alarms.settings import DeskSettings, SmtpSettings
from alarms.webpush.vapid import new_key
from api.app import create_app
from api.settings import ApiSettings
from store import tables
from tests.alarms.push_service import Browser
from tests.api.conftest import Town


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Page]:
    pages: list[Page] = []

    async def keep(_self: object, page: Page) -> Receipt:
        pages.append(page)
        return Receipt(Result.GONE if page.address == "gone@example.org" else Result.ACCEPTED)

    monkeypatch.setattr("alarms.channels.email.Email.send", keep)
    return pages


@pytest.fixture
def house(town: Town, tmp_path: Path) -> Town:
    """The town with mail and web push set up, and an address for Anna."""
    (tmp_path / "key.pem").write_bytes(new_key())
    push = {"private_key_file": str(tmp_path / "key.pem"), "contact": "mailto:it@example.org"}
    desk = DeskSettings.model_validate(
        {"smtp": SmtpSettings(host="127.0.0.1", port=9, security="none"), "channels": {"push": push}}
    )
    rows = [
        {"responder_id": "anna", "channel": "email", "address": "anna@example.org", "position": 1},
        {"responder_id": "bo", "channel": "sms", "address": "+46701234567", "position": 1},
        {"responder_id": "karin", "channel": "email", "address": "gone@example.org", "position": 1},
    ]
    town.database.write_now(lambda c: c.execute(insert(tables.contact), rows))
    app = create_app(town.database, town.clock, ApiSettings(), desk=desk)
    return Town(town.database, town.clock, app, town.tokens)


def verified(town: Town, who: str) -> frozenset[str]:
    return town.database.read_now(lambda c: verified_channels(c, who))


async def test_a_code_that_was_sent_verifies(house: Town, sent: list[Page]) -> None:
    async with house.as_("anna") as anna:
        console, mail = (await anna.get("/api/v1/me/contacts")).json()["items"]
        assert (console["channel"], console["verifiable"]) == ("console", False)
        assert (mail["address"], mail["verified_at"]) == ("a…@example.org", None)
        path = f"/api/v1/me/contacts/{mail['id']}"
        assert (await anna.post(f"{path}/code")).status_code == 202
        (page,) = sent
        again = await anna.post(f"{path}/code")
        assert (again.status_code, again.json()["type"]) == (429, "urn:hemvakt:problem:too-soon")
        assert (await anna.post(f"{path}/verify", json={"code": "x"})).json() == {"outcome": "wrong"}
        assert verified(house, "anna") == frozenset()
        assert (await anna.post(f"{path}/verify", json={"code": page.code})).json() == {"outcome": "verified"}
        assert (await anna.get("/api/v1/me/contacts")).json()["items"][1]["verified_at"] is not None
    assert verified(house, "anna") == {"email"}


async def test_nobody_reaches_the_contacts_of_another(house: Town, sent: list[Page]) -> None:
    async with house.as_("anna") as anna, house.as_("bo") as bo, house.as_("tor") as tor:
        _, mine = (await anna.get("/api/v1/me/contacts")).json()["items"]
        for act, body in (("code", {}), ("verify", {"code": "123456"})):
            assert (await bo.post(f"/api/v1/me/contacts/{mine['id']}/{act}", json=body)).status_code == 404
        assert (await tor.get("/api/v1/me/contacts")).status_code == 403
    assert sent == []


async def test_an_address_that_is_gone_is_said_and_used_no_more(house: Town, sent: list[Page]) -> None:
    async with house.as_("karin") as karin:
        _, mail = (await karin.get("/api/v1/me/contacts")).json()["items"]
        answer = await karin.post(f"/api/v1/me/contacts/{mail['id']}/code")
        assert answer.status_code == 502
        assert len((await karin.get("/api/v1/me/contacts")).json()["items"]) == 1
    assert len(sent) == 1


async def test_a_browser_subscribes_for_its_user_and_leaves_the_one_before(house: Town) -> None:
    wanted = Browser().subscription("https://fcm.googleapis.com/fcm/send/abc")
    async with house.as_("anna") as anna, house.as_("bo") as bo:
        key = (await anna.get("/api/v1/me/contacts/push/key")).json()["key"]
        assert len(key) == 87
        assert (await anna.post("/api/v1/me/contacts/push", json=wanted | {"expirationTime": None})).status_code == 201
        assert (await bo.post("/api/v1/me/contacts/push", json=wanted)).status_code == 201
        assert "push" not in {one["channel"] for one in (await anna.get("/api/v1/me/contacts")).json()["items"]}
        (push,) = [one for one in (await bo.get("/api/v1/me/contacts")).json()["items"] if one["channel"] == "push"]
        assert (push["address"], push["verified_at"]) == ("", None)
    assert verified(house, "bo") == frozenset()


@pytest.mark.parametrize(
    "endpoint", ["https://127.0.0.1/x", "http://fcm.googleapis.com/x", "https://example.org/", "x"]
)
async def test_a_browser_cannot_point_us_elsewhere(house: Town, endpoint: str) -> None:
    async with house.as_("anna") as anna:
        answer = await anna.post("/api/v1/me/contacts/push", json=Browser().subscription(endpoint))
        assert answer.status_code == 422
    query = select(tables.contact.c.id).where(tables.contact.c.channel == "push")
    assert house.database.read_now(lambda c: c.execute(query).all()) == []


async def test_the_page_shows_what_is_verified_and_hides_addresses(house: Town) -> None:
    text = (await (await house.signed_in("bo")).get("/contacts")).text
    assert "+46…67" in text
    assert "+46701234567" not in text
    assert "Inte bekräftat" in text
    assert "Tillåt notiser" in text
    text = (await (await house.signed_in("tor")).get("/contacts")).text
    assert "hör inte till någon som tar larm" in text


async def test_without_a_key_there_is_no_push(town: Town) -> None:
    async with town.as_("anna") as anna:
        assert (await anna.get("/api/v1/me/contacts/push/key")).status_code == 404
        wanted = Browser().subscription("https://fcm.googleapis.com/x")
        assert (await anna.post("/api/v1/me/contacts/push", json=wanted)).status_code == 404
