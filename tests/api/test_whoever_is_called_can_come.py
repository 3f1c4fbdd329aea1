"""A page about another team's alarm is no dead end: whoever was called hears of it, opens it, takes it, closes it."""

from sqlalchemy import insert

from store.tables import policy
from tests.api.conftest import Town
from tests.api.following import follow
from tests.api.town import press


def call_the_south_too(town: Town) -> None:
    content = {"steps": [{"after_s": 0, "targets": ["on_duty", "on_duty@south"]}]}
    row = {"id": "p", "name": "P", "alarm_class": "life_safety", "position": 0, "content": content, "active": True}
    town.database.write_now(lambda c: c.execute(insert(policy).values(row)))


async def test_one_of_another_team_who_was_paged_has_the_whole_way(any_town: Town) -> None:
    call_the_south_too(any_town)
    async with follow(any_town.app, any_town.tokens["stina"]) as stream, any_town.as_("stina") as stina:
        assert await stream.next() is not None
        alarm = press(any_town.database, any_town.clock.now(), 1)
        while (event := await stream.next()) is not None and event.name != "alarm":
            pass
        assert event is not None
        assert event.data["alarm_id"] == alarm
        assert [one["id"] for one in (await stina.get("/api/v1/alarms")).json()["items"]] == [alarm]
        assert (await stina.get(f"/api/v1/alarms/{alarm}")).json()["key_note"] is None
        assert (await stina.post(f"/api/v1/alarms/{alarm}/accept", json={})).json()["yours"] is True
        assert (await stina.get(f"/api/v1/alarms/{alarm}")).json()["key_note"] == "Nyckelskåp vid porten: 4711"
        closed = await stina.post(f"/api/v1/alarms/{alarm}/close", json={"outcome": "helped"})
        assert closed.json()["handling"] == "closed"
        assert (await stina.get(f"/api/v1/alarms/{alarm}")).status_code == 404
        assert (await stina.get("/api/v1/alarms?handling=closed")).json()["items"] == []


async def test_the_one_who_was_not_called_still_sees_nothing(town: Town) -> None:
    alarm = press(town.database, town.clock.now(), 1)
    call_the_south_too(town)
    async with town.as_("stina") as stina:
        assert (await stina.get("/api/v1/alarms")).json()["items"] == []
        assert (await stina.post(f"/api/v1/alarms/{alarm}/accept", json={})).status_code == 404
