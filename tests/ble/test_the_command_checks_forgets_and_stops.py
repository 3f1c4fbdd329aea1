"""``hemvakt hub``: reads its file, forgets on request, runs until told to stop."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from devices.hub.cli import hub
from devices.hub.config_file import BadConfigError

FILE = """\
name: hub-42
broker: { url: "mqtt://127.0.0.1:1" }
folder: state
page_port: 0
devices:
  - { name: cuff-42, address: "AA:BB:CC:DD:EE:01", kind: blood_pressure }
"""


@pytest.fixture
def app() -> typer.Typer:
    made = typer.Typer()
    made.command()(hub)
    return made


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "hub.yaml"
    path.write_text(FILE)
    return path


def test_a_file_is_checked_without_running(app: typer.Typer, file: Path) -> None:
    result = CliRunner().invoke(app, ["--check", str(file)])
    assert (result.exit_code, "The file is right: hub hub-42 listens to 1 " in result.output) == (0, True)
    assert not (file.parent / "state").exists()


def test_a_wrong_file_is_an_error_of_ours(app: typer.Typer, file: Path) -> None:
    file.write_text(FILE.replace("blood_pressure", "toaster"))
    result = CliRunner().invoke(app, ["--check", str(file)])
    assert isinstance(result.exception, BadConfigError)


@pytest.mark.parametrize("field", ["password_file", "ca_file"])
def test_a_file_is_not_right_when_another_that_it_names_is_missing(app: typer.Typer, file: Path, field: str) -> None:
    file.write_text(FILE.replace('"mqtt://127.0.0.1:1"', f'"mqtts://127.0.0.1:1", {field}: nowhere'))
    result = CliRunner().invoke(app, ["--check", str(file)])
    assert isinstance(result.exception, BadConfigError)
    assert "nowhere" in str(result.exception)


def test_forgetting_names_what_happens_next(app: typer.Typer, file: Path) -> None:
    result = CliRunner().invoke(app, ["--forget", "cuff-42", str(file)])
    assert (result.exit_code, "Forgotten: cuff-42" in result.output) == (0, True)


def test_a_traceback_in_the_log_shows_no_variables() -> None:
    code = """
import structlog
from devices.hub.logs import configure
configure()
systolic = 173
try:
    {}[systolic - 173]
except KeyError:
    structlog.get_logger().exception("a visit failed", device="cuff-1")
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    )
    assert "a visit failed" in done.stderr
    assert "KeyError" in done.stderr
    assert "173" not in done.stderr.replace("systolic - 173", "")


async def test_it_runs_without_a_radio_and_a_broker_and_stops_when_told(file: Path) -> None:
    code = "import sys; from pathlib import Path; from devices.hub.cli import hub; hub(Path(sys.argv[1]))"
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        code,
        str(file),
        cwd=Path(__file__).parents[2],
        # No system bus: bleak finds no BlueZ, on any machine.
        env=os.environ | {"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={file.parent / 'nothing'}"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    async with asyncio.timeout(60):
        seen = b""
        while b"no connection" not in seen or b"radio does not work" not in seen:
            line = await process.stdout.readline()
            assert line, seen.decode()
            seen += line
        process.send_signal(signal.SIGTERM)
        rest = await process.stdout.read()
        assert await process.wait() == 0
    assert b"The hub has stopped" in rest
