"""What holds for all tests: where everything is installed, a skipped test is a failed one."""

import os
from collections.abc import Generator

import pytest

#: What no installation can give: data that may not be part of a repository, and a server of its own. A test that skips
#: for the lack of one names the variable in its reason.
_MAY_LACK = ("HEMVAKT_DATA", "HEMVAKT_TEST_TIMESCALE_DSN")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of the browser together, so that its event loop has ended before a test with its own begins."""
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With CI=true, turn a skip into a failure, so that a missing installation cannot pass for a green run."""
    report = yield
    if os.environ.get("CI") == "true" and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[-1] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if not any(name in reason for name in _MAY_LACK):
            report.outcome = "failed"
            report.longrepr = f"Skipped, which CI does not allow. {reason}"
    return report
