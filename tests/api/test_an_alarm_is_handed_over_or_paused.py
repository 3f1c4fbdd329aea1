"""Hand-over to a named colleague who must confirm, and a pause with an end and a reason, over the API."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete

from alarms.escalation.timers import run_due
from store.tables import contact
from tests.api.conftest import Town
from tests.api.town import Caller, care, press

WHY = "Mitt pass slutar"


async def post(client: Caller, alarm: int, act: str, body: Any = None) -> tuple[int, dict[str, Any]]:
    answer = await client.post(f"/api/v1/alarms/{alarm}/{act}", json=body)
    return answer.status_code, answer.json()


async def test_a_colleague_gets_it_and_must_confirm(any_town: Town) -> None:
    alarm = press(any_town.database, any_town.clock.now())
    async with any_town.as_("anna") as anna, any_town.as_("bo") as bo:
        await post(anna, alarm, "accept", {})
        names = (await anna.get(f"/api/v1/alarms/{alarm}/colleagues")).json()["items"]
        assert [one["id"] for one in names] == ["bo", "karin"]
        status, standing = await post(anna, alarm, "hand-over", {"to": "bo", "reason": WHY})
        assert (status, standing["owner_id"], standing["yours"]) == (200, "bo", False)
        assert "confirm" in [one["kind"] for one in (await bo.get(f"/api/v1/alarms/{alarm}")).json()["next"]]
        status, standing = await post(bo, alarm, "confirm")
        assert (status, standing["yours"]) == (200, True)
        any_town.clock.advance(seconds=121)
        any_town.database.write_now(lambda c: run_due(c, any_town.clock.now()))
        assert (await bo.get(f"/api/v1/alarms/{alarm}")).json()["owner_id"] == "bo"


async def test_a_colleague_who_does_not_answer_does_not_keep_it(any_town: Town) -> None:
    alarm = press(any_town.database, any_town.clock.now())
    async with any_town.as_("anna") as anna:
        await post(anna, alarm, "accept", {})
        await post(anna, alarm, "hand-over", {"to": "bo", "reason": WHY})
        any_town.clock.advance(seconds=121)
        any_town.database.write_now(lambda c: run_due(c, any_town.clock.now()))
        assert (await anna.get(f"/api/v1/alarms/{alarm}")).json()["handling"] == "open"


async def test_a_repeated_tap_hands_over_once(town: Town) -> None:
    alarm = press(town.database, town.clock.now())
    async with town.as_("anna") as anna:
        _, standing = await post(anna, alarm, "accept", {})
        body = {"to": "bo", "reason": WHY, "version": standing["version"]}
        answers = [await post(anna, alarm, "hand-over", body) for _ in range(3)]
        trail = (await anna.get(f"/api/v1/alarms/{alarm}")).json()["trail"]
    assert [(status, standing["owner_id"]) for status, standing in answers] == [(200, "bo")] * 3
    assert [row["action"] for row in trail].count("handed_over") == 1


async def test_what_cannot_be_handed_over_is_refused(town: Town) -> None:
    alarm = press(town.database, town.clock.now())
    async with town.as_("anna") as anna, town.as_("bo") as bo, town.as_("karin") as karin, town.as_("stina") as stina:
        assert (await post(anna, alarm, "hand-over", {"to": "bo", "reason": WHY}))[0] == 409
        await post(anna, alarm, "accept", {})
        for body in (
            {},
            {"to": "bo"},
            {"to": "bo", "reason": " "},
            {"to": "", "reason": WHY},
            {"to": "b o", "reason": WHY},
        ):
            assert (await post(anna, alarm, "hand-over", body))[0] == 422, body
        stale = await post(anna, alarm, "hand-over", {"to": "bo", "reason": WHY, "version": 0})
        assert (stale[0], stale[1]["type"]) == (409, "urn:hemvakt:problem:stale-version")
        assert (await post(anna, alarm, "hand-over", {"to": "ghost", "reason": WHY}))[0] == 409
        assert (await post(bo, alarm, "hand-over", {"to": "karin", "reason": WHY}))[0] == 403
        assert (await post(stina, alarm, "hand-over", {"to": "stina", "reason": WHY}))[0] == 404
        town.database.write_now(lambda c: c.execute(delete(contact).where(contact.c.responder_id == "bo")))
        assert (await post(anna, alarm, "hand-over", {"to": "bo", "reason": WHY}))[0] == 409
        assert (await post(karin, alarm, "hand-over", {"to": "karin", "reason": WHY}))[0] == 200


async def test_a_pause_has_an_end_and_then_the_alarm_goes_out_anew(any_town: Town) -> None:
    alarm = care(any_town.database, any_town.clock.now())
    until = any_town.clock.now() + timedelta(hours=1)
    async with any_town.as_("anna") as anna:
        body = {"until": until.isoformat(), "reason": "Distriktssköterskan kommer klockan tre"}
        for _ in range(2):
            status, standing = await post(anna, alarm, "shelve", body)
            assert (status, standing["overlay"]) == (200, "shelved")
        found = (await anna.get(f"/api/v1/alarms/{alarm}")).json()
        assert [row["action"] for row in found["trail"]] == ["opened", "shelved"]
        assert [one["kind"] for one in found["next"]] == ["overlay"]
        any_town.clock.advance(seconds=3600)
        any_town.database.write_now(lambda c: run_due(c, any_town.clock.now()))
        found = (await anna.get(f"/api/v1/alarms/{alarm}")).json()
        assert (found["overlay"], [one["reason"] for one in found["told"]]) == ("none", ["step", "step"])
        assert (await post(anna, alarm, "unshelve"))[0] == 409
        later = (any_town.clock.now() + timedelta(hours=1)).isoformat()
        await post(anna, alarm, "shelve", {"until": later, "reason": "igen"})
        assert (await post(anna, alarm, "unshelve"))[1]["overlay"] == "none"


@pytest.mark.parametrize(
    ("seconds", "reason", "status"), [(0, "x", 422), (-60, "x", 422), (86401, "x", 422), (60, " ", 422), (60, "x", 200)]
)
async def test_M1_a_pause_needs_an_end_within_a_day_and_a_reason(
    town: Town, seconds: float, reason: str, status: int
) -> None:
    alarm = care(town.database, town.clock.now())
    until = (town.clock.now() + timedelta(seconds=seconds)).isoformat()
    async with town.as_("anna") as anna:
        assert (await post(anna, alarm, "shelve", {"until": until, "reason": reason}))[0] == status
        assert (await post(anna, alarm, "shelve", {"reason": "x"}))[0] == 422
        assert (await post(anna, alarm, "shelve", {"until": "2026-01-13T07:00:00", "reason": "no zone"}))[0] == 422


async def test_M3_life_safety_is_not_paused(town: Town) -> None:
    alarm = press(town.database, town.clock.now())
    until = (town.clock.now() + timedelta(hours=1)).isoformat()
    async with town.as_("karin") as karin:
        status, problem = await post(karin, alarm, "shelve", {"until": until, "reason": "x"})
    assert (status, problem["type"]) == (409, "urn:hemvakt:problem:life-safety")
