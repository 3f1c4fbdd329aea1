"""``hemvakt reviews`` names what somebody promised to look at again, and fails while any of it is overdue."""

import json
from datetime import timedelta
from pathlib import Path

from typer.testing import CliRunner

from gateway.cli import app
from store import settings_versions
from store.clock import SystemClock
from store.database import Database


def test_what_is_overdue_is_named_and_what_is_not_yet_due_only_when_asked(sqlite: Database, tmp_path: Path) -> None:
    now = SystemClock().now()
    days = {"late": -3, "soon": 10, "never": None}
    rows = [
        {
            "rule": "limits",
            "scope": "resident",
            "subject": name,
            "settings": {"spo2_low": 88},
            "author": "Karin [bold]",
            "reason": "why",
            "valid_from": now - timedelta(days=100),
            "review_on": None if away is None else (now + timedelta(days=away)).date(),
        }
        for name, away in days.items()
    ]
    sqlite.write_now(lambda connection: settings_versions.add(connection, rows))

    def listed(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(app, ["reviews", *arguments, "--data", str(tmp_path)])
        return result.exit_code, result.stdout

    code, text = listed("--json")
    assert code == 2
    assert [json.loads(line)["subject"] for line in text.splitlines()] == ["late"]
    code, text = listed("--json", "--within", "30")
    assert [json.loads(line)["subject"] for line in text.splitlines()] == ["late", "soon"]
    reviewed = rows[0] | {"valid_from": now, "review_on": (now + timedelta(days=200)).date()}
    sqlite.write_now(lambda connection: settings_versions.add(connection, [reviewed]))
    code, text = listed()
    assert (code, text.strip()) == (0, "Nothing is to be reviewed.")
