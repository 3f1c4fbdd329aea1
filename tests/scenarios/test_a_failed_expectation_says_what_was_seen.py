"""Promise: an expectation that is not met says what was seen instead; the exit code is 1, for wrong use it is 2."""

import os
import subprocess
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.scenarios.trial import ROOT, SCENARIOS, Trial, program

pytestmark = [pytest.mark.broker, pytest.mark.timeout(600), pytest.mark.xdist_group("scenarios")]

WRONG = """\
scenario Wrong hopes
home home-14: pendant pendant-14
press pendant-14
expect alarm life_safety on team south within 3 s
expect page to david within 1 s
expect no lamp pendant-14 within 10 s
expect alarm care within 1 s
expect question on pendant-14 within 1 s
close alarm as anna with test
accept alarm as anna
close alarm as anna with test
accept alarm as anna
"""


def test_each_says_what_there_was_instead(trial: Trial, tmp_path: Path) -> None:
    (tmp_path / "wrong.steps").write_text(WRONG)
    ended = trial.play(str(tmp_path / "wrong.steps"), "--junit", str(tmp_path / "report.xml"))
    assert ended.returncode == 1, ended.stderr
    lines = [line for line in ended.stdout.splitlines() if "NOT MET" in line]
    assert "life_safety press/pressed from pendant-14 in home-14 on team north, open" in lines[0]
    assert "pages to anna on console" in lines[1]
    assert "the lamp of pendant-14 is lit" in lines[2]
    assert "life_safety press" in lines[3]
    assert "no question" in lines[4]
    assert "409" in lines[5]
    assert "no alarm to accept" in lines[6]
    assert len(lines) == 7
    assert ended.stdout.splitlines()[-1].endswith("2 expectations met, 7 not")
    cases = list(ET.parse(tmp_path / "report.xml").getroot().iter("testcase"))
    failures = [case for case in cases if case.find("failure") is not None]
    assert (len(cases), len(failures)) == (10, 7)
    assert cases[0].attrib["name"] == "4: expect alarm life_safety on team south within 3 s"
    assert "on team north" in failures[0][0].attrib["message"]


DEAF = """\
home home-14: pendant pendant-14, hub nowhere-hub
expect buzz on pendant-14 within 1 s
expect help on pendant-14 accepted within 1 s
expect settings on pendant-14 volume 12 within 1 s
expect settings on pendant-14 confirmed within 2 s
expect firmware 0.0.0-none within 2 s
expect lamp pendant-14 coming within 1 s
find nobody/../pendant-14 as tim
find pendant-14 for 5 s as anna
set pendant-14 volume 101 as tim
set pendant-14 language xx as tim
"""


def test_what_devices_were_not_told_is_said_too(trial: Trial, tmp_path: Path) -> None:
    (tmp_path / "deaf.steps").write_text(DEAF)
    ended = trial.play(str(tmp_path / "deaf.steps"))
    assert ended.returncode == 1, ended.stdout + ended.stderr
    lines = [line for line in ended.stdout.splitlines() if "NOT MET" in line]
    seen = (
        "no buzz",
        "no word about help",
        "pendant-14 has heartbeat not set, volume 100, language sv",
        "not confirmed at the gateway",
        "2.4.1",
        "the lamp of pendant-14 is dark",
        "404",
        "403",
        "422",
        "422",
    )
    assert len(lines) == len(seen)
    for line, words in zip(lines, seen, strict=True):
        assert words in line.partition("seen instead: ")[2]


def test_the_first_that_is_not_met_can_be_the_last(trial: Trial, tmp_path: Path) -> None:
    (tmp_path / "first.steps").write_text(
        "seconds 500 s\nhome home-14: pendant pendant-14\nexpect no alarm within 1 s\n"
        "expect alarm care within 1 s\nwait 400 s\nexpect alarm within 60 s\n"
    )
    ended = trial.play(str(tmp_path / "first.steps"), "--exit-first", "--picture", str(tmp_path / "view.svg"))
    assert ended.returncode == 1
    assert "1 expectations met, 2 not" in ended.stdout.splitlines()[-1]
    assert "home-14" in (tmp_path / "view.svg").read_text()


