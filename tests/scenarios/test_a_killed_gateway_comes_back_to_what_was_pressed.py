"""Promise: a press while the gateway is dead lights no lamp, and is an alarm as soon as the gateway lives again."""

import os
import signal
from pathlib import Path

import pytest

from tests.scenarios.trial import ROOT, Trial, program, running

pytestmark = [pytest.mark.broker, pytest.mark.timeout(600), pytest.mark.xdist_group("scenarios")]


def test_the_scenario_kills_and_starts_it_by_commands_of_its_user(tmp_path: Path) -> None:
    with running(tmp_path) as trial:
        try:
            ended = trial.play("gateway-killed", *_commands(trial, tmp_path), seconds=300)
        finally:
            second = tmp_path / "second.pid"
            if second.exists():
                os.kill(int(second.read_text()), signal.SIGTERM)
        assert ended.returncode == 0, ended.stdout + ended.stderr + trial.log()
        assert trial.ended_with() == -signal.SIGKILL


def _commands(trial: Trial, folder: Path) -> list[str]:
    start = f"{program('hemvakt')} {' '.join(trial.words())} >> {folder}/log 2>&1 &"
    (folder / "start").write_text(f"cd {ROOT}\n{start}\necho $! > {folder}/second.pid\n")
    return ["--call", f"gateway-stop=kill -9 {trial.pid}", "--call", f"gateway-start=sh {folder}/start"]
