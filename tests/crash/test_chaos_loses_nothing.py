"""Everything at once, for a short while: parts are killed, networks cut, providers fail, clocks jump, and none is lost.

`make chaos MINUTES=15` is the same for longer. What goes wrong when follows from the seed; when each process notices
does not, so nothing is asserted but what must hold in any case.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.broker, pytest.mark.timeout(900)]


def run(folder: Path, *arguments: str) -> dict[str, Any]:
    """Let things go wrong for a while; return the account of it."""
    told = folder / "result.json"
    command = [sys.executable, "-m", "bench.chaos", "--json", str(told), *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=800, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    result: dict[str, Any] = json.loads(told.read_text())
    return result


def require_nothing_lost(result: dict[str, Any]) -> None:
    figures = result["figures"]
    assert result["lost"] == 0
    assert figures["acked"] == figures["presses"] > 20
    assert figures["alarms"] > 0
    assert figures["delivered"] > 0
    assert figures["looks for forgotten alarms"] > 20


@pytest.mark.postgres
@pytest.mark.xdist_group("postgres")
def test_with_a_process_for_each_role_on_postgresql(tmp_path: Path) -> None:
    result = run(tmp_path, "--minutes", "0.8", "--gap", "3", "--seed", "8")
    require_nothing_lost(result)
    assert sum(count for name, count in result["figures"].items() if name.startswith("kill -9")) > 2


def test_with_one_process_on_sqlite(tmp_path: Path) -> None:
    result = run(tmp_path, "--whole", "--minutes", "0.5", "--gap", "3", "--seed", "4")
    require_nothing_lost(result)
    assert result["figures"]["kill -9 of hemvakt"] > 0
