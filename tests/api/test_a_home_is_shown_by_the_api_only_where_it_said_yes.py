"""Technicians note what a home agreed to; a resident says no without them, and sees who changed what."""

from typing import Any

import pytest
from sqlalchemy import insert, select, update

from devices import sharing
from devices.sharing import Shared
from store.database import Database
from store.tables import access_log, audit, resident
from tests.api.conftest import Town

HOME = "/api/v1/homes/home-1/home-assistant"
LIST = "/api/v1/shown-homes"
OWN = "/api/v1/me/home-assistant"


def shown(database: Database) -> list[Shared]:
    return database.read_now(sharing.going_on)


def readers(database: Database) -> dict[str, str]:
    return {one.user: one.nats_hash for one in database.read_now(sharing.readers)}


def noted(database: Database) -> list[tuple[str, str, Any]]:
    rows = database.read_now(lambda c: c.execute(select(audit).order_by(audit.c.seq)).all())
    return [(row.action, row.actor, row.detail) for row in rows]


def looks(database: Database) -> list[tuple[str, str, str]]:
    rows = database.read_now(lambda c: c.execute(select(access_log).order_by(access_log.c.id)).all())
    return [(row.resident_id, row.action, row.object) for row in rows]


def move_in(database: Database, who: str = "sven", *, active: bool = True) -> None:
    """Let somebody live with Greta."""
    row = {"id": who, "home_id": "home-1", "name": who.title(), "sex": "male", "active": active}
    database.write_now(lambda c: c.execute(insert(resident), row))


async def test_a_home_is_shown_with_a_password_that_is_seen_once_and_shown_no_more(any_town: Town) -> None:
    database = any_town.database
    async with any_town.as_("tor") as client:
        assert (await client.get(HOME)).status_code == 404
        answer = await client.post(HOME, json={"residents": ["greta", "greta"], "language": "en"})
        assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
        made = answer.json()
        assert (made["user"], made["discovery_prefix"]) == ("home-assistant-home-1", "hemvakt/ha/home-1")
        assert (made["residents"], made["resident_count"]) == (None, 1), "not everybody need know who lives where"
        later = await client.get(HOME)
        assert made["password"] not in later.text + (await client.get(LIST)).text
        assert later.json() == {name: value for name, value in made.items() if name != "password"}
        assert (await client.delete(HOME)).status_code == 204
        assert (await client.get(HOME)).status_code == 404
        assert (await client.get(LIST)).json()["items"] == []
        assert (await client.delete(HOME)).status_code == 404
    assert readers(database) == {}
    assert noted(database) == [
        ("home_assistant_on", "tor", {"home": "home-1", "residents": 1, "health": False}),
        ("home_assistant_off", "tor", {"home": "home-1"}),
    ]
    assert looks(database) == [("greta", "change", "home_assistant")] * 2


async def test_each_resident_says_yes_and_no_without_a_new_password(any_town: Town) -> None:
    move_in(any_town.database)
    async with any_town.as_("root") as client:
        await client.post(HOME, json={"residents": ["greta"]})
        password = readers(any_town.database)
        assert (await client.put(f"{HOME}/residents/sven")).json()["resident_count"] == 2
        assert (await client.put(f"{HOME}/residents/sven")).json()["resident_count"] == 2
        assert (await client.delete(f"{HOME}/residents/greta")).json()["resident_count"] == 1
        assert (await client.delete(f"{HOME}/residents/greta")).status_code == 404
        assert (await client.put(f"{HOME}/residents/nils")).status_code == 422, "he lives elsewhere"
        assert (await client.put("/api/v1/homes/home-2/home-assistant/residents/nils")).status_code == 404
    assert [one.residents for one in shown(any_town.database)] == [("sven",)]
    assert readers(any_town.database) == password


async def test_who_knows_the_residents_sees_who_is_shown_and_is_seen_looking(town: Town) -> None:
    async with town.as_("tor") as client:
        await client.post(HOME, json={"residents": ["greta"]})
        await client.get(HOME)
    assert looks(town.database) == [("greta", "change", "home_assistant")]
    async with town.as_("karin") as client:
        assert (await client.get(HOME)).json()["residents"] == ["greta"]
        assert [one["residents"] for one in (await client.get(LIST)).json()["items"]] == [["greta"]]
    assert looks(town.database)[1:] == [("greta", "read", "home_assistant")] * 2


@pytest.mark.parametrize(
    "body",
    [
        {"residents": ["nils"]},
        {"residents": ["nobody"]},
        {"residents": ["a\0b"]},
        {"residents": "greta"},
        {"residents": [f"r{number}" for number in range(51)]},
        {"health": "perhaps"},
        {"language": "de"},
        {"password": "mine"},
        [],
        None,
    ],
)
async def test_what_cannot_be_agreed_to_is_refused_and_what_was_agreed_stays(town: Town, body: object) -> None:
    async with town.as_("tor") as client:
        assert (await client.post(HOME, json={"residents": ["greta"]})).status_code == 201
        before = shown(town.database), readers(town.database), noted(town.database)
        assert (await client.post(HOME, json=body)).status_code == 422
        for home in ("none", "%2B", "%23", "a%00b", "x" * 65):
            assert (await client.post(f"/api/v1/homes/{home}/home-assistant", json={})).status_code in {404, 422}
    assert (shown(town.database), readers(town.database), noted(town.database)) == before


