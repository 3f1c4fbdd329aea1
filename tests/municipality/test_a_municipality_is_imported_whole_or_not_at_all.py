"""One file holds a municipality. Every error is named with line and field before anything is written."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, func, select
from typer.testing import CliRunner

from gateway.municipality.apply import apply
from gateway.municipality.check import check, warnings
from gateway.municipality.plan import Plan, make_plan
from gateway.municipality.source import BadFileError, read
from store import roster_version, settings_versions, tables
from store.clock import ManualClock
from store.database import Database

DEMO = Path(__file__).parents[2] / "deploy" / "demo" / "municipality.yaml"

TOWN = """\
municipality: Exempelby
teams:
  - { id: night, name: Night }
areas:
  - { id: north, name: North, team: night, fallback: true }
responders:
  - { id: anna, name: Anna, team: night, login: anna, contacts: [{ channel: console }] }
rotations:
  - { id: nights, team: night, starts_on: 2026-01-01, handovers: ["07:00"], turns: [[anna]] }
homes:
  - id: home-1
    area: north
    address: Street 1
    residents:
      - { id: r-1, name: Astrid, sex: female, birth_year: 1938, settings: { limits: { spo2_low: 88 } } }
    devices:
      - { id: pendant-1, kind: pendant, interval: 60, resident: r-1 }
