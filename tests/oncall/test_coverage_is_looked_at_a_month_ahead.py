"""What a night would lack is found up to 30 days before it, with its time, its place and its name."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import update
from typer.testing import CliRunner

from alarms.oncall.coverage import Kind, Lack, coverage
from alarms.settings import DeskSettings, SmtpSettings, WebhookSettings
from gateway.cli import app
from store.clock import ManualClock
from store.database import Database
from store.tables import contact
from tests.alarms.town import SECRET
from tests.oncall.conftest import TOWN, Import

DAY = timedelta(days=1)
DESK = DeskSettings(
    smtp=SmtpSettings(host="127.0.0.1", port=9, security="none"), webhook=WebhookSettings(secret=SecretStr(SECRET))
)
TWO = "contacts: [{ channel: email, address: a@example.org }, { channel: webhook, address: 'https://a.example/' }]"
GOOD = TOWN.replace("contacts: [{ channel: console }]", TWO)


def found(database: Database, clock: ManualClock, *kinds: Kind) -> list[Lack]:
    now = clock.now()
    lacks = database.read_now(lambda connection: coverage(connection, now, now + 30 * DAY, DESK))
    return [lack for lack in lacks if not kinds or lack.kind in kinds]


def prove_all(database: Database, clock: ManualClock) -> None:
    """Let everybody have proved to hear on each of their channels."""
    database.write_now(lambda connection: connection.execute(update(contact).values(verified_at=clock.now())))


def test_a_good_month_lacks_nothing(sqlite: Database, bring_in: Import, clock: ManualClock) -> None:
    bring_in(GOOD)
    prove_all(sqlite, clock)
    assert found(sqlite, clock) == []


def test_what_nobody_has_proved_does_not_count(sqlite: Database, bring_in: Import, clock: ManualClock) -> None:
    bring_in(GOOD)
    lacks = found(sqlite, clock)
    assert {(lack.kind, lack.subject, lack.channels) for lack in lacks} == {
        (Kind.FEW_CHANNELS, name, 0) for name in ("anna", "bo", "stina")
    }


def test_the_console_does_not_count(sqlite: Database, bring_in: Import, clock: ManualClock) -> None:
    bring_in(GOOD.replace("{ channel: webhook, address: 'https://a.example/' }", "{ channel: console }", 1))
    prove_all(sqlite, clock)
    (lack,) = found(sqlite, clock)
    assert (lack.kind, lack.subject, lack.channels) == (Kind.FEW_CHANNELS, "anna", 1)


def test_a_gap_is_found_with_its_times_and_all_its_areas(
    sqlite: Database, bring_in: Import, clock: ManualClock
) -> None:
    more = GOOD.replace("responders:", "  - { id: c, name: C, team: south }\nresponders:")
    bring_in(more + "absences:\n  - { id: x, responder: stina, from: 2026-01-20T20:00, to: 2026-01-21 }\n")
    (gap,) = found(sqlite, clock, Kind.GAP)
    assert gap.area_ids == ("b", "c")
    assert (gap.start, gap.end) == (datetime(2026, 1, 20, 19, tzinfo=UTC), datetime(2026, 1, 20, 23, tzinfo=UTC))
    assert [lack.area_ids for lack in found(sqlite, clock, Kind.UNREACHABLE)] == [("b", "c")]


def test_an_empty_turn_and_the_end_of_a_rotation_are_gaps(
    sqlite: Database, bring_in: Import, clock: ManualClock
) -> None:
    bring_in(
        GOOD.replace("[[stina]]", "[[stina], []]").replace(
            "nights, team: north, starts_on: 2026-01-01",
            "nights, team: north, starts_on: 2026-01-01, ends_on: 2026-02-01",
        )
    )
    gaps = found(sqlite, clock, Kind.GAP)
    assert len([gap for gap in gaps if gap.team_id == "south"]) == 16, "every other day, and what is left of the night"
    (north,) = [gap for gap in gaps if gap.team_id == "north"]
    assert (north.start, north.end) == (datetime(2026, 2, 1, 6, tzinfo=UTC), clock.now() + 30 * DAY)
    assert found(sqlite, clock, Kind.UNREACHABLE) == [], "the whole team is told where nobody is on duty"


def test_a_layer_above_fills_the_gap(sqlite: Database, bring_in: Import, clock: ManualClock) -> None:
    second = '  - { id: second, team: south, layer: 2, starts_on: 2026-01-01, handovers: ["07:00"], turns: [[eva]] }\n'
    eva = f"  - {{ id: eva, name: Eva, team: south, {TWO} }}\nrotations:"
    bring_in(GOOD.replace("[[stina]]", "[[stina], []]").replace("homes:", f"{second}homes:").replace("rotations:", eva))
    assert found(sqlite, clock, Kind.GAP) == []


def test_one_channel_is_not_enough_and_two_addresses_on_it_are_one(
    sqlite: Database, bring_in: Import, clock: ManualClock
) -> None:
    bring_in(
        GOOD.replace(
            TWO, "contacts: [{ channel: email, address: a@example.org }, { channel: email, address: b@example.org }]", 1
        )
    )
    prove_all(sqlite, clock)
    (lack,) = found(sqlite, clock)
    assert (lack.kind, lack.subject, lack.channels) == (Kind.FEW_CHANNELS, "anna", 1)
    assert lack.end > lack.start >= clock.now()


def test_a_team_without_people_is_found(sqlite: Database, bring_in: Import, clock: ManualClock) -> None:
    empty = GOOD.replace("areas:\n", "  - { id: east, name: East }\nareas:\n").replace(
        "fallback: true", "fallback: true\n    teams: [{ team: east, from: 2026-01-20, to: 2026-01-22 }]"
    )
    bring_in(empty)
    (lack,) = found(sqlite, clock, Kind.NO_TEAM)
    assert (lack.team_id, lack.area_ids, lack.end - lack.start) == ("east", ("a",), 2 * DAY)


def test_the_command_tells_dates_and_ends_with_1_where_somebody_must_act(tmp_path: Path) -> None:
    """The wall clock is real here, so the gap is a whole rotation that has ended."""
    file, data, runner = tmp_path / "town.yaml", tmp_path / "data", CliRunner()
    file.write_text(TOWN)
    runner.invoke(app, ["import", str(file), "--data", str(data)])
    few = runner.invoke(app, ["coverage", "--data", str(data), "--json"])
    assert few.exit_code == 0
    rows = [json.loads(line) for line in few.output.splitlines()]
    assert {(row["kind"], row["subject"]) for row in rows} == {
        ("few_channels", name) for name in ("anna", "bo", "stina")
    }
    file.write_text(
        TOWN.replace(
            "days, team: south, starts_on: 2026-01-01", "days, team: south, starts_on: 2026-01-01, ends_on: 2026-01-02"
        )
    )
    assert runner.invoke(app, ["import", str(file), "--data", str(data)]).exit_code == 0
    for language, word in (("en", "Nobody is on duty."), ("sv", "Ingen har jour.")):
        told = runner.invoke(app, ["coverage", "--data", str(data), "--language", language], env={"COLUMNS": "200"})
        assert told.exit_code == 1
        assert word in told.output
        assert "south" in told.output
    assert runner.invoke(app, ["coverage", "--data", str(data), "--language", "xx"]).exit_code == 2
