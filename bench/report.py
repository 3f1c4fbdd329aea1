"""The machine, a table, and a JSON file for each benchmark."""

import json
import os
import platform
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).parent / "results"


def machine() -> dict[str, Any]:
    """Return processor, cores, load and versions: figures mean nothing without them."""
    model = "unknown"
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [
            line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")
        ]
        model = names[0] if names else model
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "load_1min_before": round(os.getloadavg()[0], 2),
        "fsync_per_s": _flushes(),
        "python": platform.python_version(),
        "system": platform.platform(terse=True),
    }


def _flushes() -> int:
    """Return how often a second a small write can be flushed to disk here: no durable system can be faster."""
    with tempfile.TemporaryFile() as file:
        begun, count = time.perf_counter(), 0
        while time.perf_counter() - begun < 1:
            os.write(file.fileno(), b"x" * 512)
            os.fsync(file.fileno())
            count += 1
    return count


def show(name: str, rows: Sequence[dict[str, Any]], on: dict[str, Any]) -> None:
    """Print ``rows`` as a table and write them, with the machine, to bench/results/NAME.json."""
    table = Table(*[str(column) for column in rows[0]], title=name)
    for row in rows:
        table.add_row(*[str(value) for value in row.values()])
    Console().print(table)
    RESULTS.mkdir(exist_ok=True)
    told = {"benchmark": name, "at": datetime.now(UTC).isoformat(timespec="seconds"), "machine": on, "rows": list(rows)}
    (RESULTS / f"{name}.json").write_text(json.dumps(told, indent=2) + "\n")


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which ``share`` (0 to 1) of ``values`` lies: the nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
