"""Promise: the exit code of the command is 0 when all was heard, 1 when an ack is missing, 2 for wrong input."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from hemvakt_sim.broker import Broker
from hemvakt_sim.errors import BrokerAddressError
from hemvakt_sim.testing import StandInGateway

SCENARIO = """\
name: Short
homes:
  - id: cli-home
    devices: {pendant: cli-pendant, hub: cli-hub, rooms: [hall, kitchen], doors: [front-door], smoke: kitchen}
life: {start: "10:00", speed: 600}
events:
  - {at: 100ms, home: cli-home, do: press}
  - {at: 200ms, home: cli-home, do: measure, values: {systolic: 190, diastolic: 110}}
  - {at: 200ms, home: cli-home, do: smoke}
  - {at: 300ms, home: cli-home, do: fall}
  - {at: 300ms, device: cli-pendant, do: garbage}
  - {at: 400ms, do: broker_loss, lasts: 300ms}
  - {at: 500ms, device: cli-hub, do: silence}
seconds: 20
"""


async def command(*words: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).parent / "hemvakt-sim"),
        *words,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "COLUMNS": "200", "NO_COLOR": "1"},
    )
    async with asyncio.timeout(90):
        said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


@pytest.mark.broker
async def test_a_scenario_that_was_heard_ends_with_0_and_its_figures(broker: Broker, tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(SCENARIO)
    async with StandInGateway(broker, client_id="cli-0") as gateway:
        code, said = await command("run", str(tmp_path / "s.yaml"), "--broker", str(broker), "--speed", "4")
    assert code == 0, said
    assert "lamp lit: help is told" in said
    assert "0 without acknowledgement" in said.splitlines()[-1]
    assert {b'"smoke":true' in payload for payload in gateway.on("zigbee2mqtt/cli-home/kitchen/smoke")} == {True, False}
    assert len(gateway.on("hemvakt/v1/cli-pendant/up/acceleration")) == 1
    assert b'{"boot":' in gateway.on("hemvakt/v1/cli-pendant/up/press")
    assert gateway.on("zigbee2mqtt/cli-home/hall/pir")


@pytest.mark.broker
async def test_a_scenario_that_nobody_answers_ends_with_1(broker: Broker, tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(SCENARIO)
    words = ("--seconds", "1", "--patience", "1", "--quiet")
    code, said = await command("run", str(tmp_path / "s.yaml"), *words, "--broker", str(broker))
    assert code == 1
    assert ", 0 acknowledged" in said
    assert ", 0 without acknowledgement" not in said
    assert len(said.splitlines()) == 1


@pytest.mark.broker
async def test_a_press_that_nobody_answers_ends_with_1(broker: Broker) -> None:
    code, said = await command("press", "cli-nobody", "--broker", str(broker), "--seconds", "3")
    assert code == 1
    assert "lamp stayed dark" in said


@pytest.mark.broker
async def test_a_press_that_is_answered_ends_with_0(broker: Broker) -> None:
    async with StandInGateway(broker, client_id="cli-press"):
        code, said = await command("press", "cli-somebody", "--broker", str(broker))
    assert code == 0, said
    assert "lamp lit" in said


@pytest.mark.broker
async def test_a_recording_is_replayed_through_the_wire(broker: Broker, tmp_path: Path) -> None:
    (tmp_path / "data-01").write_text(
        "04-21-1991\t9:09\t58\t100\n04-21-1991\t9:09\t58\t1x\n04-22-1991\t9:09\t58\t216\n"
    )
    async with StandInGateway(broker, client_id="cli-replay") as gateway:
        words = ("--format", "uci", "--device", "cli-uci", "--as-fast-as-possible", "--recorded-time", "UTC")
        code, said = await command("replay", str(tmp_path / "data-01"), *words, "--broker", str(broker))
    assert code == 0, said
    assert "data-01:2" in said
    assert said.splitlines()[-1].startswith("2 records sent, 1 bad")
    heard = gateway.on("hemvakt/v1/cli-uci/up/measurement")
    assert [b'"time":"1991-04-21T09:09:00.000+00:00"' in payload for payload in heard] == [True, False]


async def test_wrong_input_and_no_broker_end_with_2_and_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(SCENARIO.replace("do: press", "do: pres"))
    code, said = await command("check", str(tmp_path / "s.yaml"))
    assert code == 2
    assert "s.yaml:7: events.0" in said
    code, said = await command("press", "nobody", "--broker", "mqtt://127.0.0.1:1", "--seconds", "1")
    assert code == 2
    assert "127.0.0.1:1" in said
    assert "Traceback" not in said


async def test_help_teaches_the_first_steps() -> None:
    code, said = await command("--help")
    assert code == 0
    for word in ("run", "press", "check", "replay", "Exit codes"):
        assert word in said


@pytest.mark.parametrize(
    "url", ["127.0.0.1:1883", "http://host", "mqtt://", "mqtt://user:secret@host", "mqtt://host:99999", "mqtt://host/x"]
)
def test_an_address_that_cannot_be_used_is_refused_and_never_quoted(url: str) -> None:
    with pytest.raises(BrokerAddressError) as caught:
        Broker.at(url)
    assert "secret" not in str(caught.value)


def test_a_password_is_not_shown() -> None:
    assert "hidden-word" not in repr(Broker.at("mqtt://host", user="a", password="hidden-word"))
