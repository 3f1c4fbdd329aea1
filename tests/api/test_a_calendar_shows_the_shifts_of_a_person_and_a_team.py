"""A calendar program sees the shifts that the desk would go by, of those whom its owner may see."""

from datetime import UTC, datetime

from tests.api.conftest import Town
from tests.oncall.test_duty_goes_out_as_icalendar import events, parse, plain


async def test_own_shifts_and_those_of_the_team(any_town: Town) -> None:
    night = {"from": "2026-01-14T21:00", "to": "2026-01-15T07:00"}
    async with any_town.as_("karin") as client:
        body = {"team_id": "north", "out_id": "anna", "in_id": "bo", **night}
        assert (await client.post("/api/v1/on-call/overrides", json=body)).status_code == 201
    async with any_town.as_("bo") as client:
        answer = await client.get("/api/v1/on-call/me.ics")
        assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
        (mine,) = events(parse(answer.text))
        team = events(parse((await client.get("/api/v1/on-call/teams/north.ics")).text))
    assert (mine["DTSTART"], mine["DTEND"], plain(mine["SUMMARY"])) == (
        "20260114T200000Z",
        "20260115T060000Z",
        "Jour, North",
    )
    by_start = {event["DTSTART"]: plain(event["SUMMARY"]) for event in team}
    assert by_start["20260114T200000Z"] == "Jour, North: Bo Ask"
    assert by_start["20260115T060000Z"] == "Jour, North: Anna Ek"
    stamps = {datetime.strptime(event["DTSTAMP"], "%Y%m%dT%H%M%S%z") for event in team}
    assert stamps == {any_town.clock.now().astimezone(UTC)}


async def test_a_responder_sees_the_own_calendar_and_that_of_the_own_team_only(town: Town) -> None:
    async with town.as_("bo") as client:
        for path, status in (
            ("people/bo.ics", 200),
            ("people/anna.ics", 404),
            ("teams/north.ics", 200),
            ("teams/south.ics", 404),
            ("teams/none.ics", 404),
        ):
            assert (await client.get(f"/api/v1/on-call/{path}")).status_code == status, path
    async with town.as_("karin") as client:
        assert (await client.get("/api/v1/on-call/people/anna.ics")).status_code == 200
        assert (await client.get("/api/v1/on-call/people/nobody.ics")).status_code == 404
    async with town.as_("tor") as client:
        assert (await client.get("/api/v1/on-call/me.ics")).status_code == 404, "a technician has no shifts"
