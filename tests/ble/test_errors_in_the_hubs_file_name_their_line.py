"""Whoever installs a hub reads which line of the file is wrong, and why."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from devices.hub import config_file
from devices.hub.config_file import BadConfigError

GOOD = """\
name: hub-42
broker:
  url: mqtts://gateway.example:8883
  user: hub-42
  password_file: broker.password
folder: state
devices:
  - name: cuff-42
    address: "AA:BB:CC:DD:EE:01"
    kind: blood_pressure
    user: 1
  - name: button-42
    address: "AA:BB:CC:DD:EE:02"
    kind: button
    key_file: button.key
"""


@pytest.fixture
def parse(tmp_path: Path) -> Callable[[str], object]:
    key = tmp_path / "button.key"
    key.touch(mode=0o600)
    key.write_text("00112233445566778899aabbccddeeff\n")
    return lambda text: config_file.parse(text, tmp_path / "hub.yaml")


def test_a_right_file_is_read_with_paths_beside_it(tmp_path: Path, parse: Callable[[str], object]) -> None:
    assert parse(GOOD)
    (tmp_path / "hub.yaml").write_text(GOOD)
    config = config_file.read(tmp_path / "hub.yaml")
    assert config.folder == tmp_path / "state"
    assert config.broker.password_file == tmp_path / "broker.password"
    assert (config.broker.host, config.broker.port, config.broker.is_encrypted) == ("gateway.example", 8883, True)
    button = config.at("aa:bb:cc:dd:ee:02")
    assert button is not None
    assert config_file.key(button) == bytes.fromhex("00112233445566778899aabbccddeeff")


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("kind: blood_pressure", "kind: blood_presure", 10, "blood_pressure"),
        ('"AA:BB:CC:DD:EE:01"', "AA:BB", 9, "pattern"),
        ('"AA:BB:CC:DD:EE:01"', "10:20:30:40:50:59", 9, "quotes"),
        ('"AA:BB:CC:DD:EE:02"', '"aa:bb:cc:dd:ee:01"', 1, "twice: AA:BB:CC:DD:EE:01"),
        ("name: button-42", "name: hub-42", 1, "twice: hub-42"),
        ("    user: 1", "    user: 1\n    user: 2", 11, "given twice"),
        ("    user: 1", "    usr: 1", 11, "not permitted"),
        ("name: cuff-42", "name: cuff/42", 8, "pattern"),
        ("mqtts://gateway.example:8883", "mqtts://me:word@gateway.example", 3, "no password in the address"),
        ("mqtts://gateway.example:8883", "http://gateway.example", 3, "mqtts://host"),
        ("mqtts://gateway.example:8883", "mqtts://gateway.example:99999", 3, "mqtts://host"),
        ("    key_file: button.key", "", 12, "anybody can send"),
        ("key_file: button.key", "key_file: absent.key", 15, "No such file"),
        ("folder: state", "folder: state\ntimezone: Stockholm", 7, "Europe/Stockholm"),
        ("folder: state", "folder: state\nsay_command: [no-such-program, --stdin]", 7, "no program of this machine"),
        ("folder: state", "folder: state\nsay_command: cat", 7, "valid tuple"),
        ("folder: state", "folder: state\nlanguage: de", 7, "'sv' or 'en'"),
        ("devices:", "devices: [", 8, "not YAML"),
        ("folder: state", "", 1, "Field required"),
    ],
)
def test_an_error_names_its_line(parse: Callable[[str], object], old: str, new: str, line: int, says: str) -> None:
    assert old in GOOD
    with pytest.raises(BadConfigError) as raised:
        parse(GOOD.replace(old, new))
    assert says in str(raised.value)
    assert f"hub.yaml:{line}:" in str(raised.value)


def test_all_errors_are_told_at_once(parse: Callable[[str], object]) -> None:
    with pytest.raises(BadConfigError) as raised:
        parse(GOOD.replace("blood_pressure", "x").replace("name: hub-42", "name: ''").replace("user: 1", "user: 999"))
    assert str(raised.value).count("hub.yaml:") == 3


def test_what_was_written_in_a_wrong_place_is_not_repeated(parse: Callable[[str], object]) -> None:
    """A key pasted into the wrong field must not end in a log."""
    with pytest.raises(BadConfigError) as raised:
        parse(GOOD.replace('address: "AA:BB:CC:DD:EE:02"', "address: 00112233445566778899aabbccddeeff"))
    assert "aabbccdd" not in str(raised.value)


@pytest.mark.parametrize("content", ["", "00", "zz" * 16, "00" * 17])
def test_a_key_file_without_a_key_is_refused_without_showing_it(
    tmp_path: Path, parse: Callable[[str], object], content: str
) -> None:
    (tmp_path / "button.key").write_text(content)
    with pytest.raises(BadConfigError) as raised:
        parse(GOOD)
    assert "hub.yaml:15:" in str(raised.value)


@pytest.mark.parametrize("text", ["", "- 1", "name", "&a [*a]", "\x00", "a: " * 5000, "!!python/object:os.system x"])
def test_anything_else_is_refused_in_words(parse: Callable[[str], object], text: str) -> None:
    with pytest.raises(BadConfigError):
        parse(text)


def test_a_file_that_is_not_there_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(BadConfigError, match="No such file"):
        config_file.read(tmp_path / "absent.yaml")


def test_the_example_in_the_documentation_is_right(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "hub.md").read_text(encoding="utf-8")
    example = page.split("```yaml\n")[1].split("```")[0]
    for device in yaml.safe_load(example)["devices"]:
        if "key_file" in device:
            path = tmp_path / device["key_file"]
            path.touch(mode=0o600)
            path.write_text("00" * 16)
    assert config_file.parse(example, tmp_path / "hub.yaml").devices
