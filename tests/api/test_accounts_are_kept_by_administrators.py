"""Administrators create, change and disable accounts; passwords are their owners' alone, and nobody is locked out."""

from typing import Any

import pytest
from sqlalchemy import select

from alarms.audit import verify
from api import accounts
from store.tables import account, audit
from tests.api.conftest import Town
from tests.api.town import PASSWORD

NEW = {"login": "ny", "name": "Ny Kollega", "role": "technician"}


async def number_of(client: Any, login: str) -> int:
    found = (await client.get("/api/v1/accounts")).json()["items"]
    return int(next(one["id"] for one in found if one["login"] == login))


async def test_a_new_account_gets_in_by_its_one_time_link_and_no_other_way(any_town: Town) -> None:
    async with any_town.as_("root") as root:
        made = await root.post("/api/v1/accounts", json=NEW)
        assert made.status_code == 201
        assert made.json()["account"]["has_password"] is False
        url = made.json()["link"]["url"]
        secret = url.partition("#")[2]
        listed = (await root.get("/api/v1/accounts")).text
    assert "/welcome#" in url
    assert secret not in listed
    assert "password_hash" not in listed
    async with any_town.browser() as browser:
        sign_in = {"login": "ny", "password": PASSWORD}
        assert (await browser.post("/api/v1/session", json=sign_in)).status_code == 401
        for status in (200, 410):
            answer = await browser.post("/api/v1/password", json={"link": secret, "password": PASSWORD})
            assert answer.status_code == status
        assert (await browser.post("/api/v1/session", json=sign_in)).status_code == 204


async def test_a_disabled_account_is_out_at_once_and_can_come_back(any_town: Town) -> None:
    anna = await any_town.signed_in("anna")
    async with any_town.as_("root") as root:
        number = await number_of(root, "anna")
        assert (await anna.get("/api/v1/me")).status_code == 200
        assert (await root.patch(f"/api/v1/accounts/{number}", json={"active": False})).json()["active"] is False
        assert (await anna.get("/api/v1/me")).status_code == 401
        assert (await any_town.as_("anna").get("/api/v1/me")).status_code == 401
        assert (await root.post(f"/api/v1/accounts/{number}/link")).status_code == 404
        await root.patch(f"/api/v1/accounts/{number}", json={"active": True})
    assert (await anna.get("/api/v1/me")).status_code == 401
    again = await any_town.signed_in("anna")
    assert (await again.get("/api/v1/me")).status_code == 200
    await anna.aclose()
    await again.aclose()


async def test_a_changed_role_ends_sessions_and_counts_at_once(town: Town) -> None:
    tor = await town.signed_in("tor")
    async with town.as_("root") as root:
        number = await number_of(root, "tor")
        await root.patch(f"/api/v1/accounts/{number}", json={"role": "coordinator", "name": "Tor Ny"})
        assert (await tor.get("/api/v1/me")).status_code == 401
    async with town.as_("tor") as program:
        me = (await program.get("/api/v1/me")).json()
        assert (me["role"], me["name"]) == ("coordinator", "Tor Ny")
    await tor.aclose()


async def test_nobody_locks_out_the_municipality(town: Town) -> None:
    async with town.as_("root") as root:
        own = await number_of(root, "root")
        for change in ({"active": False}, {"role": "technician"}):
            assert (await root.patch(f"/api/v1/accounts/{own}", json=change)).status_code == 409
        assert (await root.patch(f"/api/v1/accounts/{own}", json={"name": "Root Rot"})).status_code == 200
        tor = await number_of(root, "tor")
        await root.patch(f"/api/v1/accounts/{tor}", json={"role": "admin"})
    async with town.as_("tor") as other:
        assert (await other.patch(f"/api/v1/accounts/{own}", json={"active": False})).status_code == 200
    assert town.database.read_now(lambda c: c.scalar(select(account.c.active).where(account.c.id == own))) is False


async def test_the_last_administrator_with_a_password_stays(town: Town) -> None:
    """An administrator who never set a password cannot let anybody back in."""
    async with town.as_("root") as root:
        own = await number_of(root, "root")
        await root.post("/api/v1/accounts", json={**NEW, "role": "admin"})
        new = await number_of(root, "ny")
    now = town.clock.now()
    town.tokens["ny"] = town.database.write_now(lambda c: accounts.create_token(c, "ny", "test", now))
    async with town.as_("ny") as program:
        assert (await program.patch(f"/api/v1/accounts/{own}", json={"role": "technician"})).status_code == 409
        assert (await program.patch(f"/api/v1/accounts/{new}", json={"active": False})).status_code == 409


async def test_staff_and_residents_are_never_turned_into_each_other(town: Town) -> None:
    async with town.as_("root") as root:
        for login, role in (("greta", "coordinator"), ("tor", "resident")):
            number = await number_of(root, login)
            assert (await root.patch(f"/api/v1/accounts/{number}", json={"role": role})).status_code == 409
        for wrong in (
            {**NEW, "role": "resident"},
            {**NEW, "resident_id": "greta"},
            {**NEW, "responder_id": "nobody"},
            {**NEW, "login": "anna"},
        ):
            assert (await root.post("/api/v1/accounts", json=wrong)).status_code in {404, 409}, wrong
        made = await root.post("/api/v1/accounts", json={**NEW, "role": "relative", "resident_id": "nils"})
        assert made.json()["account"]["resident_id"] == "nils"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {**NEW, "login": "a b"},
        {**NEW, "login": "=x"},
        {**NEW, "role": "god"},
        {**NEW, "password": "x" * 20},
        {**NEW, "name": " "},
        {**NEW, "language": "de"},
    ],
)
async def test_what_is_no_account_is_refused(town: Town, body: dict[str, Any]) -> None:
    async with town.as_("root") as root:
        assert (await root.post("/api/v1/accounts", json=body)).status_code == 422


async def test_each_change_is_in_the_audit_without_names(any_town: Town) -> None:
    async with any_town.as_("root") as root:
        await root.post("/api/v1/accounts", json={**NEW, "role": "resident", "resident_id": "nils"})
        number = await number_of(root, "ny")
        await root.post(f"/api/v1/accounts/{number}/link")
        await root.patch(f"/api/v1/accounts/{number}", json={"name": "Nils Berg", "active": False})
        await root.patch(f"/api/v1/accounts/{number}", json={"active": False})
    rows = any_town.database.read_now(lambda c: c.execute(select(audit).order_by(audit.c.seq)).all())
    assert [(row.actor, row.action, row.detail["account"]) for row in rows] == [
        ("root", "account_created", number),
        ("root", "account_link", number),
        ("root", "account_changed", number),
    ]
    assert not any(name in str(rows) for name in ("Kollega", "Nils", "nils"))
    assert any_town.database.read_now(verify).broken_at is None


async def test_the_page_shows_every_account_and_no_secret(town: Town) -> None:
    async with town.as_("root") as root:
        swedish = (await root.get("/accounts")).text
        await root.patch("/api/v1/me", json={"language": "en"})
        english = (await root.get("/accounts")).text
    assert "Konton" in swedish
    assert "Accounts" in english
    for login in town.tokens:
        assert f">{login}" in english
    for row in town.database.read_now(lambda c: c.execute(select(account.c.password_hash)).all()):
        assert row.password_hash not in english
    async with town.as_("karin") as karin:
        assert (await karin.get("/accounts")).status_code == 403