"""


def run(database: Database, path: Path, clock: ManualClock) -> Plan:
    town, source = read(path)
    check(town, source)

    def work(connection: Connection) -> Plan:
        plan = make_plan(connection, town, clock.now())
        apply(connection, plan, author="import", reason="test", now=clock.now())
        return plan

    return database.write_now(work)


def count(database: Database, table: Any) -> int:
    return database.read_now(
        lambda connection: connection.execute(select(func.count()).select_from(table)).scalar_one()
    )


@pytest.fixture
def town(tmp_path: Path) -> Path:
    path = tmp_path / "town.yaml"
    path.write_text(TOWN, encoding="utf-8")
    return path


def problems(path: Path) -> list[str]:
    with pytest.raises(BadFileError) as refused:
        check(*read(path))
    return [str(problem) for problem in refused.value.problems]


def test_the_demonstration_municipality_is_complete(database: Database, clock: ManualClock) -> None:
    found, source = read(DEMO)
    check(found, source)
    assert warnings(found, source) == []
    plan = run(database, DEMO, clock)
    assert not plan.is_empty
    assert count(database, tables.home) == 6
    assert count(database, tables.assignment) == count(database, tables.device)


def test_importing_again_changes_nothing(database: Database, town: Path, clock: ManualClock) -> None:
    run(database, town, clock)
    version = database.read_now(roster_version.version)
    clock.advance(hours=1)
    assert run(database, town, clock).is_empty
    assert database.read_now(roster_version.version) == version


def test_a_change_is_a_change_of_that_field_only(sqlite: Database, town: Path, clock: ManualClock) -> None:
    run(sqlite, town, clock)
    town.write_text(TOWN.replace("Street 1", "Street 2"), encoding="utf-8")
    (change,) = run(sqlite, town, clock).rows
    assert (change.table, change.before, change.after) == ("home", {"address": "Street 1"}, {"address": "Street 2"})


def test_a_device_that_moves_keeps_its_history(sqlite: Database, town: Path, clock: ManualClock) -> None:
    run(sqlite, town, clock)
    clock.advance(days=1)
    town.write_text(TOWN.replace("resident: r-1 }", "resident: r-1, room: hall }"), encoding="utf-8")
    run(sqlite, town, clock)
    rows = sqlite.read_now(lambda c: c.execute(select(tables.assignment).order_by(tables.assignment.c.id)).all())
    assert [(row.room, row.to_at) for row in rows] == [("", clock.now()), ("hall", None)]


def test_new_limits_are_a_new_version_and_the_old_one_stays(sqlite: Database, town: Path, clock: ManualClock) -> None:
    run(sqlite, town, clock)
    clock.advance(days=1)
    town.write_text(TOWN.replace("spo2_low: 88", "spo2_low: 86"), encoding="utf-8")
    run(sqlite, town, clock)
    rows = sqlite.read_now(lambda c: c.execute(select(tables.rule_setting).order_by(tables.rule_setting.c.id)).all())
    assert [row.settings for row in rows] == [{"spo2_low": 88}, {"spo2_low": 86}]
    assert rows[0].author == "import"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("team: night, fallback", "team: nights, fallback", "line 5, areas[0].team: there is no team nights"),
        ("fallback: true", "fallback: false", "line 4, areas: exactly one area must have `fallback: true`; 0 have"),
        ("[[anna]]", "[[bo]]", "line 9, rotations[0].turns[0]: there is no responder bo"),
        ('"07:00"', '"7 o clock"', "line 9, rotations[0].handovers: "),
        ("area: north", "area: south", "line 12, homes[0].area: there is no area south"),
        ("sex: female", "sex: f", "line 15, homes[0].residents[0].sex: "),
        ("birth_year: 1938", "birth_year: 38", "line 15, homes[0].residents[0].birth_year: "),
        ("spo2_low: 88", "spo2_lo: 88", "line 15, homes[0].residents[0].settings.limits.spo2_lo: "),
        ("limits: {", "limit: {", "line 15, homes[0].residents[0].settings.limit: there is no rule limit"),
        ("resident: r-1 }", "resident: r-2 }", "line 17, homes[0].devices[0].resident: r-2 does not live in home-1"),
        (
            "kind: pendant",
            "family: x, kind: pendant",
            "line 17, homes[0].devices[0].family: there is no device family x",
        ),
        ("interval: 60", "interval: -1", "line 17, homes[0].devices[0].interval: "),
        ("channel: console", "channel: pigeon", "line 7, responders[0].contacts[0].channel: "),
        ("channel: console", "channel: email, address: nobody", "line 7, responders[0].contacts[0].address: "),
        (
            "municipality: Exempelby",
            "municipality: Exempelby\nzone: Mars/Olympus",
            "line 2, zone: 'Mars/Olympus' is no time zone",
        ),
        ("name: Night }", "name: Night, polcy: {} }", "line 3, teams[0].polcy: "),
        ("address: Street 1", "address: Street 1\n    address: Street 2", "line 14, address: this key stands twice"),
        ("homes:", "homes: [", "line "),
        ("Exempelby", "!!python/object/apply:os.getcwd []", "line 1"),
    ],
)
def test_an_error_is_named_with_line_and_field(town: Path, old: str, new: str, expected: str) -> None:
    assert TOWN.count(old) >= 1
    town.write_text(TOWN.replace(old, new, 1), encoding="utf-8")
    assert any(problem.startswith(expected) for problem in problems(town)), problems(town)


def test_all_errors_are_told_at_once(town: Path) -> None:
    town.write_text(TOWN.replace("area: north", "area: south").replace("[[anna]]", "[[bo]]"), encoding="utf-8")
    assert len(problems(town)) == 2


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe\x00", b"- just\n- a list\n", b"a: &x [*x]", b"[" * 5000, b"municipality: {}\n", b"a: b: c"],
)
def test_what_is_no_municipality_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "town.yaml"
    path.write_bytes(content)
    with pytest.raises(BadFileError):
        read(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(cut=st.integers(0, len(TOWN)), junk=st.text(max_size=5))
def test_a_damaged_file_is_refused_or_read_never_anything_else(tmp_path: Path, cut: int, junk: str) -> None:
    path = tmp_path / "town.yaml"
    path.write_bytes((TOWN[:cut] + junk + TOWN[cut:]).encode("utf-8", "surrogatepass"))
    with suppress(BadFileError):
        check(*read(path))


def test_a_file_says_why_a_limit_is_set_and_when_to_look_again(
    sqlite: Database, town: Path, clock: ManualClock
) -> None:
    text = TOWN.replace("spo2_low: 88", "spo2_low: 88, reason: COPD, review_on: 2026-07-01")
    town.write_text(text, encoding="utf-8")
    run(sqlite, town, clock)
    (version,) = sqlite.read_now(settings_versions.newest)
    assert (version.settings, version.reason, str(version.review_on)) == ({"spo2_low": 88}, "COPD", "2026-07-01")
    assert run(sqlite, town, clock).is_empty
    town.write_text(text.replace("2026-07-01", "soon"), encoding="utf-8")
    assert problems(town)[0].startswith("line 15, homes[0].residents[0].settings.limits.review_on: ")


def test_an_import_does_not_take_back_what_a_person_has_set_since(
    database: Database, town: Path, clock: ManualClock
) -> None:
    def held() -> list[Any]:
        return [version.settings for version in database.read_now(settings_versions.newest)]

    run(database, town, clock)
    clock.advance(hours=1)
    row = {
        "rule": "limits",
        "scope": "resident",
        "subject": "r-1",
        "settings": {"spo2_low": 90},
        "author": "Karin",
        "reason": "new letter",
        "valid_from": clock.now(),
        "origin": settings_versions.API,
    }
    database.write_now(lambda connection: settings_versions.add(connection, [row]))
    clock.advance(hours=1)
    plan = run(database, town, clock)
    assert plan.is_empty
    assert [version.author for version in plan.kept] == ["Karin"]
    assert held() == [{"spo2_low": 90}]
    town.write_text(TOWN.replace("spo2_low: 88", "spo2_low: 89"), encoding="utf-8")
    run(database, town, clock)
    assert held() == [{"spo2_low": 89}]


def test_the_command_writes_nothing_on_an_error_and_nothing_on_a_dry_run(town: Path, tmp_path: Path) -> None:
    from gateway.cli import app

    data = tmp_path / "data"
    runner = CliRunner()
    dry = runner.invoke(app, ["import", str(town), "--dry-run", "--data", str(data)])
    assert dry.exit_code == 0
    assert "would be written" in dry.output
    town.write_text(TOWN.replace("area: north", "area: south"), encoding="utf-8")
    assert runner.invoke(app, ["import", str(town), "--data", str(data)]).exit_code == 1
    with Database(f"sqlite:///{data / 'hemvakt.db'}") as database:
        assert count(database, tables.home) == 0


def test_the_file_warns_of_a_night_without_anybody(town: Path) -> None:
    town.write_text(TOWN.replace(", contacts: [{ channel: console }]", ""), encoding="utf-8")
    assert [str(one) for one in warnings(*read(town))] == [
        "line 7, responders[0]: anna is on duty and has no contact channel"
    ]


def test_the_file_warns_of_a_name_that_the_built_in_broker_refuses(town: Path) -> None:
    town.write_text(
        TOWN.replace("kind: pendant", "family: zigbee2mqtt, address: front door, kind: door"), encoding="utf-8"
    )
    (warning,) = warnings(*read(town))
    assert str(warning).startswith("line 17, homes[0].devices[0].address: the built-in broker refuses")


@pytest.mark.parametrize(
    "address",
    [
        "http://localhost.elsewhere.example/x",
        "http://127.0.0.1.elsewhere.example/x",
        "http://localhost@elsewhere.example/x",
        "http://127.0.0.1:80@elsewhere.example/x",
        "http://localhost:evil@elsewhere.example",
        "https://",
        "https:///x",
        "https://a b.example/x",
        "https://centre.example:99999/x",
        "https://[::1/x",
    ],
)
def test_a_webhook_leaves_this_machine_by_tls_only(town: Path, address: str) -> None:
    text = TOWN.replace("{ channel: console }", f'{{ channel: webhook, address: "{address}" }}')
    town.write_text(text, encoding="utf-8")
    (problem,) = problems(town)
    assert "a webhook contact needs an https:// address" in problem


@pytest.mark.parametrize("address", ["https://centre.example/x", "http://127.0.0.1:8081/x", "http://localhost/x"])
def test_a_webhook_to_this_machine_or_by_tls_is_taken(town: Path, address: str) -> None:
    text = TOWN.replace("{ channel: console }", f'{{ channel: webhook, address: "{address}" }}')
    town.write_text(text, encoding="utf-8")
    check(*read(town))


@pytest.mark.parametrize("text", ["? [a, b]\n: c\n", "teams:\n  - ? {a: b}\n    : c\n"])
def test_a_key_that_is_no_word_is_named_with_its_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "town.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadFileError, match=r"line [12]: a key is one word"):
        read(path)