def test_quiet_still_tells_what_failed(trial: Trial, tmp_path: Path) -> None:
    (tmp_path / "q.steps").write_text("home nobody: pendant pendant-quiet\nexpect alarm within 1 s\n")
    ended = trial.play(str(tmp_path / "q.steps"), "--quiet")
    assert ended.returncode == 1
    assert "NOT MET" in ended.stderr
    assert len(ended.stdout.splitlines()) == 1


def test_a_scenario_that_is_stopped_early_has_shown_nothing(trial: Trial, tmp_path: Path) -> None:
    (tmp_path / "s.steps").write_text(
        "seconds 1 s\nhome nobody: pendant pendant-s\nwait 60 s\nexpect no alarm for 1 s\n"
    )
    ended = trial.play(str(tmp_path / "s.steps"))
    assert ended.returncode == 1
    assert "0 expectations met, 1 not" in ended.stdout


@pytest.mark.parametrize(
    ("text", "options", "sentence"),
    [
        ("expect alarm within 1 s", [], "--hemvakt-url"),
        ("expect alarm within 1 s", ["--hemvakt-url", "http://127.0.0.1:1"], "--token-file"),
        ("accept alarm as zoe", ["--hemvakt-url", "http://127.0.0.1:1", "--token-file", "{token}"], "--as zoe=FILE"),
        ("call stop", [], "--call stop=COMMAND"),
        ("expect alarm within 1 s", ["--hemvakt-url", "ftp://x", "--token-file", "{token}"], "http://host"),
        ("wait 1 s", ["--as", "anna"], "NAME=VALUE"),
        ("wait 1 s", ["--hemvakt-url", "http://x", "--token-file", "{missing}"], "No such file"),
    ],
)
def test_wrong_use_ends_with_2_before_anything_happens(
    text: str, options: list[str], sentence: str, tmp_path: Path
) -> None:
    (tmp_path / "w.steps").write_text(f"home h: pendant p\n{text}\n")
    (tmp_path / "token").write_text("hidden-word\n")
    given = [one.format(token=tmp_path / "token", missing=tmp_path / "none") for one in options]
    ended = _sim("run", str(tmp_path / "w.steps"), "--broker", "mqtt://127.0.0.1:1", *given)
    assert ended.returncode == 2, ended.stdout + ended.stderr
    assert sentence in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "hidden-word" not in ended.stderr


def test_a_token_that_is_refused_ends_with_2(trial: Trial, tmp_path: Path) -> None:
    (tmp_path / "w.steps").write_text("home h: pendant p\nexpect no alarm within 1 s\n")
    (tmp_path / "token").write_text("hidden-word\n")
    options = trial.options()
    options[options.index("--token-file") + 1] = str(tmp_path / "token")
    ended = _sim("run", str(tmp_path / "w.steps"), *options)
    assert ended.returncode == 2
    assert "refuses the token: 401" in ended.stderr
    assert "hidden-word" not in ended.stderr


def test_a_scenario_is_a_test_of_pytest(trial: Trial, tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "wrong.steps").write_text(
        "home n: pendant pendant-pytest\npress pendant-pytest\nexpect alarm care within 1 s\n"
    )
    (tmp_path / "test_own.py").write_text(
        "def test_own(hemvakt_scenario):\n    assert hemvakt_scenario('unknown-device').ok\n"
    )
    options = [
        f"--hemvakt-{word.removeprefix('--').removeprefix('hemvakt-')}" if word.startswith("--") else word
        for word in trial.options()
    ]
    words = [str(SCENARIOS / "smoke.steps"), "wrong.steps", "test_own.py", "-p", "no:cacheprovider"]
    ended = subprocess.run(
        [program("python"), "-m", "pytest", "-q", *words, *options],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": ""},
    )
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "2 passed, 1 failed" in ended.stdout or "1 failed, 2 passed" in ended.stdout
    assert "NOT MET" in ended.stdout
    assert "Traceback" not in ended.stdout


def _sim(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [program("hemvakt-sim"), *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=os.environ | {"COLUMNS": "200"},
    )
