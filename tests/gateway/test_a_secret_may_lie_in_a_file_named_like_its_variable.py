"""A file in /run/secrets is read like the variable whose name it has, nested ones too."""

from pathlib import Path

import pytest

from alarms.channel import usable
from gateway.settings import Settings


def mounted(folder: Path) -> Settings:
    return Settings(_secrets_dir=folder)  # type: ignore[call-arg]


def test_nested_names_are_read_and_join_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {
        "HEMVAKT_DESK__SMTP__PASSWORD": "post-word\n",
        "hemvakt_desk__webhook__secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "HEMVAKT_DESK__DEAD_MAN_URL": "https://watcher.example/feed",
        "HEMVAKT_ZONE": "Europe/Oslo",
        # What the compose file mounts, and what platforms add.
        "database_password": "not of ours",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "kubernetes.io" / "serviceaccount").mkdir(parents=True)
    monkeypatch.setenv("HEMVAKT_DESK__SMTP__HOST", "mail.example")
    settings = mounted(tmp_path)
    smtp, watcher = settings.desk.smtp, settings.desk.dead_man_url
    assert smtp is not None
    assert smtp.host == "mail.example"
    assert smtp.password is not None
    assert smtp.password.get_secret_value() == "post-word"
    assert watcher is not None
    assert watcher.get_secret_value() == "https://watcher.example/feed"
    assert {"email", "webhook"} <= usable(settings.desk)
    assert settings.zone == "Europe/Oslo"


def test_the_environment_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "HEMVAKT_ZONE").write_text("Europe/Oslo")
    monkeypatch.setenv("HEMVAKT_ZONE", "Europe/Helsinki")
    assert mounted(tmp_path).zone == "Europe/Helsinki"
