"""A resident sees what is stored, who has looked, and takes it home as a file; of others nothing, no staff pages."""

from typing import Any

import pytest
from sqlalchemy import insert, select

from api import accounts
from api.errors import ConflictError, NotFoundError
from api.identity.roles import Role
from store.tables import access_log, resident, rule_setting
from tests.api.conftest import Town
from tests.api.town import care, observe, press


def live(town: Town) -> int:
    """Give Greta a measurement, a limit, an alarm that is handled, and Nils an alarm of his own."""
    now = town.clock.now()
    town.database.write_now(lambda c: observe(c, 1, now))
    town.database.write_now(lambda c: observe(c, 2, now, resident_id="", kind="motion", value=None, unit=""))
    town.database.write_now(lambda c: observe(c, 3, now, resident_id="nils", home_id="home-2", value=177.0))
    setting: dict[str, Any] = {
        "rule": "limits",
        "scope": "resident",
        "author": "karin",
        "reason": "Decided at the visit",
    }
    setting |= {"subject": "greta", "settings": {"systolic": {"high": 160}}, "valid_from": now}
    town.database.write_now(lambda c: c.execute(insert(rule_setting).values(setting)))
    care(town.database, now, "nils")
    return press(town.database, now)


async def handle(town: Town, alarm: int) -> None:
    async with town.as_("anna") as anna:
        await anna.post(f"/api/v1/alarms/{alarm}/accept", json={})
        await anna.post(f"/api/v1/alarms/{alarm}/note", json={"text": "Greta satt i stolen"})
        await anna.get("/api/v1/residents/greta")


async def test_a_resident_sees_own_alarms_values_limits_and_devices(any_town: Town) -> None:
    alarm = live(any_town)
    await handle(any_town, alarm)
    async with any_town.as_("greta") as greta:
        (one,) = (await greta.get("/api/v1/me/data")).json()["items"]
    assert (one["id"], one["address"], one["lives_alone"]) == ("greta", "Granvägen 3, 1 tr", True)
    assert [row["id"] for row in one["alarms"]] == [alarm]
    assert [(row["kind"], row["value"]) for row in one["measurements"]] == [("systolic", 141.0)]
    assert [row["settings"] for row in one["settings"]] == [{"systolic": {"high": 160}}]
    assert [row["id"] for row in one["devices"]] == ["pendant-1"]
    assert one["amounts"] == {"observations": 2, "findings": 1, "alarms": 1, "looks": 2}


async def test_a_resident_sees_every_look_also_that_of_a_relative(any_town: Town) -> None:
    await handle(any_town, live(any_town))
    async with any_town.as_("vera") as vera, any_town.as_("greta") as greta:
        await vera.get("/api/v1/me/data")
        looks = (await greta.get("/api/v1/me/access-log")).json()["items"]
    assert [(look["account_name"], look["object"]) for look in looks] == [
        ("Greta", "own_data"),
        ("Vera", "own_data"),
        ("Anna", "resident"),
    ]


async def test_the_log_can_be_read_page_by_page(town: Town) -> None:
    async with town.as_("greta") as greta:
        for _ in range(5):
            await greta.get("/api/v1/me/data")
        first = (await greta.get("/api/v1/me/access-log?limit=4")).json()
        rest = (await greta.get(f"/api/v1/me/access-log?limit=4&cursor={first['next']}")).json()
    assert [look["id"] for look in first["items"]] == [6, 5, 4, 3]
    assert [look["id"] for look in rest["items"]] == [2, 1]


async def test_the_export_holds_every_row_about_the_person_and_none_about_another(any_town: Town) -> None:
    alarm = live(any_town)
    await handle(any_town, alarm)
    async with any_town.as_("greta") as greta:
        answer = await greta.get("/api/v1/me/data/export")
    document: dict[str, Any] = answer.json()
    (one,) = document["residents"]
    assert document["format"] == "hemvakt-own-data/1"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert [row["id"] for row in one["alarms"]] == [alarm]
    assert [row["id"] for row in one["observations"]] == [1, 2]
    assert [row["action"] for row in one["handling"]] == ["opened", "accepted", "noted"]
    assert one["handling"][-1]["detail"]["reason"] == "Greta satt i stolen"
    assert [row["alarm_id"] for row in one["occurrences"]] == [alarm]
    assert [row["rule"] for row in one["findings"]] == ["press"]
    assert one["access_log"][0]["action"] == "export"
    for other in ("nils", "Nils", "177.0", "Storgatan"):
        assert other not in answer.text
    assert "password" not in answer.text


async def test_a_relative_sees_the_data_and_takes_no_file(town: Town) -> None:
    async with town.as_("vera") as vera:
        (one,) = (await vera.get("/api/v1/me/data")).json()["items"]
        assert (one["id"], one["key_note"]) == ("greta", "")
        assert (await vera.get("/api/v1/me/data/export")).status_code == 403
        assert "/api/v1/me/data/export" not in (await vera.get("/my-data")).text


async def test_what_a_shared_home_says_is_about_others_too(town: Town) -> None:
    live(town)
    moved_in = {"id": "olle", "home_id": "home-1", "name": "Olle", "sex": "male", "note": "", "active": True}
    town.database.write_now(lambda c: c.execute(insert(resident).values(moved_in)))
    async with town.as_("greta") as greta:
        (one,) = (await greta.get("/api/v1/me/data")).json()["items"]
        export = (await greta.get("/api/v1/me/data/export")).json()["residents"][0]
        assert "bor inte ensam" in (await greta.get("/my-data")).text
    assert (one["lives_alone"], one["amounts"]["observations"]) == (False, 1)
    assert [row["kind"] for row in export["observations"]] == ["systolic"]


async def test_the_page_speaks_both_languages_and_is_where_a_resident_begins(town: Town) -> None:
    alarm = live(town)
    await handle(town, alarm)
    greta = await town.signed_in("greta")
    start = await greta.get("/")
    assert (start.status_code, start.headers["location"]) == (303, "/my-data")
    swedish = (await greta.get("/my-data")).text
    await greta.patch("/api/v1/me", json={"language": "en"})
    english = (await greta.get("/my-data")).text
    assert "Mina uppgifter" in swedish
    assert "My data" in english
    for page in (swedish, english):
        assert "Greta Holm" in page
        assert "Anna" in page
        assert "Nils" not in page
        assert 'href="/house"' not in page
    await greta.aclose()


async def test_a_look_is_logged_before_anything_is_given(town: Town) -> None:
    async with town.as_("greta") as greta:
        for path in ("/my-data", "/api/v1/me/data", "/api/v1/me/data/export", "/api/v1/me/access-log"):
            before = len(town.database.read_now(lambda c: c.execute(select(access_log)).all()))
            assert (await greta.get(path)).status_code == 200
            assert len(town.database.read_now(lambda c: c.execute(select(access_log)).all())) == before + 1, path


def test_only_accounts_of_residents_and_relatives_name_a_resident(town: Town) -> None:
    now = town.clock.now()

    def create(role: Role, resident_id: str | None) -> None:
        town.database.write_now(
            lambda c: accounts.create_account(c, login="new", name="New", role=role, now=now, resident_id=resident_id)
        )

    for role, resident_id in ((Role.RESIDENT, None), (Role.RELATIVE, None), (Role.ADMIN, "greta")):
        with pytest.raises(ConflictError):
            create(role, resident_id)
    with pytest.raises(NotFoundError):
        create(Role.RESIDENT, "nobody")
