"""``hemvakt replay --compare``: alarms gained, lost and kept, worked out by hand, and nothing is written."""

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from typer.testing import CliRunner

from gateway.cli import app
from store import settings_versions
from store.clock import ManualClock
from store.database import Database
from store.tables import finding, rule_setting
from tests.gateway.world import World, build_town

#: By hand, with the defaults (oxygen below 94, pulse above 100) and the changes (for everybody below 90; for the second
#: resident pulse above 110; for the first temperature above 37.0).
#: resident, kind, value, unit, as it is, as supposed.
DAY = (
    (1, "spo2", 93.0, "%", True, False),
    (1, "spo2", 91.0, "%", True, False),
    (1, "spo2", 89.0, "%", True, True),
    (1, "spo2", 97.0, "%", False, False),
    (1, "temperature", 37.3, "Cel", False, True),
    (2, "spo2", 88.0, "%", True, True),
    (2, "pulse", 105.0, "/min", True, False),
    (2, "pulse", 115.0, "/min", True, True),
    (2, "temperature", 37.3, "Cel", False, False),
)
CHANGES = """\
settings:
  limits: { spo2_low: 90 }
residents:
  resident-1: { limits: { temperature_high: 37.0 } }
  resident-2: { limits: { pulse_high: 110 } }
"""


def expected() -> dict[tuple[str, str], list[float]]:
    found: dict[tuple[str, str], list[float]] = {}
    for number, _, value, _, before, after in DAY:
        if before or after:
            outcome = "kept" if before and after else "lost" if before else "gained"
            found.setdefault((outcome, f"resident-{number}"), []).append(value)
    return found


def message(number: int, kind: str, value: float, unit: str, seq: int) -> tuple[str, bytes]:
    said = {"boot": "b", "seq": seq, "values": [{"kind": kind, "value": value, "unit": unit}]}
    return f"hemvakt/v1/hub-{number}/up/measurement", json.dumps(said).encode()


@pytest.fixture
def past(sqlite: Database, clock: ManualClock) -> World:
    build_town(sqlite, clock)
    world = World(sqlite, clock).start()
    for seq, (number, kind, value, unit, _, _) in enumerate(DAY, 1):
        clock.advance(minutes=20)
        world.say(*message(number, kind, value, unit, seq))
    return world


@pytest.fixture
def changes(tmp_path: Path) -> Path:
    path = tmp_path / "changes.yaml"
    path.write_text(CHANGES, encoding="utf-8")
    return path


def run(tmp_path: Path, *arguments: str) -> str:
    period = () if any(one.endswith("jsonl") for one in arguments) else ("--from", "2026-01-13", "--to", "2026-01-14")
    result = CliRunner().invoke(app, ["replay", *period, "--data", str(tmp_path), *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


def compared(tmp_path: Path, changes: Path, *arguments: str) -> dict[tuple[str, str], list[float]]:
    found: dict[tuple[str, str], list[float]] = {}
    for line in run(tmp_path, "--compare", str(changes), "--json", *arguments).splitlines():
        one = json.loads(line)
        if (one["after"] or one["before"])["rule"] == "limits":
            value = (one["after"] or one["before"])["facts"]["value"]
            found.setdefault((one["outcome"], one["whose"]), []).append(value)
    return found


@pytest.mark.usefixtures("past")
def test_the_alarms_are_those_worked_out_by_hand(tmp_path: Path, changes: Path) -> None:
    assert compared(tmp_path, changes) == expected()


def test_a_recording_gives_the_same_as_the_stored_period(
    sqlite: Database, clock: ManualClock, tmp_path: Path, changes: Path
) -> None:
    build_town(sqlite, clock)
    lines = []
    for seq, (number, kind, value, unit, _, _) in enumerate(DAY, 1):
        clock.advance(minutes=20)
        topic, payload = message(number, kind, value, unit, seq)
        lines.append({"received_at": clock.now().isoformat(), "topic": topic, "payload": payload.decode()})
    file = tmp_path / "day.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)))
    assert compared(tmp_path, changes, str(file)) == expected()


def test_the_totals_are_told_and_nothing_is_written(past: World, tmp_path: Path, changes: Path) -> None:
    def counts() -> list[Any]:
        return past.database.read_now(
            lambda c: [c.scalar(select(func.count()).select_from(table)) for table in (finding, rule_setting)]
        )

    before = counts()
    first = run(tmp_path, "--compare", str(changes))
    assert "1 gained, 3 lost, 3 kept." in first
    assert re.search(r"limits\W+care\W+1\W+3\W+3\b", first)
    assert re.search(r"resident\W+resident-1\W+1\W+2\W+1\b", first)
    assert re.search(r"resident\W+resident-2\W+0\W+1\W+2\b", first)
    assert run(tmp_path, "--compare", str(changes)) == first
    assert counts() == before


@pytest.mark.usefixtures("past")
def test_the_page_shows_each_alarm_and_can_be_parsed(tmp_path: Path, changes: Path) -> None:
    target = tmp_path / "page.html"
    run(tmp_path, "--compare", str(changes), "--picture", str(target), "--language", "sv")
    assert target.stat().st_mode & 0o077 == 0, "it holds what was measured on people"
    page = target.read_text("utf-8")
    svg = ET.fromstring(page[page.index("<svg") : page.index("</svg>") + 6])
    space = "{http://www.w3.org/2000/svg}"
    # One of each stands in the legend.
    assert len(svg.findall(f"{space}circle")) == 3 + 1
    assert len(svg.findall(f"{space}polygon")) == 1 + 1
    assert len([line for line in svg.findall(f"{space}line") if line.get("stroke-width") == "2"]) == 2 * (3 + 1)
    desc = svg.find(f"{space}desc")
    assert desc is not None
    assert desc.text == "1 tillkomna, 3 borta, 3 kvar, för 2 brukare, hem eller enheter."
    assert "Kroppstemperatur 37.3 °C är över gränsen 37" in page


def test_what_is_set_now_is_compared_however_lately_it_was_set(past: World, tmp_path: Path, changes: Path) -> None:
    past.clock.advance(days=1)
    row = {
        "rule": "limits",
        "scope": "resident",
        "subject": "resident-2",
        "settings": {"shadow": True},
        "author": "Karin",
        "reason": "trial",
        "valid_from": past.clock.now(),
    }
    past.database.write_now(lambda connection: settings_versions.add(connection, [row]))
    assert {whose for _, whose in compared(tmp_path, changes)} == {"resident-1"}
    changes.write_text("residents: { resident-2: { limits: { shadow: false } } }", encoding="utf-8")
    assert compared(tmp_path, changes) == {
        ("gained", "resident-2"): [88.0, 105.0, 115.0],
        ("kept", "resident-1"): [93.0, 91.0, 89.0],
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("settings: { limits: { spo2_lo: 9 } }", "line 1, settings.limits.spo2_lo:"),
        ("settings:\n  telepathy: {}", "line 2, settings.telepathy: there is no rule"),
        ("residents:\n  nobody: { limits: {} }", "line 2, residents.nobody.limits: no device has ever served"),
        ("setings: {}", "line 1, setings:"),
        ("[", "this is not YAML"),
        ("", "no settings are named"),
        ("settings: { limits: { systolic_low: 170 } }", "cross"),
    ],
)
@pytest.mark.usefixtures("past")
def test_a_bad_file_is_named_by_line_and_field(tmp_path: Path, changes: Path, text: str, words: str) -> None:
    changes.write_text(text, encoding="utf-8")
    arguments = ["replay", "--from", "2026-01-13", "--data", str(tmp_path), "--compare", str(changes)]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 1
    assert words in " ".join(result.output.split())
