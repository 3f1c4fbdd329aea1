"""Technicians let a device buzz, change its settings and see which programs run; nobody else may."""

from typing import Any

import pytest
from sqlalchemy import insert, select
from typer.testing import CliRunner

from gateway.cli import app
from store.database import Database
from store.tables import downlink, presence
from tests.api.conftest import Town

PENDANT = "/api/v1/devices/pendant-1"


def words(database: Database) -> list[tuple[str, dict[str, Any]]]:
    rows = database.read_now(lambda c: c.execute(select(downlink).order_by(downlink.c.id)).all())
    return [(row.kind, row.body) for row in rows]


async def test_a_technician_finds_a_device_and_sets_it(town: Town) -> None:
    async with town.as_("tor") as client:
        assert (await client.post(f"{PENDANT}/find", json={})).status_code == 202
        assert (await client.get(f"{PENDANT}/settings")).status_code == 404
        sent = await client.post(f"{PENDANT}/settings", json={"volume": 40})
        assert (sent.status_code, sent.json()["version"], sent.json()["confirmed_at"]) == (202, 1, None)
        sent = await client.post(f"{PENDANT}/settings", json={"language": "en"})
        assert sent.json() == (await client.get(f"{PENDANT}/settings")).json()
    assert words(town.database) == [("find_me", {"for_s": 30}), ("settings", {"volume": 40, "language": "en"})]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("find", {"for_s": 0}, 422),
        ("find", {"for_s": 301}, 422),
        ("settings", {}, 422),
        ("settings", {"volume": 101}, 422),
        ("settings", {"language": "de"}, 422),
        ("settings", {"heartbeat_s": 1}, 422),
        ("settings", {"loudness": 1}, 422),
    ],
)
async def test_what_cannot_be_asked_is_refused(town: Town, path: str, body: dict[str, Any], status: int) -> None:
    async with town.as_("tor") as client:
        assert (await client.post(f"{PENDANT}/{path}", json=body)).status_code == status
        good = {"find": {"for_s": 5}, "settings": {"volume": 5}}[path]
        assert (await client.post(f"/api/v1/devices/nobody/{path}", json=good)).status_code == 404
    async with town.as_("anna") as client:
        assert (await client.post(f"{PENDANT}/{path}", json=good)).status_code == 403
    assert words(town.database) == []


async def test_programs_are_listed_and_a_name_of_one_is_only_text(town: Town) -> None:
    said = {"device_id": "pendant-1", "last_seen_at": town.clock.now(), "firmware": "<b>[red]2"}
    town.database.write_now(lambda c: c.execute(insert(presence), said))
    async with town.as_("tor") as client:
        listed = (await client.get("/api/v1/firmware-versions")).json()["items"]
        page = (await client.get("/house")).text
    assert {"kind": "pendant", "model": "", "firmware": "<b>[red]2", "devices": 1} in listed
    assert "&lt;b&gt;[red]2" in page


def test_the_same_from_a_terminal(town: Town) -> None:
    url = ["--database", town.database.url.render_as_string(hide_password=False)]
    said = {"device_id": "pendant-1", "last_seen_at": town.clock.now(), "firmware": "[red]2"}
    town.database.write_now(lambda c: c.execute(insert(presence), said))

    def run(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["device", *words, *url])
        return done.exit_code, " ".join(done.output.split())

    assert run("find", "pendant-1", "--seconds", "5") == (0, "pendant-1 is told to buzz for 5 s.")
    assert run("set", "pendant-1") == (0, "pendant-1 was never told any settings.")
    told = "pendant-1, settings 1: heartbeat 60, language sv; not confirmed yet."
    assert run("set", "pendant-1", "--heartbeat", "60", "--language", "sv") == (0, told)
    assert run("set", "pendant-1") == (0, told)
    assert run("set", "pendant-1", "--language", "de")[0] != 0
    assert run("set", "nobody", "--volume", "1")[0] != 0
    assert run("find", "nobody")[0] != 0
    code, listed = run("firmware", "--ask")
    assert code == 0
    assert "[red]2" in listed
    assert {kind for kind, _ in words(town.database)} == {"find_me", "settings", "firmware"}
