"""Technicians give, rotate and void a device's password at the broker; it is seen once, and nobody else may."""

import logging
from typing import Any

import pytest
from sqlalchemy import MetaData, event, select, update
from typer.testing import CliRunner

from gateway.broker.following import read_identities
from gateway.cli import app
from store.database import Database
from store.tables import audit, device
from tests.api.conftest import Town

PENDANT = "/api/v1/devices/pendant-1/identity"
LIST = "/api/v1/device-identities"


def noted(database: Database) -> list[tuple[str, str, Any]]:
    rows = database.read_now(lambda c: c.execute(select(audit).order_by(audit.c.seq)).all())
    return [(row.action, row.actor, row.detail) for row in rows]


def users(database: Database) -> list[str]:
    return sorted(one.user for one in database.read_now(read_identities))


def everything_stored(database: Database) -> str:
    """Return all that stands in the database, as text."""
    found = MetaData()
    found.reflect(database.writer)
    tables = found.sorted_tables
    return database.read_now(lambda c: repr([tuple(row) for table in tables for row in c.execute(select(table))]))


async def test_a_password_is_given_rotated_with_an_overlap_and_revoked(any_town: Town) -> None:
    async with any_town.as_("tor") as client:
        assert (await client.get(PENDANT)).status_code == 404
        given = await client.post(PENDANT)
        assert (given.status_code, given.json()["user"]) == (201, "device-pendant-1")
        assert given.headers["cache-control"] == "no-store"
        assert users(any_town.database) == ["device-pendant-1"]
        rotated = (await client.post(f"{PENDANT}/rotation", json={"overlap_hours": 24})).json()
        assert rotated["user"] == "device-pendant-1~2"
        assert rotated["former_user"] == "device-pendant-1"
        assert rotated["former_until"] == "2026-01-14T01:30:00Z"
        assert rotated["password"] != given.json()["password"]
        assert users(any_town.database) == ["device-pendant-1", "device-pendant-1~2"]
        again = (await client.post(PENDANT)).json()
        assert (again["user"], again["former_user"]) == ("device-pendant-1~2", None), "its name stays"
        assert users(any_town.database) == ["device-pendant-1~2"]
        assert (await client.delete(PENDANT)).status_code == 204
        assert users(any_town.database) == []
        assert (await client.delete(PENDANT)).status_code == 404
    assert noted(any_town.database) == [
        (f"device_identity_{what}", "tor", {"device": "pendant-1"}) for what in ("given", "rotated", "given", "revoked")
    ]


