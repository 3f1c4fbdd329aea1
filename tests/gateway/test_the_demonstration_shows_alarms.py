"""``hemvakt demo``: alarms from simulated homes, also after the first demonstration was killed in the middle."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from gateway.ports import free_port

pytestmark = [pytest.mark.broker, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[2]


def _command(folder: Path, *arguments: str) -> list[str]:
    hemvakt = str(Path(sys.executable).with_name("hemvakt"))
    return [hemvakt, "demo", "--data", str(folder), "--port", str(free_port()), *arguments]


def test_an_alarm_arrives_and_a_killed_demonstration_goes_on_with_its_data(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    with (tmp_path / "log").open("wb") as log:
        first = subprocess.Popen(_command(folder), cwd=ROOT, stdout=log, stderr=log)
        until = time.monotonic() + 100
        while not _alarms(folder) and time.monotonic() < until:
            assert first.poll() is None, (tmp_path / "log").read_text()
            time.sleep(0.2)
        first.kill()
        first.wait()
    before = _alarms(folder)
    assert before, (tmp_path / "log").read_text()
    again = subprocess.run(
        _command(folder, "--headless", "--seconds", "90"),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"COLUMNS": "200"},
    )
    assert again.returncode == 0, again.stdout + again.stderr
    assert "/welcome#" in again.stdout
    assert set(before) <= set(_alarms(folder))


def _alarms(folder: Path) -> list[int]:
    database = folder / "hemvakt.db"
    if not database.exists():
        return []
    engine = create_engine(f"sqlite:///{database}")
    try:
        with engine.connect() as connection:
            tables = connection.execute(text("SELECT count(*) FROM sqlite_master WHERE name = 'alarm'")).scalar()
            return list(connection.execute(text("SELECT id FROM alarm")).scalars()) if tables else []
    finally:
        engine.dispose()
