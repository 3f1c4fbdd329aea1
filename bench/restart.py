"""How long a gateway with many residents takes from its start to work: recovery, and recovery without a snapshot."""

import json
import tempfile
import time
from pathlib import Path
from typing import Any

from alarms.settings import DeskSettings
from bench import town
from devices.family import families
from gateway.arrivals import Arrivals
from gateway.packet import Packet
from gateway.reading import Reader
from gateway.settings import IntakeSettings
from gateway.worker import Duty, Worker
from rules.registry import all_rules
from store.clock import SystemClock
from store.database import Database
from store.schema import migrate

RESIDENTS = 10_000


class _Nowhere:
    def settle(self, packets: list[Packet], answers: Any) -> None:
        """Acknowledge to nobody."""


def measure(residents: int = RESIDENTS) -> list[dict[str, Any]]:
    """Return seconds to take up work, by what there is to recover from."""
    rows = []
    with tempfile.TemporaryDirectory() as folder, Database(f"sqlite:///{Path(folder) / 'hemvakt.db'}") as database:
        migrate(database)
        database.write_now(lambda c: town.build(c, residents, SystemClock().now()))
        seconds, worker, arrivals = _life(database)
        rows.append(_row("first start", residents, 0, seconds))
        for number in range(2 * residents):
            arrivals.put(_measurement(number % residents, 1 + number // residents))
        while len(arrivals):
            worker._turn()  # noqa: SLF001 - the thread of the worker is this one
        seconds, worker, arrivals = _life(database)
        rows.append(_row("journal without snapshot", residents, 2 * residents, seconds))
        worker._snapshot(arrivals.now())  # noqa: SLF001
        arrivals.put(Packet(topic="hemvakt/v1/pendant-0/up/press", payload=b'{"boot":"b","seq":1}'))
        worker._turn()  # noqa: SLF001
        seconds, worker, arrivals = _life(database)
        rows.append(_row("snapshot", residents, 2, seconds))
        begun = time.perf_counter()
        arrivals.put(Packet(topic="hemvakt/v1/pendant-1/up/press", payload=b'{"boot":"b","seq":1}'))
        worker._turn()  # noqa: SLF001
        rows.append(_row("then a press is an alarm", residents, 0, time.perf_counter() - begun))
    return rows


def _measurement(hub: int, seq: int) -> Packet:
    body = {"boot": "b", "seq": seq, "values": [{"kind": "pulse", "value": 60 + seq % 30, "unit": "/min"}]}
    return Packet(topic=f"hemvakt/v1/hub-{hub}/up/measurement", payload=json.dumps(body).encode())


def _life(database: Database) -> tuple[float, Worker, Arrivals]:
    """Begin a new life on the database; return the seconds until it works."""
    clock = SystemClock()
    arrivals = Arrivals(clock, capacity=10**9, capacity_bytes=10**12)
    reader = Reader(families(), largest=256 * 1024)
    settings = IntakeSettings(snapshot_observations=10**9)
    duty = Duty(rules=all_rules(), reader=reader, settings=settings, desk=DeskSettings(), zone="UTC", holder="bench")
    begun = time.perf_counter()
    worker = Worker(database, clock, arrivals, _Nowhere(), duty)
    worker._acquire()  # noqa: SLF001
    worker._take_up()  # noqa: SLF001
    return time.perf_counter() - begun, worker, arrivals


def _row(what: str, residents: int, replayed: int, seconds: float) -> dict[str, Any]:
    return {"what": what, "residents": residents, "observations replayed": replayed, "seconds": round(seconds, 2)}
