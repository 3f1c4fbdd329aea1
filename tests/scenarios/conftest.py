"""One gateway for all scenarios, which run a few at a time while the tests wait for theirs."""

import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.scenarios.trial import Trial, promises, running

_AT_ONCE = 3


@pytest.fixture(scope="session")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    """A running gateway with the trial town."""
    with running(tmp_path_factory.mktemp("trial")) as started:
        yield started


@pytest.fixture(scope="session")
def played(trial: Trial, request: pytest.FixtureRequest) -> Iterator[Callable[[str], subprocess.CompletedProcess[str]]]:
    """Return how a scenario ended; those that this session asks for have all been started by then."""
    wanted = {
        item.callspec.params["scenario"]
        for item in request.session.items
        if hasattr(item, "callspec") and "scenario" in item.callspec.params
    }
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        runs = {name: pool.submit(trial.play, name, "--exit-first") for name in promises() if name in wanted}
        yield lambda name: runs[name].result()
        # A session that ends early does not wait for what nobody will look at.
        pool.shutdown(wait=False, cancel_futures=True)
