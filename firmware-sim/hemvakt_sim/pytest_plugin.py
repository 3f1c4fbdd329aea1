"""Scenarios as tests: ``pytest scenarios/*.steps --hemvakt-broker mqtt://... --hemvakt-url http://...``.

A scenario file that is named on the command line is one test; it fails with every expectation that was not met. A test
of your own takes the fixture ``hemvakt_scenario`` and calls it with a file or the name of a scenario.
"""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from hemvakt_sim.world import Summary

_SUFFIXES = {".yaml", ".steps"}


class UnmetError(Exception):
    """A scenario did not go as it says; the text tells what was seen instead."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the same options as ``hemvakt-sim run``."""
    group = parser.getgroup("hemvakt", "scenarios of hemvakt-sim")
    group.addoption("--hemvakt-broker", default="mqtt://127.0.0.1:1883", help="mqtt://host:port, or mqtts:// for TLS")
    group.addoption("--hemvakt-user", help="name to give to the broker")
    group.addoption("--hemvakt-password-file", type=Path, help="file that holds the broker's password")
    group.addoption("--hemvakt-ca-file", type=Path, help="authority that signed the broker's certificate")
    group.addoption("--hemvakt-url", help="the gateway's address, for expectations")
    group.addoption("--hemvakt-token-file", type=Path, help="file with an API token that may read alarms")
    group.addoption("--hemvakt-as", action="append", default=[], help="LOGIN=FILE: API token of a person")
    group.addoption("--hemvakt-call", action="append", default=[], help="NAME=COMMAND: what `call NAME` runs")
    group.addoption("--hemvakt-seed", type=int, default=1, help="same seed, same daily life and faults")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> "ScenarioFile | None":
    """Take scenario files that were named themselves; a folder may hold other YAML."""
    named = {Path(str(one).partition("::")[0]).resolve() for one in parent.config.args}
    if file_path.suffix in _SUFFIXES and file_path.resolve() in named:
        return ScenarioFile.from_parent(parent, path=file_path)
    return None


class ScenarioFile(pytest.File):
    """A file with one scenario."""

    def collect(self) -> Iterator["ScenarioItem"]:
        yield ScenarioItem.from_parent(self, name=self.path.stem)


class ScenarioItem(pytest.Item):
    """One scenario as a test."""

    def runtest(self) -> None:
        """Live through it. Raises UnmetError, SimulatorError."""
        summary = _play(self.config, str(self.path))
        if not summary.ok:
            raise UnmetError("\n".join([*(str(one) for one in summary.verdicts if not one.met), str(summary)]))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Say what was not met, without a traceback of the simulator's own."""
        from hemvakt_sim.errors import SimulatorError  # noqa: PLC0415 - a session without scenarios loads no simulator

        if isinstance(excinfo.value, UnmetError | SimulatorError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, 0, f"scenario {self.name}"


@pytest.fixture
def hemvakt_scenario(request: pytest.FixtureRequest) -> "Callable[[str], Summary]":
    """Run a scenario, by file or by name, with the options of this session; return its summary.

    For tests that are not coroutines: it runs an event loop of its own.
    """
    return lambda name: _play(request.config, name)


def _play(config: pytest.Config, name: str) -> "Summary":
    # A session without scenarios loads no simulator.
    from hemvakt_sim import reading  # noqa: PLC0415
    from hemvakt_sim.broker import Broker, password_in  # noqa: PLC0415
    from hemvakt_sim.expect.access import access, pairs  # noqa: PLC0415
    from hemvakt_sim.world import Run, World, local_now  # noqa: PLC0415

    said = config.option
    people = {login: Path(file) for login, file in pairs(said.hemvakt_as, "--hemvakt-as").items()}
    password = None if said.hemvakt_password_file is None else password_in(said.hemvakt_password_file)
    broker = Broker.at(said.hemvakt_broker, user=said.hemvakt_user, password=password, ca_file=said.hemvakt_ca_file)
    run = Run(
        local_now=local_now(),
        seed=said.hemvakt_seed,
        access=access(said.hemvakt_url, said.hemvakt_token_file, people),
        calls=pairs(said.hemvakt_call, "--hemvakt-call"),
    )
    scenario = reading.load(reading.find(name))

    async def play() -> "Summary":
        world = World(scenario, broker, run, lambda device, text: print(f"{device:<24} {text}"))  # noqa: T201 - captured
        return await world.run(asyncio.Event())

    return asyncio.run(play())
