"""Promise: what the scenarios for technicians expect is what a real gateway does, over the wire and its HTTP API."""

import subprocess
from collections.abc import Callable

import pytest

from tests.scenarios.trial import promises

pytestmark = [pytest.mark.broker, pytest.mark.timeout(600), pytest.mark.xdist_group("scenarios")]


@pytest.mark.parametrize("scenario", promises())
def test_every_expectation_is_met(scenario: str, played: Callable[[str], subprocess.CompletedProcess[str]]) -> None:
    ended = played(scenario)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert " expectations met, 0 not" in ended.stdout
