"""Overrides, swaps and absences are entered by coordinators, seen by the team, cancelled, and refused with a reason."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from alarms.audit import verify
from store.tables import audit
from tests.api.conftest import Town

NIGHT = {"from": "2026-01-14T21:00", "to": "2026-01-15T07:00"}
#: NIGHT in Stockholm, in winter.
START, END = datetime(2026, 1, 14, 20, tzinfo=UTC), datetime(2026, 1, 15, 6, tzinfo=UTC)


async def post(town: Town, path: str, body: dict[str, Any], login: str = "karin") -> Any:
    async with town.as_(login) as client:
        return await client.post(f"/api/v1/on-call/{path}", json=body)


async def on_duty(town: Town, at: datetime, login: str = "karin") -> set[str]:
    """Return who the list of shifts says is on duty at a moment."""
    async with town.as_(login) as client:
        items = (await client.get("/api/v1/on-call/shifts", params={"days": 31})).json()["items"]
    shifts = [one for one in items if datetime.fromisoformat(one["start"]) <= at < datetime.fromisoformat(one["end"])]
    return {who["id"] for one in shifts for who in one["responders"]}


async def test_an_override_holds_between_its_two_moments_and_can_be_cancelled(any_town: Town) -> None:
    answer = await post(any_town, "overrides", {"team_id": "north", "out_id": "anna", "in_id": "bo", **NIGHT})
    assert answer.status_code == 201, answer.text
    tick = timedelta(microseconds=1)
    assert [await on_duty(any_town, at) for at in (START - tick, START, END - tick, END)] == [
        {"anna", "stina"},
        {"bo", "stina"},
        {"bo", "stina"},
        {"anna", "stina"},
    ]
    async with any_town.as_("bo") as client:
        (entry,) = (await client.get("/api/v1/on-call/entries")).json()["items"]
        assert (entry["out"], entry["in"], entry["author"]) == ("Anna Ek", "Bo Ask", "Karin")
    async with any_town.as_("stina") as client:
        assert (await client.get("/api/v1/on-call/entries")).json()["items"] == []
    async with any_town.as_("karin") as client:
        assert (await client.delete(f"/api/v1/on-call/entries/{entry['id']}")).status_code == 204
        assert (await client.delete(f"/api/v1/on-call/entries/{entry['id']}")).status_code == 404
    assert await on_duty(any_town, START) == {"anna", "stina"}
    actions = any_town.database.read_now(lambda c: list(c.scalars(select(audit.c.action).order_by(audit.c.seq))))
    assert actions == ["duty_override", "duty_cancelled"]
    assert any_town.database.read_now(verify).broken_at is None


async def test_a_swap_has_two_halves_and_one_end(town: Town) -> None:
    later = {"from": "2026-01-16T21:00", "to": "2026-01-17T07:00"}
    extra = {"team_id": "north", "in_id": "bo", **later}
    assert (await post(town, "overrides", extra)).status_code == 201
    body = {"team_id": "north", "one": {"responder_id": "anna", **NIGHT}, "other": {"responder_id": "karin", **later}}
    refused = await post(town, "swaps", body)
    assert refused.status_code == 422
    assert "karin has no shift in team north in that time" in refused.json()["detail"]
    body["other"] = {"responder_id": "bo", **later}
    assert (await post(town, "swaps", body)).status_code == 201
    assert await on_duty(town, START) == {"bo", "stina"}
    async with town.as_("karin") as client:
        entries = (await client.get("/api/v1/on-call/entries")).json()["items"]
        swap = [entry for entry in entries if entry["kind"] == "swap"]
        assert len({entry["id"] for entry in swap}) == 1
        assert len(swap) == 2
        assert (await client.delete(f"/api/v1/on-call/entries/{swap[0]['id']}")).status_code == 204
        left = (await client.get("/api/v1/on-call/entries")).json()["items"]
        assert [entry["kind"] for entry in left] == ["override"]


async def test_E7_an_absence_that_leaves_nobody_is_refused_with_the_reason(town: Town) -> None:
    answer = await post(town, "absences", {"responder_id": "stina", **NIGHT})
    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:hemvakt:problem:unreachable-route"
    assert "Area south, team south: nobody who can be reached from 2026-01-14 20:00" in answer.json()["detail"]
    assert await on_duty(town, START) == {"anna", "stina"}
    assert (await post(town, "absences", {"responder_id": "anna", **NIGHT})).status_code == 201
    async with town.as_("anna") as client:
        lacks = (await client.get("/api/v1/on-call/coverage")).json()["items"]
        assert [(one["kind"], one["start"]) for one in lacks if one["kind"] == "gap"] == [
            ("gap", "2026-01-14T20:00:00Z")
        ]
        assert {one["team_id"] for one in lacks} == {"north"}


async def test_E7_cancelling_the_last_one_who_stands_in_is_refused(town: Town) -> None:
    entry = (await post(town, "overrides", {"team_id": "south", "in_id": "bo", **NIGHT})).json()["id"]
    assert (await post(town, "absences", {"responder_id": "stina", **NIGHT})).status_code == 201
    async with town.as_("karin") as client:
        assert (await client.delete(f"/api/v1/on-call/entries/{entry}")).status_code == 409
    assert await on_duty(town, START) == {"anna", "bo"}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("overrides", {"team_id": "north", "out_id": "anna", "in_id": "anna", **NIGHT}),
        ("overrides", {"team_id": "north", "out_id": "anna", "in_id": "nobody", **NIGHT}),
        ("overrides", {"team_id": "east", "in_id": "anna", **NIGHT}),
        ("overrides", {"team_id": "north", "out_id": "stina", "in_id": "bo", **NIGHT}),
        ("overrides", {"team_id": "north", "in_id": "bo", "from": NIGHT["to"], "to": NIGHT["from"]}),
        ("overrides", {"team_id": "north", "in_id": "bo", "from": "2025-01-01", "to": "2025-01-02T00:00"}),
        ("overrides", {"team_id": "north", "in_id": "bo", "from": "2026-01-20T00:00", "to": "2028-01-02T00:00"}),
        ("overrides", {"team_id": "north", "in_id": "bo", "from": "9999-12-31T23:59", "to": "9999-12-31T23:59:59"}),
        ("overrides", {"team_id": "north", "in_id": "bo", **NIGHT, "why": "ill"}),
        ("overrides", {"team_id": "north", "in_id": "bo", **NIGHT, "note": "\0"}),
        ("absences", {"responder_id": "nobody", **NIGHT}),
        ("absences", {"responder_id": "anna", "from": NIGHT["from"], "to": NIGHT["from"]}),
        (
            "swaps",
            {"team_id": "north", "one": {"responder_id": "anna", **NIGHT}, "other": {"responder_id": "anna", **NIGHT}},
        ),
        ("notes", {"team_id": "east", "text": "x"}),
        ("notes", {"team_id": "north", "text": " "}),
    ],
)
async def test_what_makes_no_sense_is_refused(town: Town, path: str, body: dict[str, Any]) -> None:
    answer = await post(town, path, body)
    assert answer.status_code == 422, answer.text


async def test_a_note_is_shown_until_the_next_shift_has_ended_and_only_to_the_team(any_town: Town) -> None:
    assert (
        await post(any_town, "notes", {"team_id": "north", "text": "Larm 17: nyckeln kärvar."}, "anna")
    ).status_code == 204
    assert (await post(any_town, "notes", {"team_id": "south", "text": "x"}, "anna")).status_code == 404
    for login, count in (("bo", 1), ("stina", 0), ("karin", 1)):
        async with any_town.as_(login) as client:
            assert len((await client.get("/api/v1/on-call/notes")).json()["items"]) == count
    for login in ("tor", "root"):
        async with any_town.as_(login) as client:
            assert (await client.get("/api/v1/on-call/notes")).status_code == 403
    # Written at 02:30 in the night shift: the day shift is the next one, and ends at 21:00.
    for moment, count in (("2026-01-13T19:59:59", 1), ("2026-01-13T20:00:00", 0)):
        any_town.clock.set(datetime.fromisoformat(moment).replace(tzinfo=UTC))
        async with any_town.as_("bo") as client:
            assert len((await client.get("/api/v1/on-call/notes")).json()["items"]) == count
    rows = any_town.database.read_now(lambda c: list(c.scalars(select(audit.c.detail))))
    assert "kärvar" not in str(rows)


async def test_a_local_time_that_does_not_exist_means_the_jump(town: Town) -> None:
    body = {"team_id": "north", "in_id": "bo", "from": "2026-03-29T02:30", "to": "2026-03-29T04:00"}
    assert (await post(town, "overrides", body)).status_code == 201
    async with town.as_("karin") as client:
        (entry,) = (await client.get("/api/v1/on-call/entries")).json()["items"]
    assert (entry["from"], entry["to"]) == ("2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z")
