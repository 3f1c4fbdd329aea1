"""Accept, attend, confirm, release, close and note over the API: the answer is the truth, whoever asks."""

import asyncio

import pytest

from tests.api.conftest import Town
from tests.api.town import care, press


async def test_the_most_urgent_comes_first(any_town: Town) -> None:
    database, clock = any_town.database, any_town.clock
    measured = care(database, clock.now())
    clock.advance(minutes=1)
    pressed = press(database, clock.now(), 2)
    clock.advance(minutes=1)
    later = press(database, clock.now(), 1)
    async with any_town.as_("anna") as client:
        items = (await client.get("/api/v1/alarms")).json()["items"]
        assert [item["id"] for item in items] == [pressed, later, measured]
        assert items[0]["residents"] == [{"id": "nils", "name": "Nils Berg", "birth_year": 1941}]
        assert items[0]["sentence"] == "Larmknappen har tryckts in."
        await client.patch("/api/v1/me", json={"language": "en"})
        items = (await client.get("/api/v1/alarms")).json()["items"]
    assert items[0]["sentence"] == "The alarm button was pressed."


async def test_the_list_is_paged_without_gap_or_repeat(town: Town) -> None:
    numbers = {care(town.database, town.clock.now()), press(town.database, town.clock.now(), 1)}
    numbers.add(press(town.database, town.clock.now(), 2))
    seen: list[int] = []
    async with town.as_("anna") as client:
        cursor = ""
        for _ in numbers:
            page = (await client.get(f"/api/v1/alarms?limit=1{cursor}")).json()
            seen += [item["id"] for item in page["items"]]
            cursor = f"&cursor={page['next']}"
        assert page["next"] is None
    assert sorted(seen) == sorted(numbers)


async def test_of_two_who_accept_at_once_one_has_it_and_the_other_is_told_who(any_town: Town) -> None:
    alarm = press(any_town.database, any_town.clock.now())
    async with any_town.as_("anna") as anna, any_town.as_("bo") as bo:
        answers = await asyncio.gather(*(one.post(f"/api/v1/alarms/{alarm}/accept", json={}) for one in (anna, bo)))
        truth = (await anna.get(f"/api/v1/alarms/{alarm}")).json()
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    refused = next(answer.json() for answer in answers if answer.status_code == 409)
    assert refused["type"] == "urn:hemvakt:problem:already-taken"
    assert refused["owner"] == truth["owner_name"]
    # That the other came too is in the audit trail: the refusal did not undo the record of it.
    assert [row["action"] for row in truth["trail"]][-1] == "also_accepted"


async def test_a_repeated_tap_is_no_error(town: Town) -> None:
    alarm = press(town.database, town.clock.now())
    async with town.as_("anna") as client:
        answers = [await client.post(f"/api/v1/alarms/{alarm}/accept", json={}) for _ in range(3)]
    assert [answer.json()["yours"] for answer in answers] == [True] * 3


async def test_the_whole_way_from_press_to_close(any_town: Town) -> None:
    alarm = press(any_town.database, any_town.clock.now())
    async with any_town.as_("anna") as client:
        for act, body, handling in (
            ("accept", {}, "accepted"),
            ("confirm", None, "accepted"),
            ("attend", {}, "attending"),
            ("arrive", None, "attending"),
            ("note", {"text": "Dottern är på väg."}, "attending"),
            ("close", {"outcome": "helped", "note": "Uppe igen."}, "closed"),
        ):
            any_town.clock.advance(seconds=20)
            answer = await client.post(f"/api/v1/alarms/{alarm}/{act}", json=body)
            assert (answer.status_code, answer.json()["handling"]) == (200, handling)
        detail = (await client.get(f"/api/v1/alarms/{alarm}")).json()
        closed = (await client.get("/api/v1/alarms?handling=closed")).json()["items"]
        assert (await client.get("/api/v1/alarms")).json()["items"] == []
    assert [item["id"] for item in closed] == [alarm]
    assert detail["outcome"] == "helped"
    people = [row["action"] for row in detail["trail"] if row["actor_kind"] == "responder"]
    assert people == ["accepted", "confirmed", "attended", "arrived", "noted", "closed"]
    assert detail["told"][0]["responder_name"] == "Anna Ek"
    assert detail["next"] == []


