"""A2: ten alarms give exactly the figures worked out by hand, from the database and from an exported file alike."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete
from typer.testing import CliRunner

from alarms import audit_file
from alarms.audit import append, verify
from alarms.follow_up import sources, tables
from alarms.follow_up.cases import fold
from alarms.follow_up.groups import Group
from alarms.follow_up.months import BadMonthError, Month
from alarms.follow_up.report import Report
from alarms.follow_up.tally import Figures
from gateway.cli import app
from store.database import Database
from store.tables import alarm, finding, occurrence
from tests.alarms.town import Town, populate
from tests.follow_up.october import ZONE, october

OCTOBER = Month(2026, 10)
RUN = CliRunner()


def of(database: Database, month: Month = OCTOBER, through: int | None = None) -> Report:
    return database.read_now(lambda c: sources.of_database(c, month, ZONE, through=through))


def group(report: Report, split: str, **key: str) -> Group:
    (found,) = [
        one for one in report.groups if one.split == split and all(getattr(one, name) == key[name] for name in key)
    ]
    return found


def figures(report: Report, split: str = "all", **key: str) -> Figures:
    found = group(report, split, **key).figures
    assert found is not None
    return found


@pytest.fixture
def written(database: Database) -> Database:
    database.write_now(october().write)
    return database


def test_A2_ten_alarms_give_the_figures_worked_out_by_hand(written: Database) -> None:
    assert figures(of(written)) == Figures(
        alarms=10,
        tests=1,  # 9
        auto_closed=1,  # 8
        waiting=0,
        counted=8,
        accepted=7,  # all of the eight but 6
        within_60_s=3,  # 1, 2 at exactly 60 s, 10
        within_180_s=5,  # and 3, 4 at exactly 180 s
        share_60_s=0.375,  # 3 / 8
        share_180_s=0.625,  # 5 / 8
        median_s=61.0,  # of 10, 30, 60, 61, 180, 240, 500
        over_180_s=3,  # 5, 6, 7
        visits=5,  # 1, 3, 4, 5, 10
        arrivals=4,  # 10 never said that they were there
        on_site_45_min=2,  # 1, 3 at exactly 45 min
        on_site_60_min=3,  # and 4
        share_45_min=0.5,
        share_60_min=0.75,
        closed=7,
        false_alarms=1,  # 3
        no_help_needed=2,  # 2, 10
        share_false=0.1429,
        share_no_help=0.2857,
        escalated=3,  # 3, 4, 5
        escalations=6,  # 1 + 2 + 3
        forgotten=1,  # 10
        exhausted_minutes=61.0,  # 5 for one minute, 6 for the hour until the newest row
    )


def test_A2_figures_by_class_team_area_and_rule_add_up(written: Database) -> None:
    report = of(written)
    grave = figures(report, "alarm_class", alarm_class="life_safety")
    assert (grave.alarms, grave.counted, grave.within_60_s, grave.over_180_s) == (8, 7, 3, 2)
    assert figures(report, "alarm_class", alarm_class="technical").share_60_s is None
    north, south = (figures(report, "team", team=team) for team in ("north", "south"))
    assert (north.alarms, north.share_60_s, north.share_180_s) == (5, 0.4, 0.8)
    assert (south.alarms, south.counted, south.exhausted_minutes) == (5, 3, 60.0)
    n1, n2 = (figures(report, "team+area", area=area) for area in ("n1", "n2"))
    assert (n1.alarms, n2.alarms) == (3, 2)
    assert (n1.share_45_min, n2.share_45_min, n2.share_60_min) == (1.0, 0.0, 0.5)
    press = figures(report, "alarm_class+rule", rule="press")
    assert (press.alarms, press.tests, press.closed, press.share_false, press.share_no_help) == (6, 1, 5, 0.0, 0.4)
    assert figures(report, "alarm_class+rule", rule="fall").share_false == 1.0
    whole = figures(report)
    for split in ("alarm_class", "team", "team+area", "alarm_class+rule", "team+alarm_class", "team+area+alarm_class"):
        parts = [one.figures for one in report.groups if one.split == split]
        for name in ("alarms", "counted", "within_60_s", "arrivals", "false_alarms", "escalations"):
            assert sum(getattr(part, name) for part in parts) == getattr(whole, name), (split, name)


def test_A2_each_alarm_that_waited_too_long_is_listed_the_gravest_first(written: Database) -> None:
    assert [
        (late.alarm_id, late.cause, late.accepted_after_s, late.exhausted_minutes) for late in of(written).exceptions
    ] == [(5, "exhausted", 240.0, 1.0), (6, "nobody_reached", None, 60.0), (7, "unanswered", 500.0, 0.0)]


def test_A2_waits_and_hours_count_the_grave_alarms(written: Database) -> None:
    report = of(written)
    assert {wait.up_to_s: wait.alarms for wait in report.waits if wait.alarms} == {
        30: 2,
        60: 1,
        120: 1,
        180: 1,
        300: 1,
        None: 1,
    }
    assert {hour.hour: (hour.alarms, hour.over_180_s) for hour in report.hours if hour.alarms} == {
        0: (1, 0),
        2: (1, 1),
        3: (1, 0),
        12: (3, 0),
        23: (1, 1),
    }


def test_A2_an_exported_file_gives_the_same_report_to_the_last_digit(written: Database, tmp_path: Path) -> None:
    file = tmp_path / "audit.jsonl"
    with file.open("wb") as out:
        written.read_now(lambda c: audit_file.write(c, out))
    for month in (OCTOBER, OCTOBER.shifted(-1), OCTOBER.shifted(1), OCTOBER.shifted(12)):
        assert tables.to_json(sources.of_file(file, month, ZONE)) == tables.to_json(of(written, month))
    assert sources.of_file(file, OCTOBER, ZONE, through=20) == of(written, through=20)


def test_A2_rows_that_come_later_change_no_report_that_names_its_last_row(written: Database) -> None:
    before = of(written)
    assert before.through == written.read_now(verify).end

    def late(connection: object) -> None:
        append(
            connection,  # type: ignore[arg-type]
            at=before.ends_at + timedelta(days=1),
            actor_kind="responder",
            actor="stig",
            action="accepted",
            alarm_id=6,
            team_id="south",
        )

    written.write_now(late)
    assert of(written).through.seq == before.through.seq + 1
    assert figures(of(written)).accepted == 8
    assert of(written, through=before.through.seq) == before


def test_A2_the_command_gives_the_same_from_the_database_and_from_a_file(sqlite: Database, tmp_path: Path) -> None:
    sqlite.write_now(october().write)
    url, file = str(sqlite.url), str(tmp_path / "audit.jsonl")
    assert RUN.invoke(app, ["audit", "export", file, "--database", url]).exit_code == 0
    for form in (["--csv"], ["--json"], ["--exceptions"], []):
        asked = ["follow-up", "--month", "2026-10", "--zone", ZONE, *form]
        live, copy = RUN.invoke(app, [*asked, "--database", url]), RUN.invoke(app, [*asked, "--file", file])
        assert live.exit_code == copy.exit_code == 0
        assert live.output == copy.output
        assert len(live.output.splitlines()) > 3
    assert RUN.invoke(app, ["follow-up", "--month", "2026-13", "--database", url]).exit_code == 1
    assert RUN.invoke(app, ["follow-up", "--month", "2026-10", "--csv", "--json", "--database", url]).exit_code == 1


def test_A2_a_night_at_the_desk_itself_gives_its_figures_and_needs_no_other_table(town: Town) -> None:
    """January: accepted by cia after 130 s and two steps, there after 10 min; then a press that nobody takes."""
    first = town.press()
    town.advance(130)
    town.accept(first, "cia")
    town.act("attend", first, "cia")
    town.advance(470)
    town.act("arrive", first, "cia")
    town.close(first, "cia", "false_alarm")
    town.press()
    town.advance(600)
    january = Month(2026, 1)
    report = of(town.database, january)
    found = figures(report)
    assert (found.alarms, found.accepted, found.within_60_s, found.within_180_s) == (2, 1, 0, 1)
    assert (found.arrivals, found.share_45_min, found.share_false) == (1, 1.0, 1.0)
    # Steps at 60, 120 and 180 s, the ring a minute after the last: from 240 s on, until the newest row at 600 s.
    assert (found.escalations, found.exhausted_minutes) == (2 + 3, 6.0)
    assert [late.cause for late in report.exceptions] == ["exhausted"]
    assert group(report, "team+area+sex").sex == "female"

    def forget(connection: object) -> None:
        for table in (occurrence, finding):
            connection.execute(delete(table))  # type: ignore[attr-defined]
        connection.execute(alarm.update().values(facts={}, rule="forged"))  # type: ignore[attr-defined]

    town.database.write_now(forget)
    assert of(town.database, january) == report


@pytest.mark.parametrize(
    "text",
    ["", "2026", "2026-00", "2026-13", "26-10", "2026-10-01", "\u0662\u0660\u0662\u0666-10", "1969-01", "9999-12"],
)
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(BadMonthError):
        Month.parse(text)


def test_A2_an_empty_audit_has_an_empty_report(database: Database) -> None:
    database.write_now(populate)
    found = of(database)
    assert (figures(found).alarms, found.exceptions, found.through.seq) == (0, [], 0)


def test_a_flight_of_the_canary_is_nobodys_alarm() -> None:
    begin = datetime(2026, 10, 1, tzinfo=UTC)
    row = {"alarm_id": 1, "team_id": "north", "at": begin, "action": "opened"}
    flight = row | {"detail": {"alarm_class": "technical", "rule": "canary", "told": []}}
    press = row | {"alarm_id": 2, "detail": {"alarm_class": "life_safety", "rule": "press", "told": []}}
    closed = {**row, "action": "closed", "detail": {"outcome": "chain_works"}}
    assert [case.alarm_id for case in fold([flight, press, closed], begin, begin + timedelta(days=31))] == [2]
