"""Each look of a person at a resident's data is in the access log before the data is given, and can be read there."""

from typing import Any

import pytest
from sqlalchemy import RowMapping, event, select

from api.identity import access
from store.tables import access_log
from tests.api.conftest import Town
from tests.api.town import care, observe, press


def log(town: Town) -> list[RowMapping]:
    query = select(access_log).order_by(access_log.c.id)
    return town.database.read_now(lambda c: list(c.execute(query).mappings()))


@pytest.mark.parametrize(
    ("path", "what", "whom"),
    [
        ("/api/v1/residents", "resident", {"greta", "nils"}),
        ("/api/v1/residents?q=greta", "resident", {"greta"}),
        ("/api/v1/residents/greta", "resident", {"greta"}),
        ("/api/v1/residents/greta/findings", "findings", {"greta"}),
        ("/api/v1/observations?resident=greta", "observations", {"greta"}),
        ("/api/v1/observations?home=home-1", "observations", {"greta"}),
        ("/api/v1/alarms", "alarm_list", {"greta"}),
        ("/api/v1/alarms/{alarm}", "alarm", {"greta"}),
        ("/fragments/alarms", "alarm_list", {"greta"}),
        ("/fragments/alarms/{alarm}", "alarm", {"greta"}),
        ("/", "alarm_list", {"greta"}),
        ("/api/v1/alarms/{alarm}/picture.svg", "alarm_picture", {"greta"}),
        ("/api/v1/residents/greta/settings", "settings", {"greta"}),
    ],
)
async def test_a_look_leaves_a_row_for_each_resident(any_town: Town, path: str, what: str, whom: set[str]) -> None:
    alarm = press(any_town.database, any_town.clock.now())
    async with any_town.as_("anna") as client:
        answer = await client.get(path.format(alarm=alarm))
    assert answer.status_code == 200
    rows = log(any_town)
    assert {row["resident_id"] for row in rows} == whom
    assert {row["object"] for row in rows} == {what}
    assert {row["role"] for row in rows} == {"responder"}
    assert {row["source"] for row in rows} == {"127.0.0.1"}


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/residents/greta",
        "/api/v1/observations?home=home-1",
        "/api/v1/alarms",
        "/fragments/alarms",
        "/api/v1/alarms/{alarm}",
    ],
)
async def test_no_log_no_data(town: Town, path: str) -> None:
    alarm = press(town.database, town.clock.now())

    def fail(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "INSERT INTO access_log" in statement:
            raise OSError("the disk is full")

    event.listen(town.database.writer, "before_cursor_execute", fail)
    async with town.as_("anna") as client:
        answer = await client.get(path.format(alarm=alarm))
    assert answer.status_code == 500
    assert "Greta" not in answer.text


async def test_a_list_that_stays_on_the_screen_is_one_look_for_a_while(town: Town) -> None:
    press(town.database, town.clock.now())
    async with town.as_("anna") as client:
        for _ in range(3):
            await client.get("/fragments/alarms")
        assert len(log(town)) == 1
        town.clock.advance(seconds=access.ONE_LOOK.total_seconds() + 1)
        await client.get("/fragments/alarms")
    assert len(log(town)) == 2


async def test_a_look_of_one_person_does_not_hide_that_of_another(town: Town) -> None:
    press(town.database, town.clock.now())
    for login in ("anna", "bo", "karin"):
        async with town.as_(login) as client:
            await client.get("/fragments/alarms")
    assert len({row["account_id"] for row in log(town)}) == 3


async def test_each_reading_of_an_alarm_over_the_api_is_a_look(town: Town) -> None:
    alarm = press(town.database, town.clock.now())
    async with town.as_("anna") as client:
        for _ in range(3):
            await client.get(f"/api/v1/alarms/{alarm}")
    assert [row["alarm_id"] for row in log(town)] == [alarm] * 3


async def test_a_look_that_is_refused_is_none(town: Town) -> None:
    async with town.as_("stina") as client:
        assert (await client.get("/api/v1/residents/greta")).status_code == 404
        assert (await client.get("/api/v1/observations?home=home-1")).status_code == 404
    async with town.as_("tor") as client:
        assert (await client.get("/api/v1/residents/greta")).status_code == 403
    assert log(town) == []


async def test_the_resident_can_be_told_who_looked(any_town: Town) -> None:
    alarm = care(any_town.database, any_town.clock.now())
    async with any_town.as_("anna") as client:
        await client.get(f"/api/v1/alarms/{alarm}")
    async with any_town.as_("karin") as client:
        pages, cursor = [], ""
        while True:
            page = (await client.get(f"/api/v1/residents/nils/access-log?limit=1{cursor}")).json()
            pages += page["items"]
            if len(pages) > 20 or page["next"] is None:
                break
            cursor = f"&cursor={page['next']}"
    anna = [look for look in pages if look["account_name"] == "Anna"]
    assert [(look["action"], look["object"], look["alarm_id"]) for look in anna] == [("read", "alarm", alarm)]
    assert pages[0]["object"] == "access_log"


async def test_observations_are_paged_without_gap_or_repeat(any_town: Town) -> None:
    now = any_town.clock.now()

    def fill(connection: Any) -> None:
        for number in range(1, 26):
            observe(connection, number, now, value=float("nan") if number == 7 else float(number))

    any_town.database.write_now(fill)
    seen: list[int] = []
    async with any_town.as_("anna") as client:
        cursor = ""
        for _ in range(9):
            page = (await client.get(f"/api/v1/observations?resident=greta&limit=10{cursor}")).json()
            seen += [item["id"] for item in page["items"]]
            if page["next"] is None:
                break
            cursor = f"&cursor={page['next']}"
        one = (await client.get("/api/v1/observations?resident=greta&kind=systolic&limit=1")).json()["items"][0]
        nan = (await client.get("/api/v1/observations?resident=greta&limit=200")).json()["items"][-7]
        none = (await client.get("/api/v1/observations?resident=greta&kind=pulse")).json()["items"]
        late = (await client.get("/api/v1/observations?resident=greta&since=2026-01-13T01:30:01Z")).json()["items"]
    assert seen == list(range(25, 0, -1))
    assert one["value"] == 25.0
    assert nan["value"] is None
    assert none == late == []
