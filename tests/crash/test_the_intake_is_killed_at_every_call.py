"""Promise 1: what was acknowledged survives kill -9 at any instruction (invariant I1).

The intake is killed at every call into the database (after each statement, at each commit) and into the
broker (each acknowledgement, each answer), and then lives on. See ``points.py``.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def _kill_everywhere(folder: Path, url: str, step: int) -> None:
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("points.py"), folder, url, str(step)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["failures"] == []
    assert result["calls"] > 60


@pytest.mark.timeout(600)
def test_nothing_that_was_acknowledged_is_missing_on_sqlite(tmp_path: Path) -> None:
    _kill_everywhere(tmp_path, f"sqlite:///{tmp_path / 'hemvakt.db'}", 1)


@pytest.mark.postgres
@pytest.mark.xdist_group("postgres")
@pytest.mark.timeout(600)
def test_nothing_that_was_acknowledged_is_missing_on_postgresql(tmp_path: Path, postgres_url: str) -> None:
    # Every third point: a life costs more here, and the calls are the same ones as on SQLite.
    _kill_everywhere(tmp_path, postgres_url, 3)
