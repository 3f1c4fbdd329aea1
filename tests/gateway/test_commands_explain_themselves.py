"""Every command says what it does; errors are sentences; secrets stay where they belong."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from gateway.address import BrokerAddressError, parse
from gateway.cli import app
from gateway.cli.later import Later
from gateway.logs import told, without_values
from gateway.settings import MqttSettings, Settings, with_overrides
from store.errors import HemvaktError
from store.secret_files import SecretFileError

RUN = CliRunner()


def _commands() -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []

    def walk(command: Any, path: tuple[str, ...]) -> None:
        found.append(path)
        real = command.real() if isinstance(command, Later) else command
        for name, child in getattr(real, "commands", {}).items():
            walk(child, (*path, name))

    walk(typer.main.get_command(app), ())
    return found


COMMANDS = _commands()
MAIN: dict[str, Later] = typer.main.get_command(app).commands  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_help_of_every_command(path: tuple[str, ...]) -> None:
    result = RUN.invoke(app, [*path, "--help"], env={"COLUMNS": "200"})
    assert result.exit_code == 0
    assert len(result.output) > 100


@pytest.mark.parametrize("name", MAIN)
def test_the_list_says_of_a_command_what_its_own_help_begins_with(name: str) -> None:
    own = MAIN[name].real().help.split("\n\n")[0]
    assert MAIN[name].help == " ".join(own.split())


#: In a process of its own each, so that none leans on what of ours another has imported.
ALONE = """
import os, sys
import aiomqtt, alembic, bleak, fastapi, httpx, numpy, pydantic_settings, sqlalchemy.ext.asyncio
from gateway.cli.commands import COMMANDS
from gateway.cli.later import Later
ends = []
for name, (where, says) in COMMANDS.items():
    child = os.fork()
    if not child:
        Later(name, where, says).real()
        os._exit(0)
    ends.append(os.waitpid(child, 0)[1])
sys.exit(any(ends))
"""
LIGHT = """
import sys
from gateway.cli.main import app
import typer
typer.main.get_command(app).commands["hub"].real()
sys.exit(", ".join({"sqlalchemy", "alembic", "fastapi", "numpy", "psycopg"} & sys.modules.keys()) or None)
"""


@pytest.mark.parametrize("script", [ALONE, LIGHT], ids=["each command is imported alone", "the hub imports no server"])
def test_a_command_imports_what_it_needs(script: str) -> None:
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_commands_that_the_handbook_names_are_there() -> None:
    names = {path[0] for path in COMMANDS if path}
    assert names >= {
        "up",
        "gateway",
        "desk",
        "api",
        "migrate",
        "replay",
        "token",
        "account",
        "demo",
        "import",
        "device",
    }


@pytest.mark.parametrize(
    "url", ["mqtt://user:secret@host", "mqtt://secret@host", "http://host", "mqtt://", "host:1883", "mqtt://host:99999"]
)
def test_a_broker_url_with_a_secret_or_without_sense_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(BrokerAddressError) as error:
        parse(url)
    assert "secret" not in str(error.value)


def test_an_error_on_purpose_is_one_sentence_and_exit_code_one() -> None:
    result = RUN.invoke(app, ["up", "--mqtt", "mqtt://u:hunter2@h"])
    assert result.exit_code == 1
    assert result.output.startswith("hemvakt: A broker is named")
    assert "Traceback" not in result.output
    assert "hunter2" not in result.output


def test_roles_alone_need_a_database_that_they_can_share(tmp_path: Path) -> None:
    for role in ("gateway", "desk", "api"):
        assert RUN.invoke(app, [role, "--database", f"sqlite:///{tmp_path / 'x.db'}"]).exit_code == 1


def test_secrets_come_from_files_and_do_not_show(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("hunter2\n")
    mqtt = MqttSettings(user="gateway", password_file=file)
    address = mqtt.address("mqtts://broker")
    assert (address.password, address.port, address.tls) == ("hunter2", 8883, True)
    assert "hunter2" not in f"{address} {address!r} {mqtt!r}"
    with pytest.raises(SecretFileError):
        MqttSettings(password_file=tmp_path / "none").address("mqtt://broker")


def test_the_password_of_the_database_comes_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("p@ss/word\n")
    settings = with_overrides(Settings(), database="postgresql://hemvakt@db/hemvakt", database_password_file=file)
    assert settings.database_url() == "postgresql://hemvakt:p%40ss%2Fword@db/hemvakt"


def test_the_environment_reaches_every_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEMVAKT_MQTT__USER", "gateway")
    monkeypatch.setenv("HEMVAKT_INTAKE__BATCH", "7")
    monkeypatch.setenv("HEMVAKT_DESK__FORGOTTEN_S", "9")
    settings = Settings()
    assert (settings.mqtt.user, settings.intake.batch, settings.desk.forgotten_s) == ("gateway", 7, 9.0)


def _fail_with_values() -> None:
    try:
        int("pulse 71")
    except ValueError as error:
        raise RuntimeError("row (71, 'Anna')") from error


def test_a_logged_error_quotes_no_value() -> None:
    """SQLAlchemy, PostgreSQL and pydantic quote what they choke on: that would be somebody's pulse."""
    with pytest.raises(RuntimeError) as raised:
        _fail_with_values()
    text = without_values(None, "", {"event": "x", "exc_info": raised.value})["exception"]
    assert text == "\n".join(told(raised.value))
    assert {"RuntimeError", "ValueError"} <= {word.rpartition(".")[2] for word in text.split()}
    assert "in _fail_with_values" in text
    assert "pulse" not in text
    assert "Anna" not in text


def test_our_own_errors_are_told_in_words() -> None:
    assert any("Something went wrong in Hemvakt. here" in line for line in told(HemvaktError("here")))
