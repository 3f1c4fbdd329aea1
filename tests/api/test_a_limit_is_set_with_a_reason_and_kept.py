"""Every change of a rule's settings is a version with author, reason, time and review date, kept for ever."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from api.changing import as_entry
from rules.effective import EffectiveSettings
from rules.registry import all_rules
from store import roster_version, settings_versions
from store.tables import access_log, rule_setting
from tests.api.conftest import Town

REASON = "Letter from the clinic."
SPO2 = {
    "rule": "limits",
    "scope": "resident",
    "subject": "greta",
    "settings": {"spo2_low": 88},
    "reason": REASON,
    "review_on": "2026-07-01",
}


async def set_(town: Town, login: str = "karin", **more: Any) -> Any:
    async with town.as_(login) as client:
        return await client.post("/api/v1/settings", json=SPO2 | more)


async def test_a_change_is_a_version_and_the_one_before_stays(any_town: Town) -> None:
    before = any_town.database.read_now(roster_version.version)
    first = await set_(any_town)
    any_town.clock.advance(hours=1)
    second = await set_(any_town, settings={"spo2_low": 90}, replaces=first.json()["version"])
    assert (first.status_code, second.status_code) == (201, 201), second.text
    assert any_town.database.read_now(roster_version.version) > before
    async with any_town.as_("karin") as client:
        items = (await client.get("/api/v1/settings?scope=resident&subject=greta")).json()["items"]
    assert [(one["settings"], one["author"], one["reason"]) for one in items] == [
        ({"spo2_low": 90}, "Karin", REASON),
        ({"spo2_low": 88}, "Karin", REASON),
    ]
    assert {one["origin"] for one in items} == {"api"}


async def test_the_database_refuses_to_change_or_delete_a_version(any_town: Town) -> None:
    await set_(any_town)
    for statement in (update(rule_setting).values(reason="another"), delete(rule_setting)):
        with pytest.raises(DBAPIError, match="never changed"):
            any_town.database.write_now(lambda connection, it=statement: connection.execute(it))  # type: ignore[misc]
    assert any_town.database.read_now(lambda c: c.scalars(select(rule_setting.c.reason)).all()) == [REASON]


@pytest.mark.parametrize(
    ("more", "field", "words"),
    [
        ({"settings": {"spo2_low": "low"}}, "spo2_low", "valid number"),
        ({"settings": {"spo2_lo": 88}}, "spo2_lo", "not permitted"),
        ({"settings": {"systolic_low": 165}}, "settings", "the limits of systolic cross"),
        ({"settings": {"due": [{"kind": "weight", "at": "25:00"}]}}, "due.0.at", ""),
        ({"rule": "telepathy"}, "rule", "there are"),
        ({"scope": "device", "subject": "pendant-1"}, "scope", "takes no settings by device"),
        ({"rule": "inactivity", "settings": {"inner_doors": ["\x00"]}}, "settings", "NUL"),
        ({"rule": "inactivity", "settings": {"inner_doors": ["x" * 30_000]}}, "settings", "longer"),
        ({"review_on": "2026-01-01"}, "review_on", "passed"),
    ],
)
async def test_what_the_rule_refuses_is_named_and_nothing_is_written(
    town: Town, more: dict[str, Any], field: str, words: str
) -> None:
    answer = await set_(town, **more)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"].endswith(":bad-settings")
    assert [one["field"] for one in problem["errors"]] == [field]
    assert words in problem["errors"][0]["reason"]
    assert "165" not in answer.text
    assert town.database.read_now(settings_versions.history) == []


@pytest.mark.parametrize("reason", ["", "   ", None])
async def test_without_a_reason_nothing_is_set(town: Town, reason: str | None) -> None:
    assert (await set_(town, reason=reason)).status_code == 422
    assert town.database.read_now(settings_versions.history) == []


async def test_only_a_coordinator_sets_and_each_change_and_look_is_logged(town: Town) -> None:
    for login in ("anna", "tor", "root"):
        assert (await set_(town, login)).status_code == 403
    assert (await set_(town)).status_code == 201
    async with town.as_("anna") as client:
        assert (await client.get("/api/v1/residents/greta/settings")).status_code == 200
        assert (await client.get("/api/v1/residents/maj/settings")).status_code == 404
    async with town.as_("karin") as client:
        await client.get("/api/v1/settings")
    rows = town.database.read_now(lambda c: c.execute(select(access_log).order_by(access_log.c.id)).all())
    assert [(row.role, row.action, row.object, row.resident_id) for row in rows] == [
        ("coordinator", "change", "settings", "greta"),
        ("responder", "read", "settings", "greta"),
        ("coordinator", "read", "settings", "greta"),
    ]


async def test_nobody_overwrites_what_another_has_set_meanwhile(any_town: Town) -> None:
    first = (await set_(any_town, replaces=0)).json()["version"]
    late = await set_(any_town, settings={"spo2_low": 91}, replaces=0)
    assert (late.status_code, late.json()["version"]) == (409, first)
    assert late.json()["type"].endswith(":changed-meanwhile")


async def test_what_holds_for_all_cannot_break_what_is_set_for_one(town: Town) -> None:
    assert (await set_(town, settings={"systolic_high": 120})).status_code == 201
    everybody: dict[str, Any] = {
        "scope": "default",
        "subject": None,
        "settings": {"systolic_low": 130, "systolic_high": 170},
    }
    refused = await set_(town, **everybody)
    assert refused.status_code == 422
    assert (
        refused.json()["errors"][0]["reason"] == "they would not fit what is set for resident greta; change that first"
    )
    assert (await set_(town, settings={})).status_code == 201
    assert (await set_(town, **everybody)).status_code == 201


async def test_what_is_accepted_is_what_the_engine_goes_by(town: Town) -> None:
    await set_(town, scope="default", subject=None, settings={"spo2_low": 93, "pulse_high": 110})
    town.clock.advance(minutes=-5)
    await set_(town, scope="home", subject="home-1", settings={"spo2_low": 92})
    last = (await set_(town, settings={"glucose_high": 12})).json()["version"]
    again = (await set_(town, settings={"glucose_high": 11})).json()["version"]
    now = town.clock.now() + timedelta(minutes=6)
    entries = [as_entry(version) for version in town.database.read_now(settings_versions.newest)]
    effective = EffectiveSettings(entries, all_rules(), now)
    (limits,) = [rule for rule in all_rules() if rule.name == "limits"]
    layers = (("default", ""), ("home", "home-1"), ("resident", "greta"))
    found = effective.of(limits, layers).model_dump()
    assert (found["spo2_low"], found["pulse_high"], found["glucose_high"]) == (92, 110, 11)
    assert effective.personal(limits, layers) == {"spo2_low": last - 1, "glucose_high": again}
    assert effective.problems == ()


async def test_overdue_reviews_are_listed_until_they_are_made(any_town: Town) -> None:
    await set_(any_town, review_on="2026-01-20")
    await set_(any_town, scope="home", subject="home-2", review_on="2026-02-20")
    await set_(any_town, scope="default", subject=None, settings={"pulse_high": 110}, review_on=None)

    async def due(days: int = 0) -> list[tuple[str, bool]]:
        async with any_town.as_("karin") as client:
            found = await client.get(f"/api/v1/settings/reviews?within_days={days}")
        return [(one["subject"], one["overdue"]) for one in found.json()["items"]]

    assert await due() == []
    assert await due(40) == [("greta", False), ("home-2", False)]
    any_town.clock.advance(days=8)
    assert await due() == [("greta", True)]
    await set_(any_town, review_on=str(date(2026, 8, 1)))
    assert await due() == []


async def test_every_rule_says_what_can_be_set(town: Town) -> None:
    async with town.as_("anna") as client:
        found = (await client.get("/api/v1/rules")).json()["items"]
    assert [one["name"] for one in found] == [rule.name for rule in all_rules()]
    assert all(one["settings"]["properties"]["shadow"]["default"] is False for one in found)
