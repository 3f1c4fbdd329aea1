"""A technician makes a fixture of a device that speaks, from what the gateway has stored."""

import json
from pathlib import Path

from typer.testing import CliRunner

from devices.grades import read_fixture
from gateway.cli import app
from tests.gateway.world import World

RUN = CliRunner()
ABOUT = ["--maker", "TuYa", "--model", "TS0215A_sos", "--what", "SOS button", "--source", "firmware 1.0"]


def test_a_fixture_has_each_thing_that_the_device_said_once(small_world: World, tmp_path: Path) -> None:
    for battery in (98, 97):
        small_world.say("zigbee2mqtt/home-1/sos", json.dumps({"action": "emergency", "battery": battery}).encode())
    small_world.say("zigbee2mqtt/home-1/sos/availability", b"offline")
    small_world.say("zigbee2mqtt/home-1/sos", b"?")
    out = tmp_path / "sos.json"
    url = str(small_world.database.url)
    result = RUN.invoke(app, ["device", "record", "home-1-sos", *ABOUT, "--out", str(out), "--database", url])
    assert result.exit_code == 0, result.output
    made = read_fixture(out)
    assert sorted(tuple(sample.reads) for sample in made.messages) == [("online",), ("press", "battery")]
    assert "home-1" not in out.read_text()


def test_a_device_that_nobody_knows_and_one_that_has_said_nothing_are_errors(small_world: World) -> None:
    url = str(small_world.database.url)
    assert RUN.invoke(app, ["device", "record", "nobody", *ABOUT, "--database", url]).exit_code != 0
    result = RUN.invoke(app, ["device", "record", "home-1-pir", *ABOUT, "--database", url])
    assert (result.exit_code, "has said nothing" in result.output) == (1, True)
