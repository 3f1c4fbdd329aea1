"""A responder sees the homes and alarms of the own team's areas; elsewhere there is nothing, not even a refusal."""

import pytest

from tests.api.conftest import Town
from tests.api.town import care, press


async def test_lists_hold_the_own_areas_only(any_town: Town) -> None:
    now = any_town.clock.now()
    north, south = press(any_town.database, now, 1), press(any_town.database, now, 3)
    for login, alarm, residents in (("anna", north, {"greta", "nils"}), ("stina", south, {"maj"})):
        async with any_town.as_(login) as client:
            alarms = (await client.get("/api/v1/alarms")).json()["items"]
            assert [found["id"] for found in alarms] == [alarm]
            found = (await client.get("/api/v1/residents")).json()["items"]
            assert {resident["id"] for resident in found} == residents
            teams = {shift["team_id"] for shift in (await client.get("/api/v1/on-call")).json()["shifts"]}
            assert len(teams) == 1


async def test_what_belongs_to_others_is_not_there(town: Town) -> None:
    south = press(town.database, town.clock.now(), 3)
    async with town.as_("anna") as client:
        for path in (
            f"/api/v1/alarms/{south}",
            "/api/v1/residents/maj",
            "/api/v1/residents/maj/findings",
            "/api/v1/observations?resident=maj",
            "/api/v1/observations?home=home-3",
            f"/fragments/alarms/{south}",
        ):
            assert (await client.get(path)).status_code == 404, path
        for act, body in (("accept", {}), ("confirm", {}), ("attend", {}), ("note", {"text": "x"})):
            answer = await client.post(f"/api/v1/alarms/{south}/{act}", json=body)
            assert answer.status_code == 404, act


async def test_coordinators_see_every_team(town: Town) -> None:
    now = town.clock.now()
    numbers = {press(town.database, now, 1), press(town.database, now, 3)}
    async with town.as_("karin") as client:
        alarms = (await client.get("/api/v1/alarms")).json()["items"]
    assert {alarm["id"] for alarm in alarms} == numbers


@pytest.mark.parametrize(
    ("login", "accepts", "sees"),
    [("anna", False, True), ("bo", False, False), ("bo", True, True), ("karin", False, False)],
)
async def test_the_key_is_shown_to_those_on_duty_and_to_the_one_who_has_the_alarm(
    town: Town, login: str, accepts: bool, sees: bool
) -> None:
    alarm = press(town.database, town.clock.now())
    async with town.as_(login) as client:
        if accepts:
            await client.post(f"/api/v1/alarms/{alarm}/accept", json={})
        detail = (await client.get(f"/api/v1/alarms/{alarm}")).json()
        markup = (await client.get(f"/fragments/alarms/{alarm}")).text
    assert (detail["key_note"] is not None) == sees
    assert ("4711" in markup) == sees


async def test_a_closed_alarm_opens_no_doors(town: Town) -> None:
    alarm = press(town.database, town.clock.now())
    async with town.as_("anna") as client:
        await client.post(f"/api/v1/alarms/{alarm}/accept", json={})
        await client.post(f"/api/v1/alarms/{alarm}/close", json={"outcome": "helped"})
        assert (await client.get(f"/api/v1/alarms/{alarm}")).json()["key_note"] is None


async def test_an_administrator_sees_alarms_and_no_measurements(town: Town) -> None:
    alarm = care(town.database, town.clock.now())
    async with town.as_("root") as client:
        assert (await client.get(f"/api/v1/alarms/{alarm}")).status_code == 200
        for path in ("/api/v1/observations?resident=nils", "/api/v1/residents/nils", "/api/v1/residents/nils/findings"):
            assert (await client.get(path)).status_code == 403
