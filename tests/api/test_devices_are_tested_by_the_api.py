"""The API lists what is not in service, and begins and ends tests; shelving is for coordinators."""

from datetime import timedelta

from sqlalchemy import update

from store.tables import account
from tests.api.conftest import Town
from tests.api.town import press

WANTED = {"scope": "device", "subject": "pendant-1", "minutes": 15, "reason": "fitting"}


async def test_a_technician_lists_tests_and_ends(town: Town) -> None:
    town.database.write_now(
        lambda c: c.execute(update(account).where(account.c.login == "tor").values(responder_id="bo"))
    )
    async with town.as_("tor") as client:
        listed = (await client.get("/api/v1/untested-devices")).json()["items"]
        assert [(one["device_id"], one["state"]) for one in listed][:1] == [("pendant-1", "installed")]
        begun = await client.post("/api/v1/tests", json=WANTED)
        assert begun.status_code == 201
        assert begun.json()["devices"] == ["pendant-1"]
        number = press(town.database, town.clock.now() + timedelta(seconds=1))
        assert [one["id"] for one in (await client.get("/api/v1/pauses")).json()["items"]] == [begun.json()["id"]]
        assert "pendant-1" in (await client.get("/house")).text
        ended = await client.post(f"/api/v1/pauses/{begun.json()['id']}/end")
        assert ended.status_code == 204
        assert (await client.get("/api/v1/pauses")).json()["items"] == []
    async with town.as_("anna") as client:
        shown = (await client.get(f"/api/v1/alarms/{number}")).json()
        assert (shown["overlay"], shown["outcome"]) == ("test", "test")


async def test_a_test_that_is_too_long_or_of_nothing_is_refused_with_a_reason(town: Town) -> None:
    town.database.write_now(
        lambda c: c.execute(update(account).where(account.c.login == "tor").values(responder_id="bo"))
    )
    async with town.as_("tor") as client:
        for changed, status in (({"minutes": 31}, 422), ({"subject": "pendant-99"}, 404), ({"reason": ""}, 422)):
            answer = await client.post("/api/v1/tests", json=WANTED | changed)
            assert answer.status_code == status, answer.text
        assert (await client.post("/api/v1/shelvings", json=WANTED)).status_code == 403


async def test_why_a_home_is_shelved_is_for_those_who_may_shelve(town: Town) -> None:
    async with town.as_("karin") as client:
        wanted = {"scope": "home", "subject": "home-1", "minutes": 600, "reason": "in hospital"}
        assert (await client.post("/api/v1/shelvings", json=wanted)).status_code == 201
        assert (await client.get("/api/v1/pauses")).json()["items"][0]["reason"] == "in hospital"
    for login in ("tor", "anna"):
        async with town.as_(login) as client:
            assert (await client.get("/api/v1/pauses")).json()["items"] == []
