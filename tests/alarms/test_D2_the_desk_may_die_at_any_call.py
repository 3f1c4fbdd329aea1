"""I1, S4, D2: the desk is killed at every call into database and provider; nothing acked is lost, nobody forgotten."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from store.database import Database
from store.schema import migrate
from tests.alarms.town import populate

ROOT = Path(__file__).parents[2]
#: The night of the scenario has more calls than this; fewer would mean that the points are not watched.
AT_LEAST = 100


def kill_everywhere(template: str, folder: Path, *, first: int = 1, stride: int = 1) -> int:
    with Database(template) as database:
        migrate(database)
        database.write_now(populate)
    command = [sys.executable, "-m", "tests.alarms.crash_points", template, str(folder), str(first), str(stride)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    points: int = json.loads(done.stdout.splitlines()[-1])["points"]
    return points


@pytest.mark.timeout(900)
def test_D2_sqlite_at_every_call(tmp_path: Path) -> None:
    assert kill_everywhere(f"sqlite:///{tmp_path / 'template.db'}", tmp_path) > AT_LEAST


@pytest.mark.postgres
@pytest.mark.xdist_group("postgres")
@pytest.mark.timeout(900)
def test_D2_postgresql_at_every_third_call(postgres_server: str, tmp_path: Path) -> None:
    import psycopg

    with psycopg.connect(postgres_server.format(name="postgres"), autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS template WITH (FORCE)")
        connection.execute("CREATE DATABASE template")
    assert kill_everywhere(postgres_server.format(name="template"), tmp_path, first=1, stride=3) > AT_LEAST