async def test_an_alarm_is_not_closed_without_an_outcome_or_by_another(town: Town) -> None:
    alarm = press(town.database, town.clock.now())
    close = f"/api/v1/alarms/{alarm}/close"
    async with town.as_("anna") as anna, town.as_("bo") as bo, town.as_("karin") as karin:
        assert (await anna.post(close, json={"outcome": "helped"})).status_code == 409
        await anna.post(f"/api/v1/alarms/{alarm}/accept", json={})
        for body in ({}, {"outcome": ""}, {"outcome": "because"}, {"outcome": "restored_itself"}, {"outcome": None}):
            assert (await anna.post(close, json=body)).status_code == 422, body
        assert (await bo.post(close, json={"outcome": "helped"})).status_code == 403
        assert (await karin.post(close, json={"outcome": "helped"})).status_code == 200
        assert (await anna.post(close, json={"outcome": "helped"})).json()[
            "type"
        ] == "urn:hemvakt:problem:already-closed"


async def test_who_acts_on_an_old_picture_is_told(town: Town) -> None:
    alarm = press(town.database, town.clock.now())
    async with town.as_("anna") as client:
        old = (await client.get(f"/api/v1/alarms/{alarm}")).json()["version"]
        town.clock.advance(seconds=5)
        press(town.database, town.clock.now())
        answer = await client.post(f"/api/v1/alarms/{alarm}/accept", json={"version": old})
        assert answer.status_code == 409
        assert answer.json()["type"] == "urn:hemvakt:problem:stale-version"
        again = await client.post(f"/api/v1/alarms/{alarm}/accept", json={"version": answer.json()["version"]})
    assert again.json()["yours"] is True


async def test_handing_back_needs_a_reason_and_opens_it_again(town: Town) -> None:
    alarm = press(town.database, town.clock.now())
    release = f"/api/v1/alarms/{alarm}/release"
    async with town.as_("anna") as client:
        await client.post(f"/api/v1/alarms/{alarm}/accept", json={})
        for body in ({}, {"reason": ""}, {"reason": "   "}):
            assert (await client.post(release, json=body)).status_code == 422
        answer = await client.post(release, json={"reason": "Jag behövs någon annanstans"})
        assert answer.json()["handling"] == "open"
        detail = (await client.get(f"/api/v1/alarms/{alarm}")).json()
    assert detail["trail"][-1]["detail"]["reason"] == "Jag behövs någon annanstans"
    assert [one["kind"] for one in detail["next"]] == ["step", "age"]


async def test_an_account_without_a_responder_cannot_take_an_alarm(town: Town) -> None:
    from api import accounts

    now = town.clock.now()
    alarm = press(town.database, now)
    town.database.write_now(
        lambda c: accounts.create_account(c, login="desk", name="Desk", role="coordinator", now=now)
    )
    town.tokens["desk"] = town.database.write_now(lambda c: accounts.create_token(c, "desk", "t", now))
    async with town.as_("desk") as client:
        answer = await client.post(f"/api/v1/alarms/{alarm}/accept", json={})
    assert answer.json()["type"] == "urn:hemvakt:problem:no-responder"


@pytest.mark.parametrize("number", [0, -1, 2**63, 10**30, "one", "1e3", "%00", "%EF%BC%91"])
async def test_a_number_that_is_none_is_refused(town: Town, number: object) -> None:
    async with town.as_("anna") as client:
        assert (await client.get(f"/api/v1/alarms/{number}")).status_code in {404, 422}
        assert (await client.post(f"/api/v1/alarms/{number}/accept", json={})).status_code in {404, 422}


async def test_a_device_is_adopted_once(any_town: Town) -> None:
    body = {
        "family": "zigbee2mqtt",
        "address": "home-1/hall/pir",
        "id": "hall-pir",
        "kind": "pir",
        "home_id": "home-1",
        "room": "hall",
        "interval_s": 3600,
    }
    async with any_town.as_("tor") as client:
        assert len((await client.get("/api/v1/unknown-devices")).json()["items"]) == 1
        nowhere = await client.post("/api/v1/devices", json=body | {"home_id": "nowhere"})
        assert nowhere.status_code == 422
        made = await client.post("/api/v1/devices", json=body)
        assert (made.status_code, made.json()["room"]) == (201, "hall")
        assert (await client.post("/api/v1/devices", json=body)).status_code == 404
        assert (await client.get("/api/v1/unknown-devices")).json()["items"] == []
        assert (await client.get("/api/v1/devices?never_heard=true&limit=1")).json()["next"]
        assert (await client.get("/api/v1/devices/hall-pir")).json()["home_id"] == "home-1"
        assert (await client.get("/api/v1/devices/ghost")).status_code == 404
