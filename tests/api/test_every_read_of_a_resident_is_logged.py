"""Each look of a person at a resident's data is in the access log before the data is given, and can be read there."""

from typing import Any

import pytest
from sqlalchemy import RowMapping, event, insert, select

from api.identity import access
from store.tables import access_log, finding, resident
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


def move_in(town: Town, who: str = "olle") -> None:
    """Let somebody else live with Greta too."""
    row = {"id": who, "home_id": "home-1", "name": "Olle Holm", "sex": "male", "birth_year": 1936, "note": ""}
    town.database.write_now(lambda connection: connection.execute(insert(resident).values(**row, active=True)))


async def test_what_the_page_of_an_alarm_tells_of_others_in_the_home_is_a_look_at_them_too(any_town: Town) -> None:
    move_in(any_town)
    care(any_town.database, any_town.clock.now(), "olle")
    any_town.clock.advance(seconds=60)
    alarm = care(any_town.database, any_town.clock.now(), "greta")
    async with any_town.as_("anna") as client:
        await client.get(f"/api/v1/alarms/{alarm}")
        assert {row["resident_id"] for row in log(any_town)} == {"greta"}, "the API tells nothing of what was before"
        assert "182" in (await client.get(f"/fragments/alarms/{alarm}")).text
    assert {row["resident_id"] for row in log(any_town) if row["object"] == "alarm"} == {"greta", "olle"}


async def test_signs_of_a_shared_home_are_about_each_who_lives_there(town: Town) -> None:
    alarm = care(town.database, town.clock.now(), "greta")
    now = town.clock.now()
    move_in(town)
    row: dict[str, Any] = {"resident_id": "", "kind": "motion", "value": 1.0, "unit": "", "room": "hall"}
    town.database.write_now(lambda connection: observe(connection, 1, now, **row))
    async with town.as_("anna") as client:
        assert "hall" in (await client.get(f"/fragments/alarms/{alarm}")).text
    assert {row["resident_id"] for row in log(town)} == {"greta", "olle"}


async def test_findings_and_settings_of_a_shared_home_are_about_each_who_lives_there(any_town: Town) -> None:
    move_in(any_town)
    now = any_town.clock.now()
    row: dict[str, Any] = {
        "key": "night_door/home-1/1",
        "rule": "night_door",
        "code": "open",
        "alarm_class": "care",
        "scope": "home",
    }
    row |= {
        "subject": "home-1",
        "home_id": "home-1",
        "resident_id": "",
        "device_id": "",
        "time": now,
        "recorded_at": now,
    }
    change = {"rule": "inactivity", "scope": "home", "subject": "home-1", "settings": {}, "reason": "a guest"}
    async with any_town.as_("anna") as client, any_town.as_("karin") as karin:
        await client.get("/api/v1/residents/greta/findings")
        await client.get("/api/v1/residents/greta/settings")
        assert {row["resident_id"] for row in log(any_town)} == {"greta"}
        any_town.database.write_now(
            lambda c: c.execute(insert(finding).values(**row, facts={}, evidence=[], restores=False, shadow=False))
        )
        assert (await karin.post("/api/v1/settings", json=change)).status_code == 201
        before = len(log(any_town))
        assert len((await client.get("/api/v1/residents/greta/findings")).json()["items"]) == 1
        assert len((await client.get("/api/v1/residents/greta/settings")).json()["versions"]) == 1
    seen = {(row["object"], row["resident_id"]) for row in log(any_town)[before:]}
    assert seen == {(what, who) for what in ("findings", "settings") for who in ("greta", "olle")}


async def test_whom_a_device_serves_is_a_look_for_those_who_are_told(any_town: Town) -> None:
    async with any_town.as_("karin") as karin, any_town.as_("tor") as technician:
        for path in ("/api/v1/devices", "/api/v1/devices/pendant-1", "/api/v1/devices?never_heard=true"):
            await technician.get(path)
            assert log(any_town) == []
        assert (await karin.get("/api/v1/devices/pendant-1")).json()["resident_id"] == "greta"
        assert [(row["resident_id"], row["object"]) for row in log(any_town)] == [("greta", "device")]
        await karin.get("/api/v1/devices")
    assert {row["resident_id"] for row in log(any_town)} == {"greta", "nils", "maj"}


async def test_why_somebody_is_shelved_is_a_look_at_them(any_town: Town) -> None:
    move_in(any_town)
    async with any_town.as_("karin") as karin:
        for scope, subject in (("resident", "nils"), ("home", "home-1"), ("device", "pendant-3")):
            body = {"scope": scope, "subject": subject, "minutes": 60, "reason": "ligger på sjukhus"}
            assert (await karin.post("/api/v1/shelvings", json=body)).status_code == 201
        before = len(log(any_town))
        assert "sjukhus" in (await karin.get("/api/v1/pauses")).text
        looks = [(row["resident_id"], row["object"]) for row in log(any_town)[before:]]
        assert sorted(looks) == [(who, "pause") for who in ("greta", "maj", "nils", "olle")]
        before = len(log(any_town))
        assert "sjukhus" in (await karin.get("/house")).text
        assert {row["resident_id"] for row in log(any_town)[before:]} == {"greta", "maj", "nils", "olle"}
    before = len(log(any_town))
    async with any_town.as_("tor") as technician:
        assert "sjukhus" not in (await technician.get("/api/v1/pauses")).text
    assert len(log(any_town)) == before


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
