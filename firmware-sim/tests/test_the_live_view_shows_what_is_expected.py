"""Promise: whoever watches sees each home and lamp, the alarms that wait, and which expectations are met."""

import asyncio
import re
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec
import pytest
from rich.console import Console

from hemvakt_sim import reading
from hemvakt_sim.broker import Broker
from hemvakt_sim.errors import ScenarioError
from hemvakt_sim.expect.access import Access
from hemvakt_sim.expect.script import Verdict
from hemvakt_sim.expect.seen import Alarm
from hemvakt_sim.painter import Painter
from hemvakt_sim.tasks import end
from hemvakt_sim.view import LiveView
from hemvakt_sim.world import Run, World

TEXT = "scenario Seen\nhome home-1: pendant pendant-1\npress pendant-1\nexpect alarm within 5 s\n"
NOW = datetime(2026, 3, 1, 10, 0)  # noqa: DTZ001 - local time of day
ALARM = Alarm(
    id=7,
    version=1,
    alarm_class="life_safety",
    rule="press",
    code="pressed",
    handling="open",
    condition="active",
    occurrences=2,
    team_id="north",
    device_id="pendant-1",
    home_id="home-1",
)


def picture(world: World) -> str:
    console = Console(width=160)
    with console.capture() as shown:
        console.print(LiveView(console, lambda: NOW).picture(world))
    return shown.get()


async def test_it_shows_homes_alarms_and_expectations() -> None:
    access = Access("http://127.0.0.1:1", "token")
    scenario = reading.plain_text(TEXT, "s.steps")
    world = World(scenario, Broker("127.0.0.1", 1), Run(local_now=NOW, access=access), lambda *_: None)
    assert world.desk is not None
    assert "alarms: not connected yet" in picture(world)
    world.desk.trouble = ""
    world.desk.alarms = {7: ALARM, 8: msgspec.structs.replace(ALARM, id=8, home_id="other", device_id="other")}
    world.script.verdicts += [
        Verdict(line=1, text="expect alarm within 5 s", met=True, took_s=0.2),
        Verdict(line=2, text="expect lamp pendant-1 within 5 s", met=False, took_s=5.0, seen="it is dark"),
    ]
    world.script.current = world.script.steps[0]
    shown = picture(world)
    for words in (
        "home-1",
        "○ off",
        "#7 life_safety press/pressed from pendant-1 in home-1 on team north, open, 2 occurrences",
        "✓ met after 0.2 s: expect alarm within 5 s",
        "✗ NOT MET after 5.0 s: expect lamp pendant-1 within 5 s; seen instead: it is dark",
        "… press pendant-1",
    ):
        assert words in shown
    assert "#8" not in shown
    await world.desk._client.aclose()


async def test_its_picture_is_a_file_that_fetches_nothing_from_elsewhere(tmp_path: Path) -> None:
    world = World(reading.plain_text(TEXT, "s.steps"), Broker("127.0.0.1", 1), Run(local_now=NOW), lambda *_: None)
    world.script.current = world.script.steps[0]
    path = tmp_path / "view.svg"
    painter = Painter("Seen <&> said", path)
    painter.view.tell("pendant-1", "pressed <&> lamp blinks")
    watching = asyncio.create_task(painter.watch(world))
    await asyncio.sleep(0)
    await end(watching)
    painter.write()
    shown = "".join(ET.parse(path).getroot().itertext()).replace("\xa0", " ")
    for words in ("Seen <&> said", "home-1", "off", "… press pendant-1", "pressed <&> lamp blinks"):
        assert words in shown
    assert [word for word in re.findall(r"\w+://[^\"]+", path.read_text()) if "www.w3.org/2000/svg" not in word] == []


def test_a_picture_that_cannot_be_written_is_an_error_in_words(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError) as caught:
        Painter("Seen", tmp_path / "none" / "view.svg").write()
    assert "No such file" in str(caught.value)
