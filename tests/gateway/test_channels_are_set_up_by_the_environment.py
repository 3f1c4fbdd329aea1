"""The variables that docs/channels.md names are those that a running Hemvakt reads."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from alarms.channel import usable
from alarms.channels.push import settings_of
from gateway.cli import app
from gateway.settings import Settings

DOCS = Path(__file__).parents[2] / "docs" / "channels.md"
RUN = CliRunner()


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    secrets = {"callback": "b1946ac92492d2347c6235b4d2611184\n", "elks": "pass-word\n", "tags.yml": "urls: []\n"}
    for name, text in secrets.items():
        (tmp_path / name).write_text(text)
    values = {
        "BASE_URL": "https://hemvakt.example",
        "PHONE__CALLBACK_SECRET_FILE": str(tmp_path / "callback"),
        "PHONE__ELKS__USER": "u123",
        "PHONE__ELKS__PASSWORD_FILE": str(tmp_path / "elks"),
        "PHONE__ELKS__SENDER": "+46766860001",
        "PHONE__ELKS__NETWORKS": '["127.0.0.0/8"]',
        "PHONE__FIRST": "twilio",
        "CHANNELS__PUSH__PRIVATE_KEY_FILE": str(tmp_path / "push.pem"),
        "CHANNELS__PUSH__CONTACT": "mailto:it@example.org",
        "CHANNELS__APPRISE__CONFIG_FILE": str(tmp_path / "tags.yml"),
    }
    for name, value in values.items():
        monkeypatch.setenv(f"HEMVAKT_DESK__{name}", value)
    return tmp_path


@pytest.mark.usefixtures("environment")
def test_what_is_set_is_read() -> None:
    desk = Settings().desk
    assert usable(desk) == {"console", "sms", "voice", "push", "apprise"}
    assert desk.phone is not None
    assert desk.phone.elks is not None
    assert desk.phone.elks.secret() == "pass-word"
    assert desk.phone.elks.admits("127.0.0.1")
    assert not desk.phone.elks.admits("192.0.2.1")
    push = settings_of(desk)
    assert push is not None
    assert push.contact == "mailto:it@example.org"
    assert "pass-word" not in repr(desk)


@pytest.mark.usefixtures("environment")
def test_callbacks_are_printed_and_fit_the_routes() -> None:
    done = RUN.invoke(app, ["contact", "callbacks"])
    assert re.fullmatch(r"46elks: https://hemvakt\.example/callbacks/46elks/reply/[0-9a-f]{32}\n", done.output)


def test_a_key_is_made_once_and_for_its_owner_only(environment: Path) -> None:
    file = environment / "push.pem"
    assert RUN.invoke(app, ["contact", "push-key", str(file)]).exit_code == 0
    assert file.stat().st_mode & 0o777 == 0o600
    before = file.read_bytes()
    assert RUN.invoke(app, ["contact", "push-key", str(file)]).exit_code == 1
    assert file.read_bytes() == before


@pytest.mark.usefixtures("environment")
def test_every_variable_of_the_page_is_a_setting() -> None:
    named = set(re.findall(r"HEMVAKT_DESK__([A-Z_]+)", DOCS.read_text()))
    assert len(named) > 10
    fields = Settings().desk.model_dump()
    for name in named:
        outer = name.lower().split("__")[0]
        assert outer in fields, name
