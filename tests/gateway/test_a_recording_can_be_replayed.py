"""``hemvakt replay``: the same engine over a file or a stored period; nothing is written."""

import base64
import json
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from typer.testing import CliRunner

from gateway.cli import app
from store.clock import ManualClock
from store.database import Database
from store.tables import finding, inbox, observation
from tests.gateway.world import World, build_town, press


def _line(at: str, topic: str, payload: bytes, *, binary: bool = False) -> str:
    said: dict[str, Any] = {"received_at": at, "topic": topic}
    if binary:
        said["payload_base64"] = base64.b64encode(payload).decode()
    else:
        said["payload"] = payload.decode()
    return json.dumps(said)


def _replay(*arguments: str) -> list[dict[str, Any]]:
    result = CliRunner().invoke(app, ["replay", "--json", *arguments])
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_file_of_payloads_gives_the_findings_it_would_have_given(
    sqlite: Database, clock: ManualClock, tmp_path: Path
) -> None:
    build_town(sqlite, clock)
    file = tmp_path / "recording.jsonl"
    lines = [
        _line("2026-01-13T02:00:00Z", *press(seq=1)),
        _line("2026-01-13T02:00:05Z", *press(seq=1), binary=True),
        _line("2026-01-13T02:00:04Z", *press(seq=2)),
        "",
        _line("2026-01-13T03:00:00+01:00", "zigbee2mqtt/elsewhere/sos", b'{"action":"on"}'),
        _line("2026-01-13T03:00:00Z", "zigbee2mqtt/home-1/smoke", b"unreadable"),
        _line("2026-01-13T03:00:01Z", "zigbee2mqtt/home-1/smoke", b'{"smoke": true}'),
    ]
    file.write_text("\n".join(lines))
    found = _replay(str(file), "--data", str(tmp_path))
    assert [(one["rule"], one["subject"]) for one in found] == [
        ("press", "pendant-1"),
        ("press", "pendant-1"),
        ("press", "zigbee2mqtt:elsewhere/sos"),
        ("smoke_leak", "home-1-smoke"),
    ]


def test_a_line_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    file = tmp_path / "recording.jsonl"
    file.write_text(_line("2026-01-13T02:00:00Z", *press()) + "\n{}\n")
    result = CliRunner().invoke(app, ["replay", str(file), "--data", str(tmp_path)])
    assert result.exit_code == 1
    assert "line 2" in result.output


def test_a_stored_period_gives_the_findings_that_were_recorded_and_writes_nothing(
    sqlite: Database, clock: ManualClock, tmp_path: Path
) -> None:
    build_town(sqlite, clock)
    world = World(sqlite, clock).start().say(*press(seq=1))
    clock.advance(hours=1)
    world.say("zigbee2mqtt/home-1/smoke", b'{"smoke": true}').restart().say(*press(seq=2))
    recorded = [row.key for row in world.rows(finding)]

    def counts() -> list[int]:
        tables = (inbox, observation, finding)
        return sqlite.read_now(lambda c: [c.scalar(select(func.count()).select_from(table)) or 0 for table in tables])

    before = counts()
    since, until = "2026-01-13T00:00:00", "2026-01-13T04:00:00"
    found = _replay("--from", since, "--to", until, "--data", str(tmp_path))
    assert sorted(one["key"] for one in found) == sorted(recorded)
    assert counts() == before
    later = _replay("--from", "2026-01-13T02:00:00", "--to", until, "--data", str(tmp_path))
    assert len(later) == len(found) - 1