@pytest.mark.parametrize("login", ["anna", "karin", "greta", "vera"])
async def test_others_may_not(town: Town, login: str) -> None:
    async with town.as_(login) as client:
        assert (await client.post(HOME, json={"residents": ["greta"]})).status_code == 403
        assert (await client.delete(HOME)).status_code == 403
        assert (await client.put(f"{HOME}/residents/greta")).status_code == 403
        assert (await client.delete(f"{HOME}/residents/greta")).status_code == 403
    assert shown(town.database) == []


async def test_the_list_is_paged_without_gap_or_repeat(town: Town) -> None:
    async with town.as_("tor") as client:
        for number in (1, 2, 3):
            await client.post(f"/api/v1/homes/home-{number}/home-assistant", json={})
        seen: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            page = (await client.get(f"{LIST}?limit=2{cursor and '&cursor=' + cursor}")).json()
            seen, cursor = seen + [one["home_id"] for one in page["items"]], page["next"]
    assert seen == ["home-1", "home-2", "home-3"]


async def test_a_resident_who_lives_alone_ends_all_that_is_shown(any_town: Town) -> None:
    async with any_town.as_("tor") as client:
        await client.post(HOME, json={"health": True})
        await client.post("/api/v1/homes/home-2/home-assistant", json={"residents": ["nils"]})
    async with any_town.as_("greta") as greta:
        (seen,) = (await greta.get(OWN)).json()["items"]
        assert (seen["home"], seen["person"], seen["health"]) == (True, False, True)
        assert (await greta.delete(OWN)).status_code == 204
        (seen,) = (await greta.get(OWN)).json()["items"]
        assert (seen["home"], seen["person"], seen["health"], seen["since_at"]) == (False, False, False, None)
        assert (await greta.delete(OWN)).status_code == 404
        log = (await greta.get("/api/v1/me/access-log")).json()["items"]
    assert [one.home_id for one in shown(any_town.database)] == ["home-2"], "of others nothing ends"
    assert ("change", "home_assistant", "Greta") in {(row["action"], row["object"], row["account_name"]) for row in log}
    action, actor, detail = noted(any_town.database)[-1]
    assert (action, detail) == ("home_assistant_off", {"home": "home-1"})
    assert actor.isdigit(), "the audit names no resident"


async def test_in_a_shared_home_a_resident_ends_what_serves_that_person_alone(any_town: Town) -> None:
    move_in(any_town.database)
    async with any_town.as_("tor") as client:
        await client.post(HOME, json={"residents": ["greta", "sven"]})
    async with any_town.as_("greta") as greta:
        assert (await greta.delete(OWN)).status_code == 204
        (seen,) = (await greta.get(OWN)).json()["items"]
        assert (seen["home"], seen["person"]) == (True, False)
        assert (await greta.delete(OWN)).status_code == 404
    assert [one.residents for one in shown(any_town.database)] == [("sven",)]


async def test_who_has_moved_out_ends_nothing_of_those_who_live_there_now(town: Town) -> None:
    move_in(town.database)
    gone = update(resident).where(resident.c.id == "greta").values(active=False)
    town.database.write_now(lambda c: c.execute(gone))
    async with town.as_("tor") as client:
        await client.post(HOME, json={"residents": ["sven"]})
    async with town.as_("greta") as greta:
        assert (await greta.delete(OWN)).status_code == 404
        (data,) = (await greta.get("/api/v1/me/data")).json()["items"]
        assert data["lives_alone"] is False, "what the home says now is about somebody else"
    assert [one.residents for one in shown(town.database)] == [("sven",)]


async def test_a_relative_sees_and_decides_nothing(town: Town) -> None:
    async with town.as_("tor") as client:
        await client.post(HOME, json={"residents": ["greta"]})
    async with town.as_("vera") as vera:
        assert (await vera.get(OWN)).json()["items"][0]["person"] is True
        assert (await vera.delete(OWN)).status_code == 403
    assert len(shown(town.database)) == 1


async def test_a_resident_ends_it_on_the_page(town: Town) -> None:
    async with town.as_("tor") as client:
        await client.post(HOME, json={"residents": ["greta"]})
    greta, vera = await town.signed_in("greta"), await town.signed_in("vera")
    assert "/my-data/home-assistant" in (await greta.get("/my-data")).text
    assert "/my-data/home-assistant" not in (await vera.get("/my-data")).text
    assert (await vera.post("/my-data/home-assistant")).status_code == 403
    foreign = {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"}
    assert (await greta.post("/my-data/home-assistant", headers=foreign)).status_code == 403
    assert len(shown(town.database)) == 1
    assert (await greta.post("/my-data/home-assistant")).status_code == 303
    assert shown(town.database) == []
    assert (await greta.post("/my-data/home-assistant")).status_code == 303, "pressed twice is no error"
    assert "/my-data/home-assistant" not in (await greta.get("/my-data")).text
    await greta.aclose()
    await vera.aclose()
