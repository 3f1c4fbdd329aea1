"""Follow-up over the API and on its page: for coordinators and administrators, in both languages, as JSON and CSV."""

import csv
import io

from alarms.follow_up import sources, tables
from alarms.follow_up.months import Month
from tests.api.conftest import Town
from tests.api.town import press

JANUARY = "2026-01"


async def test_the_api_gives_the_figures_that_the_audit_gives(any_town: Town) -> None:
    alarm = press(any_town.database, any_town.clock.now())
    async with any_town.as_("anna") as anna:
        any_town.clock.advance(seconds=30)
        await anna.post(f"/api/v1/alarms/{alarm}/accept", json={})
        assert (await anna.get(f"/api/v1/follow-up/{JANUARY}")).status_code == 403
        assert (await anna.get("/follow-up")).status_code == 403
    async with any_town.as_("karin") as karin:
        answer = (await karin.get(f"/api/v1/follow-up/{JANUARY}")).json()
        assert answer["groups"][0]["figures"]["share_60_s"] == 1.0
        assert answer["through"]["seq"] > 0
        again = (await karin.get(f"/api/v1/follow-up/{JANUARY}?through={answer['through']['seq']}")).json()
        assert again == answer
        report = any_town.database.read_now(
            lambda c: sources.of_database(c, Month.parse(JANUARY), any_town.app.state.context.settings.zone)
        )
        table = await karin.get(f"/api/v1/follow-up/{JANUARY}/groups.csv")
        assert table.text == tables.groups_csv(report)
        assert table.headers["content-type"].startswith("text/csv")
        rows = list(csv.DictReader(io.StringIO(table.text)))
        assert (rows[0]["split"], rows[0]["alarms"]) == ("all", "1")
        late = await karin.get(f"/api/v1/follow-up/{JANUARY}/exceptions.csv")
        assert late.text.splitlines()[0].startswith("alarm_id,team,area")


async def test_what_is_no_month_is_refused(town: Town) -> None:
    async with town.as_("karin") as karin:
        for month in ("2026-13", "x", "1969-01", "9999-12", "2026-1"):
            assert (await karin.get(f"/api/v1/follow-up/{month}")).status_code == 422, month
        for month in ("2026-13", "x", "9999-12"):
            assert (await karin.get(f"/follow-up?month={month}")).status_code == 200


async def test_the_page_shows_each_chart_with_its_table_and_hides_few_residents(town: Town) -> None:
    press(town.database, town.clock.now())
    town.clock.advance(seconds=400)
    press(town.database, town.clock.now(), 2)
    async with town.as_("karin") as karin:
        page = (await karin.get(f"/follow-up?month={JANUARY}")).text
    assert page.count("<svg viewBox") == page.count('role="img"') == 4
    assert page.count("<table>") >= 3 + 6
    assert "dolt, för få personer" in page
    assert "Greta" not in page
    assert 'style="' not in page


async def test_the_page_of_a_month_without_alarms_says_so(town: Town) -> None:
    async with town.as_("root") as root:
        await root.patch("/api/v1/me", json={"language": "en"})
        assert "No alarms in this month" in (await root.get("/follow-up?month=2020-02")).text
