"""Promise: whoever writes a scenario is told in which line which field is wrong, and why."""

import re
from pathlib import Path

import pytest

from hemvakt_sim import reading
from hemvakt_sim.errors import ScenarioError

GOOD = """\
name: One home
homes:
  - id: home-1
    devices:
      pendant: pendant-1
      rooms: [hall, kitchen]
      doors: [front-door]
      sos: bathroom
events:
  - {at: 5s, device: pendant-1, do: press}
  - at: 1h30m
    home: home-1
    do: sos_twice
    gap: 250ms
"""


def errors(text: str) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        reading.parse(text, "s.yaml")
    return [line for line in str(caught.value).splitlines() if line.startswith(("s.yaml", "The")) and "s.yaml" in line]


def test_a_good_scenario_is_read_with_its_lengths_of_time() -> None:
    scenario = reading.parse(GOOD, "s.yaml")
    assert [event.at for event in scenario.events] == [5, 5400]
    assert [device.name for device in scenario.homes[0].named()] == [
        "pendant-1",
        "home-1/hall/pir",
        "home-1/kitchen/pir",
        "home-1/front-door",
        "home-1/bathroom/sos",
    ]


@pytest.mark.parametrize(
    ("old", "new", "line", "field", "word"),
    [
        ("5s", "soon", 10, "events.0.at", "length of time"),
        ("5s", "-5", 10, "events.0.at", "between 0"),
        ("do: press}", "do: pres}", 10, "events.0", "pres"),
        ("gap: 250ms", "gap: 9e999", 14, "events.1.gap", "length of time"),
        ("gap: 250ms", "gab: 250ms", 14, "events.1.gab", "not permitted"),
        ("pendant: pendant-1", "pendant: pendant/1", 5, "homes.0.devices.pendant", "pattern"),
        ("device: pendant-1", "device: pendant-2", 10, "events.0", "no pendant-2"),
        ("device: pendant-1", "device: home-1/hall/pir", 10, "events.0", "pendant or sos"),
        ("device: pendant-1, ", "", 10, "events.0", "say where"),
        ("device: pendant-1", "device: pendant-1, home: home-1", 10, "events.0", "not both"),
        ("rooms: [hall, kitchen]", "rooms: [hall, hall]", 1, "scenario", "twice: home-1/hall/pir"),
        ("name: One home", "nam: One home", 1, "nam", "not permitted"),
        ("    home: home-1", "    home: home-1\n    home: home-1", 12, "events.1.home", "again in line 13"),
        ("id: home-1", "id: [", 5, "", ""),
        ("hall, kitchen", "'a+b', kitchen", 6, "homes.0.devices.rooms.0", "pattern"),
    ],
)
def test_an_error_names_its_line_and_field(old: str, new: str, line: int, field: str, word: str) -> None:
    said = errors(GOOD.replace(old, new, 1))
    assert any(f"s.yaml:{line}: {field}" in one and word in one for one in said), said


def test_all_errors_are_told_at_once() -> None:
    assert len(errors(GOOD.replace("5s", "soon").replace("250ms", "never").replace("kitchen", "k#"))) == 3


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "42",
        "\x00",
        "&a [*a]",
        "name: !!python/object:os.system x",
        "a: b: c",
        "- " * 5000,
        "name: x\nhomes: []",
    ],
)
def test_what_is_no_scenario_is_refused_in_words(text: str) -> None:
    with pytest.raises(ScenarioError, match=r"s\.yaml:\d+"):
        reading.parse(text, "s.yaml")


def test_times_of_day_may_stand_without_quotes() -> None:
    # YAML 1.1 reads 22:30 as the number 1350.
    scenario = reading.parse(GOOD.replace("name:", "life: {start: 22:30}\nname:"), "s.yaml")
    assert scenario.life.start is not None
    assert (scenario.life.start.hour, scenario.life.start.minute) == (22, 30)


def test_a_space_in_a_name_is_allowed_and_warned_of() -> None:
    scenario = reading.parse(GOOD.replace("front-door", "front door"), "s.yaml")
    assert any("nats-server" in warning for warning in scenario.warnings())


def test_every_scenario_that_comes_with_the_simulator_is_valid() -> None:
    folder = Path(__file__).parent.parent / "scenarios"
    files = sorted(path for path in folder.iterdir() if path.suffix in {".yaml", ".steps"})
    assert len(files) >= 18
    for file in files:
        assert reading.load(file).warnings() == [], file.name
        assert reading.find(file.stem) == file


def test_the_readme_of_the_scenarios_lists_the_devices_of_the_demo() -> None:
    folder = Path(__file__).parent.parent / "scenarios"
    text = (folder / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([^`\n]+)`", text))
    scenario = reading.load(folder / "demo-night.yaml")
    assert {device.name for home in scenario.homes for device in home.named()} <= named
