"""Promise: a step means what it says, or its line is named with what is not understood; nothing else happens."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hemvakt_sim import reading
from hemvakt_sim.errors import ScenarioError, StepError
from hemvakt_sim.expect.grammar import parse
from hemvakt_sim.expect.steps import (
    Act,
    Call,
    Change,
    Do,
    ExpectAlarm,
    ExpectBuzz,
    ExpectFirmware,
    ExpectHelp,
    ExpectLamp,
    ExpectPage,
    ExpectQuestion,
    ExpectSettings,
    Find,
    Settings,
    Wait,
    Wanted,
)
from hemvakt_sim.faults import Loss
from hemvakt_sim.happenings import Measure, Press, Update, Wear
from hemvakt_sim.pendant import Lamp

HOME = "home home-1: pendant pendant-1, hub hub-1, rooms hall kitchen, smoke kitchen, area north\n"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("wait 1h30m", Wait(5400)),
        ("wait 250 ms", Wait(0.25)),
        ("call gateway-stop", Call("gateway-stop")),
        ("press pendant-1 # comment", Do(Press(at=0, device="pendant-1", do="press", button="main"))),
        ("put on pendant-1", Do(Wear(at=0, device="pendant-1", do="put_on"))),
        ("loss share 0.5 lasts 5 s", Do(Loss(at=0, do="loss", share=0.5, lasts=5))),
        ("loss home-1 acks true", Do(Loss(at=0, do="loss", home="home-1", share=0.2, acks=True))),
        (
            "measure hub-1 systolic 190 diastolic 110",
            Do(Measure(at=0, device="hub-1", do="measure", values={"systolic": 190, "diastolic": 110})),
        ),
        (
            "expect alarm life_safety on team north within 2 s",
            ExpectAlarm(Wanted(alarm_class="life_safety", team="north"), 2),
        ),
        ("expect no alarm within 30 s", ExpectAlarm(Wanted(), 30, absent=True)),
        (
            "expect technical alarm about battery from pendant-1 in home-1 with 2 occurrences anywhere for 1m",
            ExpectAlarm(
                Wanted(
                    alarm_class="technical",
                    about="battery",
                    source="pendant-1",
                    home="home-1",
                    occurrences=2,
                    anywhere=True,
                ),
                60,
            ),
        ),
        ("expect alarm accepted by anna within 5s", ExpectAlarm(Wanted(standing="accepted", by="anna"), 5)),
        ("expect lamp pendant-1 within 5 s", ExpectLamp("pendant-1", Lamp.LIT, 5)),
        ("expect no lamp pendant-1 blinking within 5 s", ExpectLamp("pendant-1", Lamp.BLINKING, 5, absent=True)),
        ("expect lamp pendant-1 told within 5 s", ExpectLamp("pendant-1", Lamp.LIT, 5)),
        ("expect lamp pendant-1 coming within 5 s", ExpectLamp("pendant-1", Lamp.COMING, 5)),
        ("expect help on hub-1 on_its_way within 5 s", ExpectHelp("hub-1", "on_its_way", 5)),
        ("expect no buzz on pendant-1 within 5 s", ExpectBuzz("pendant-1", 5, absent=True)),
        ("expect settings on hub-1 confirmed within 5 s", ExpectSettings("hub-1", Settings(), True, 5)),
        (
            "expect settings on hub-1 heartbeat 1 min language en within 5 s",
            ExpectSettings("hub-1", Settings(heartbeat_s=60, language="en"), False, 5),
        ),
        ("expect firmware 2.5.0 within 5 s", ExpectFirmware("2.5.0", 5)),
        ("find pendant-1 as tim", Find("pendant-1", 30, "tim")),
        ("find pendant-1 for 5 s as tim", Find("pendant-1", 5, "tim")),
        ("set hub-1 volume 0 as tim", Change("hub-1", Settings(volume=0), "tim")),
        ("update pendant-1 firmware 2.5.0", Do(Update(at=0, device="pendant-1", do="update", firmware="2.5.0"))),
        ("expect question on pendant-1 within 5 s", ExpectQuestion("pendant-1", 5)),
        ("expect page to anna within 10 s", ExpectPage("anna", None, Wanted(), 10)),
        (
            'expect page to "Anna Ek" on console of alarm in home-1 within 10 s',
            ExpectPage("Anna Ek", "console", Wanted(home="home-1"), 10),
        ),
        ("expect no page on team north within 1 s", ExpectPage("", None, Wanted(team="north"), 1, absent=True)),
        ("accept alarm as anna", Act("accept", Wanted(), "anna")),
        ("close alarm in home-1 as anna with test", Act("close", Wanted(home="home-1"), "anna", "test")),
        ("attend technical alarm as bo", Act("attend", Wanted(alarm_class="technical"), "bo")),
        (
            "accept life_safety alarm open from pendant-1 as anna",
            Act("accept", Wanted(alarm_class="life_safety", standing="open", source="pendant-1"), "anna"),
        ),
    ],
)
def test_a_step_means_what_it_says(text: str, meant: object) -> None:
    step = parse(3, text, {"home-1"})
    assert step is not None
    assert (step.line, step.what) == (3, meant)


@pytest.mark.parametrize("text", ["", "   ", "# a comment", "\t"])
def test_a_line_without_words_is_no_step(text: str) -> None:
    assert parse(0, text, ()) is None


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("dance pendant-1", "is no step"),
        ("expect", "expect what"),
        ("expect alarm", "within what time"),
        ("expect alarm within", "missing at the end"),
        ("expect alarm within soon", "length of time"),
        ("expect alarm within 8d", "longer than a week"),
        ("expect alarm within -5 s", "length of time"),
        ("expect alarm within 5 s please", "'please' is not understood"),
        ("expect alarm care care within 5 s", "said twice"),
        ("expect alarm with many occurrences within 5 s", "no whole number"),
        ("expect alarm with 2 within 5 s", "with what"),
        ("expect alarm on team within", "within what time"),
        ("accept alarm", "as whom"),
        ("accept alarm as", "the login is missing"),
        ("find pendant-1", "as whom"),
        ("find", "the device is missing"),
        ("set pendant-1 as tim", "set what"),
        ("set pendant-1 volume 40 volume 50 as tim", "said twice"),
        ("set pendant-1 volume loud as tim", "no whole number"),
        ("set pendant-1 colour red as tim", "set what"),
        ("set pendant-1 heartbeat 60 s", "as whom"),
        ("expect help on pendant-1 within 5 s", "how shall it stand"),
        ("expect settings on pendant-1 within 5 s", "which settings"),
        ("expect buzz on pendant-1", "within what time"),
        ("expect firmware", "the version is missing"),
        ("update pendant-1", "firmware"),
        ("press", "say where"),
        ("press pendant-1 button", "missing at the end"),
        ("press pendant-1 colour red", "'colour' is not understood"),
        ("press pendant-1 button a button b", "'button' is not understood"),
        ("press pendant-1 at 5s", "not understood"),
        ("loss share 2", "less than or equal to 1"),
        ("measure hub-1 systolic high", "number"),
        ("measure hub-1", "values"),
        ('press "pendant-1', "quotation"),
        ("wait " + "9" * 3000, "longer than"),
        ("wait 9e999", "length of time"),
    ],
)
def test_what_is_not_understood_is_said(text: str, word: str) -> None:
    with pytest.raises(StepError) as caught:
        parse(0, text, {"home-1"})
    assert word in str(caught.value)


@given(st.text(max_size=200))
def test_no_text_is_anything_but_a_step_or_an_error(text: str) -> None:
    with contextlib.suppress(StepError):
        parse(0, text, {"home-1"})


_WORDS = [
    "expect",
    "no",
    "alarm",
    "page",
    "lamp",
    "to",
    "on",
    "team",
    "with",
    "in",
    "from",
    "within",
    "5",
    "s",
    "as",
    "close",
    "2",
    "life_safety",
    "by",
    "find",
    "set",
    "help",
    "settings",
    "volume",
    "confirmed",
    "buzz",
    "firmware",
]


@given(st.lists(st.sampled_from(_WORDS)))
def test_known_words_in_any_order_are_a_step_or_an_error(words: list[str]) -> None:
    with contextlib.suppress(StepError):
        parse(0, " ".join(words), {"home-1"})


@pytest.mark.parametrize(
    ("line", "text", "word"),
    [
        (2, "pres pendant-1", "is no step"),
        (2, "press pendant-9", "no pendant-9"),
        (2, "smoke pendant-1", "takes a smoke"),
        (2, "mast_outage area south", "no home of this scenario is in the area south"),
        (2, "expect lamp hub-1 within 1 s", "there is no pendant hub-1"),
        (2, "expect buzz on home-1/kitchen/smoke within 1 s", "there is no pendant or hub home-1/kitchen/smoke"),
        (2, "expect settings on pendant-9 confirmed within 1 s", "there is no pendant or hub pendant-9"),
        (2, "home home-2", "write a home as"),
        (2, "home home-2: pendant", "not understood"),
        (2, "home home-2: pendant a, pendant b", "said twice"),
        (2, "home home-2: teapot x", "not understood"),
        (2, "home home-2: pendant a/b", "match pattern"),
        (2, "heartbeat soon", "length of time"),
    ],
)
def test_an_error_in_plain_words_names_its_line(line: int, text: str, word: str, tmp_path: Path) -> None:
    path = tmp_path / "s.steps"
    path.write_text(f"{HOME}{text}\n")
    with pytest.raises(ScenarioError) as caught:
        reading.load(path)
    assert f"{path}:{line}: " in str(caught.value)
    assert word in str(caught.value)


@pytest.mark.parametrize(
    "form", ["steps:\n  - wait 1 s\n  - pres pendant-1\n", "steps: |\n  wait 1 s\n  pres pendant-1\n"]
)
def test_an_error_in_yaml_names_its_line(form: str) -> None:
    text = f"name: x\nhomes:\n  - {{id: home-1, devices: {{pendant: pendant-1}}}}\n{form}"
    with pytest.raises(ScenarioError) as caught:
        reading.parse(text, "s.yaml")
    assert "s.yaml:6: steps.1: 'pres' is no step" in str(caught.value)


def test_all_errors_are_named_at_once(tmp_path: Path) -> None:
    path = tmp_path / "s.steps"
    path.write_text(f"{HOME}pres\nwait 1 s\nfall nobody\n")
    with pytest.raises(ScenarioError) as caught:
        reading.load(path)
    assert [f"{path}:{line}: " in str(caught.value) for line in (2, 3, 4)] == [True, False, True]


def test_too_many_steps_are_refused() -> None:
    text = "name: x\nhomes:\n  - {id: home-1, devices: {pendant: pendant-1}}\nsteps: |\n" + "  wait 1 s\n" * 10_001
    with pytest.raises(ScenarioError):
        reading.parse(text, "s.yaml")