async def test_the_password_is_seen_once_and_stands_nowhere(any_town: Town, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with any_town.as_("tor") as client:
        given, rotated = (await client.post(PENDANT)).json(), (await client.post(f"{PENDANT}/rotation", json={})).json()
        later = (await client.get(PENDANT)).text + (await client.get(LIST)).text
    kept = everything_stored(any_town.database)
    assert "device_identity_rotated" in kept
    for password in (given["password"], rotated["password"]):
        assert len(password) >= 32
        assert password not in later + kept + caplog.text
    assert "hash" not in later


async def test_the_list_is_paged_without_gap_or_repeat(town: Town) -> None:
    async with town.as_("tor") as client:
        for number in (1, 2, 3):
            await client.post(f"/api/v1/devices/pendant-{number}/identity")
        seen: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            page = (await client.get(f"{LIST}?limit=2{cursor and '&cursor=' + cursor}")).json()
            seen, cursor = seen + [one["device_id"] for one in page["items"]], page["next"]
        assert (await client.get(f"{LIST}?cursor=x")).status_code == 422
    assert seen == ["pendant-1", "pendant-2", "pendant-3"]


@pytest.mark.parametrize(
    "body",
    [
        {"overlap_hours": 0},
        {"overlap_hours": -1},
        {"overlap_hours": 24 * 90 + 1},
        {"overlap_hours": 1e308},
        {"overlap_hours": "week"},
        {"overlap_hours": None},
        {"password": "mine"},
        [],
        None,
    ],
)
async def test_an_overlap_that_cannot_be_is_refused_and_the_old_password_stays(town: Town, body: object) -> None:
    async with town.as_("tor") as client:
        await client.post(PENDANT)
        before = town.database.read_now(read_identities)
        assert (await client.post(f"{PENDANT}/rotation", json=body)).status_code == 422
        endless = await client.post(
            f"{PENDANT}/rotation", content=b'{"overlap_hours": Infinity}', headers={"Content-Type": "application/json"}
        )
    assert endless.status_code == 422
    assert town.database.read_now(read_identities) == before


@pytest.mark.parametrize("name", ["nobody", "a%00b", "%23", "%2B", "..", "x" * 65, "%2e%2e%2fpendant-1", "åäö"])
async def test_a_device_that_is_not_there_gets_nothing(town: Town, name: str) -> None:
    async with town.as_("tor") as client:
        for method, end in (("POST", ""), ("POST", "/rotation"), ("DELETE", ""), ("GET", "")):
            answer = await client.request(method, f"/api/v1/devices/{name}/identity{end}", json={})
            assert answer.status_code in {404, 405, 422}, (method, end, answer.text)
    assert users(town.database) == []
    assert noted(town.database) == []


async def test_a_name_that_stands_for_others_gets_no_password(town: Town) -> None:
    change = update(device).where(device.c.id == "pendant-1").values(address="+")
    town.database.write_now(lambda c: c.execute(change))
    async with town.as_("tor") as client:
        refused = await client.post(PENDANT)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:hemvakt:problem:unsafe-address")
    assert noted(town.database) == []


async def test_no_audit_no_password(town: Town) -> None:
    def fail(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "INSERT INTO audit" in statement:
            raise OSError("the disk is full")

    event.listen(town.database.writer, "before_cursor_execute", fail)
    async with town.as_("tor") as client:
        answer = await client.post(PENDANT)
    assert answer.status_code == 500
    assert "password" not in answer.text
    assert users(town.database) == []


@pytest.mark.parametrize("login", ["anna", "karin", "greta", "vera"])
async def test_others_may_not(town: Town, login: str) -> None:
    async with town.as_("root") as client:
        assert (await client.post(PENDANT)).status_code == 201
    async with town.as_(login) as client:
        assert (await client.post(PENDANT)).status_code == 403
        assert (await client.post(f"{PENDANT}/rotation", json={})).status_code == 403
        assert (await client.delete(PENDANT)).status_code == 403
        assert (await client.get(PENDANT)).status_code == (200 if login == "karin" else 403)
    assert users(town.database) == ["device-pendant-1"]


def test_the_same_from_a_terminal(town: Town) -> None:
    url = ["--database", town.database.url.render_as_string(hide_password=False)]

    def run(*words: str) -> tuple[int, list[str]]:
        done = CliRunner().invoke(app, ["device", "identity", *words, *url])
        return done.exit_code, done.output.split()

    assert run("rotate", "pendant-1")[0] != 0
    assert run("give", "pendant-1", "--by", "tor")[1][:2] == ["user", "device-pendant-1"]
    assert run("rotate", "pendant-1", "--by", "tor")[1][:2] == ["user", "device-pendant-1~2"]
    code, words = run("give", "pendant-1", "--by", "tor")
    assert (code, words[:2]) == (0, ["user", "device-pendant-1~2"]), "the name that the password belongs to"
    assert run("revoke", "pendant-1", "--by", "tor")[0] == 0
    assert run("revoke", "pendant-1")[0] != 0
    assert [(action.removeprefix("device_identity_"), actor) for action, actor, _ in noted(town.database)] == [
        ("given", "tor"),
        ("rotated", "tor"),
        ("given", "tor"),
        ("revoked", "tor"),
    ]
