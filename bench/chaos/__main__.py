"""``python -m bench.chaos``: what is lost when everything goes wrong. It must be nothing.

Starts PostgreSQL, a broker, the gateway, two desks, the API, providers, pendants and people on this machine; kills,
cuts, slows and misleads them as the seed has it; waits until all is settled; and accounts for every press. The exit
code is 0 only if nothing was lost. Logs stay in a folder when something was.
"""

import argparse
import asyncio
import json
import logging
import secrets
import shutil
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import structlog
from rich.console import Console
from rich.table import Table

from bench.chaos.run import Ask, NotSettledError, Run
from bench.chaos.verdict import Result


def main() -> None:
    asked = _arguments().parse_args()
    seed = asked.seed if asked.seed is not None else secrets.randbelow(10**6)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.getLogger().setLevel(logging.ERROR)
    ask = Ask(
        seconds=asked.minutes * 60,
        seed=seed,
        broker=asked.broker,
        whole=asked.whole,
        per_second=asked.rate,
        gap_s=asked.gap,
    )
    folder = Path(tempfile.mkdtemp(prefix="hemvakt-chaos-"))
    # PostgreSQL may run under another user, who must be able to reach its data.
    folder.chmod(0o755)
    begun = time.monotonic()

    def progress(line: str) -> None:
        if not asked.quiet:
            print(f"{time.monotonic() - begun:7.1f}  {line}", file=sys.stderr, flush=True)

    progress(f"seed {seed}, {asked.minutes:g} min, {asked.broker}, logs in {folder}")
    try:
        result = asyncio.run(Run(ask, folder, progress).run())
    except NotSettledError as error:
        print(f"NOT SETTLED: {error}. Seed {seed}, logs in {folder}", file=sys.stderr)
        sys.exit(2)
    _show(result, ask)
    if asked.json is not None:
        asked.json.write_text(json.dumps(_told(result, ask), indent=2) + "\n")
    if result.lost:
        print(f"LOST: {result.lost}. Seed {seed}, logs in {folder}", file=sys.stderr)
        sys.exit(1)
    if asked.keep:
        progress(f"logs in {folder}")
    else:
        shutil.rmtree(folder)


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=15, help="how long things go wrong")
    parser.add_argument("--seed", type=int, help="what goes wrong when; random when left out")
    parser.add_argument("--broker", choices=["nats", "mosquitto"], default="nats")
    parser.add_argument("--whole", action="store_true", help="`hemvakt up` on SQLite instead of one process per role")
    parser.add_argument("--rate", type=float, default=2, help="presses a second")
    parser.add_argument("--gap", type=float, default=6, help="seconds between two faults, on average")
    parser.add_argument("--json", type=Path, help="write the result to this file too")
    parser.add_argument("--keep", action="store_true", help="keep the logs although nothing was lost")
    parser.add_argument("--quiet", action="store_true", help="print the table only")
    return parser


def _told(result: Result, ask: Ask) -> dict[str, Any]:
    return {"run": asdict(ask), "figures": result.figures, "wrong": result.wrong, "lost": result.lost}


def _show(result: Result, ask: Ask) -> None:
    table = Table("what", "count", title=f"chaos: {ask.seconds / 60:g} min, seed {ask.seed}, {ask.broker}")
    for name, count in result.figures.items():
        table.add_row(name, str(count))
    table.add_section()
    for name, found in result.wrong.items():
        table.add_row(name, str(len(found)) if not found else f"{len(found)}: {', '.join(found[:5])}")
    table.add_row("[bold]LOST", f"[bold]{result.lost}")
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
