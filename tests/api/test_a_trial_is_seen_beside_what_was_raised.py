"""What a rule on trial finds is stored, raises nothing, and is seen in API and page beside what was raised."""

import json
import re
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from alarms.desk import record
from rules.base import AlarmClass, Finding, Scope
from store import settings_versions
from store.database import Database
from store.tables import alarm
from tests.api.conftest import Town
from tests.api.test_a_limit_is_set_with_a_reason_and_kept import set_
from tests.api.town import care


def trial(database: Database, now: datetime, who: str = "nils", versions: tuple[int, ...] = ()) -> None:
    """Let a rule on trial find a high pulse of ``who``."""
    found = Finding(
        key=f"trial/{who}/{now.isoformat()}",
        rule="limits",
        code="pulse_high",
        alarm_class=AlarmClass.CARE,
        scope=Scope.RESIDENT,
        subject=who,
        time=now,
        facts={"value": 112.0, "limit": 100.0, "source_en": "trial", "source_sv": "prov"},
        shadow=True,
        versions=versions,
    )
    done = database.write_now(lambda connection: record(connection, [found], now))
    assert done.opened == done.occurred == ()


async def test_both_are_listed_and_only_one_is_an_alarm(any_town: Town) -> None:
    care(any_town.database, any_town.clock.now())
    trial(any_town.database, any_town.clock.now())
    assert any_town.database.read_now(lambda c: c.scalar(select(func.count()).select_from(alarm))) == 1
    async with any_town.as_("anna") as client:

        async def codes(query: str = "") -> list[tuple[str, bool]]:
            items = (await client.get(f"/api/v1/residents/nils/findings{query}")).json()["items"]
            return sorted((one["code"], one["shadow"]) for one in items)

        assert await codes() == [("pulse_high", True), ("systolic_high", False)]
        assert await codes("?shadow=true") == [("pulse_high", True)]
        assert await codes("?shadow=false") == [("systolic_high", False)]
        page = (await client.get("/residents/nils")).text
    rows = re.findall(r"<li( data-shadow)?><span class=\"grow\">(.*?)</span>", page, re.DOTALL)
    assert [(bool(mark), "112" in text) for mark, text in rows if "112" in text or "182" in text] == [
        (True, True),
        (False, False),
    ]


async def test_a_finding_names_who_set_the_limit(any_town: Town) -> None:
    number = (await set_(any_town, subject="nils")).json()["version"]
    trial(any_town.database, any_town.clock.now(), versions=(number,))
    async with any_town.as_("anna") as client:
        (found,) = (await client.get("/api/v1/residents/nils/findings")).json()["items"]
    assert [(one["version"], one["author"], one["scope"]) for one in found["set_by"]] == [(number, "Karin", "resident")]


async def test_the_pages_show_trials_reviews_and_history_and_escape_what_people_wrote(town: Town) -> None:
    evil = "<script>alert(1)</script>"
    await set_(town, reason=evil, settings={"shadow": True, "spo2_low": 88}, review_on="2026-01-20")
    trial(town.database, town.clock.now(), "greta")
    town.clock.advance(days=8)
    async with town.as_("karin") as client:
        limits = (await client.get("/limits?q=gre")).text
        resident = (await client.get("/residents/greta")).text
    async with town.as_("anna") as client:
        assert (await client.get("/limits")).status_code == 403
        readonly = (await client.get("/residents/greta")).text
        assert (await client.get("/residents/maj")).status_code == 404
    for page in (limits, resident, readonly):
        assert evil not in page
        assert "&lt;script&gt;" in page
    assert "data-overdue" in limits
    assert limits.count('href="/residents/greta"') == 3
    assert "1 på 14 dygn" in limits
    assert 'data-replaces="1"' in resident
    assert "textarea" not in readonly


async def test_the_form_keeps_what_it_does_not_show(town: Town) -> None:
    due = [{"kind": "weight", "at": "08:00"}]
    await set_(town, settings={"due": due, "spo2_low": 88, "pulse_low": None, "two_of_three": ["pulse"]})
    async with town.as_("karin") as client:
        page = (await client.get("/residents/greta")).text
    form = re.search(r'<form class="form" data-limits data-rule="limits".*?</form>', page, re.DOTALL)
    assert form is not None
    (kept,) = re.findall(r'data-kept="(.*?)"', form[0], re.DOTALL)
    assert json.loads(kept.replace("&#34;", '"').replace("&quot;", '"')) == {"due": due, "two_of_three": ["pulse"]}
    values: dict[str, Any] = dict(re.findall(r'name="(\w+)" data-type="\w+" value="(.*?)"', form[0]))
    assert {name: text for name, text in values.items() if text} == {"spo2_low": "88", "pulse_low": "-"}
    assert town.database.read_now(settings_versions.newest)[0].settings["due"] == due
