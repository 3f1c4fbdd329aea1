"""``python -m bench [NAME ...]``: measure this machine, print tables, write bench/results/.

What takes many minutes runs only when named.
"""

import argparse
import asyncio
import importlib
import logging
import sys
from collections.abc import Callable
from typing import Any

import structlog

from bench import hub, intake, latency, report, restart

Rows = list[dict[str, Any]]


def _intake() -> Rows:
    return [asyncio.run(intake.measure(broker, 10_000)) for broker in ("nats-server", "mosquitto")]


BENCHMARKS: dict[str, Callable[[], Rows]] = {
    "intake": _intake,
    "latency": latency.measure,
    "restart": restart.measure,
    "hub": hub.measure,
}
#: Benchmarks with a command of their own, which print for themselves.
_OTHERS = ("engine", "desk", "follow_up")
#: Too long to run unless named.
_LONG = ("fleet",)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        choices=[*BENCHMARKS, *_OTHERS, *_LONG, []],
        help=f"{', '.join([*BENCHMARKS, *_OTHERS])}: all of these when left out; {', '.join(_LONG)} takes minutes more",
    )
    names = parser.parse_args().names or [*BENCHMARKS, *_OTHERS]
    # The names are not for the commands that are run by them.
    del sys.argv[1:]
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    logging.getLogger().setLevel(logging.ERROR)
    for name in names:
        on = report.machine()
        if name in BENCHMARKS:
            report.show(name, BENCHMARKS[name](), on)
        else:
            importlib.import_module(f"bench.{name}").main()
    print(on)


if __name__ == "__main__":
    main()
