"""``python -m bench.fleet``: 10,000 homes at 2,000 messages a second through the real gateway, and nothing lost.

One process is all the homes: each has a pendant, a hub, three motion sensors and a door, and lives its own morning
(``hemvakt_sim.diary``), hurried so far that all together say ``--rate`` messages a second. ``hemvakt up`` is a process
of its own, with the built-in broker or Mosquitto, on SQLite or a PostgreSQL.

Lag is from the saying of a numbered message to the gateway's word that it has it durably; a message waits in the homes'
process too where that is late. At the end every numbered message must have that word, and the gateway's inbox must
hold at least as many messages of each kind as were said.
"""

import argparse
import asyncio
import heapq
import itertools
import logging
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import structlog
from sqlalchemy import Connection, func, insert, select

from bench import brokers, report, town
from bench.latency import running
from gateway.ports import free_port
from hemvakt_sim import diary
from hemvakt_sim.broker import Broker
from hemvakt_sim.diary import Said
from hemvakt_sim.fleet import Fleet, FleetHome, roster
from hemvakt_sim.scenario import Devices, Home
from store import tables
from store.clock import SystemClock
from store.database import Database
from store.roster_version import count_up
from store.schema import migrate

_ROOMS = ("hall", "kitchen", "bedroom")
#: When the day begins that the homes live: people get up between six and eight.
_MORNING = datetime(2026, 3, 3, 6, 30)  # noqa: DTZ001 - local time, as daily life has it
#: As devices that live for years on a battery have it.
_HEARTBEAT_S = 900.0
_DRAIN_S = 300.0
_CHUNK = 5_000


class Plan(NamedTuple):
    """What the homes will say: (seconds from the start, place of the home, what), and how much life was hurried."""

    said: list[tuple[float, int, Said]]
    speed: float


def household(home: FleetHome) -> Home:
    """Return a home of a fleet with the devices that it speaks for."""
    devices = Devices(pendant=home.pendant, hub=home.hub, rooms=_ROOMS, doors=("front-door",))
    return Home(id=home.home, devices=devices)


def plan(homes: list[FleetHome], messages: int, seconds: float) -> Plan:
    """Return the first ``messages`` of a morning in all homes, hurried into ``seconds``."""
    lives = (_placed(place, household(home)) for place, home in enumerate(homes))
    first = list(itertools.islice(heapq.merge(*lives, key=lambda one: one[0]), messages))
    speed = max(1e-9, (first[-1][0] - _MORNING) / timedelta(seconds=seconds))
    return Plan([((at - _MORNING).total_seconds() / speed, place, said) for at, place, said in first], speed)


def _placed(place: int, home: Home) -> Iterator[tuple[datetime, int, Said]]:
    return ((said.at, place, said) for said in diary.of_home(home, _MORNING, heartbeat_s=_HEARTBEAT_S))


def settle(connection: Connection, homes: list[FleetHome], now: datetime) -> None:
    """Register every home with its resident and its devices, in a town with one responder on duty."""
    town.build(connection, 0, now)
    whole = [household(home) for home in homes]
    devices = [(home.id, named) for home in whole for named in home.named()]
    rows: list[tuple[Any, list[dict[str, Any]]]] = [
        (tables.home, [{"id": home.id, "area_id": "a", "address": home.id} for home in whole]),
        (tables.resident, [{"id": home.id, "home_id": home.id, "name": "P", "sex": "female"} for home in whole]),
        (
            tables.device,
            [
                {
                    "id": named.name.replace("/", "-"),
                    "family": "hemvakt" if named.kind in {"pendant", "hub"} else "zigbee2mqtt",
                    "address": named.name,
                    "kind": named.kind,
                    "interval_s": 3600.0,
                    "added_at": now,
                }
                for _, named in devices
            ],
        ),
        (
            tables.assignment,
            [
                {"device_id": named.name.replace("/", "-"), "home_id": home, "resident_id": home, "from_at": now}
                for home, named in devices
            ],
        ),
    ]
    for table, values in rows:
        for start in range(0, len(values), _CHUNK):
            connection.execute(insert(table), values[start : start + _CHUNK])
    count_up(connection)


def measure(broker: str, asked: argparse.Namespace, planned: Plan, homes: list[FleetHome]) -> dict[str, Any]:
    """Run the fleet against one broker; return its figures. Raises AssertionError when a message is lost."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder, port, http = Path(name), free_port(), free_port()
        url = asked.database or f"sqlite:///{folder / 'hemvakt.db'}"
        with Database(url) as database:
            migrate(database)
            database.write_now(lambda connection: settle(connection, homes, SystemClock().now()))
        words = ["--database", asked.database] if asked.database else []
        if broker == "mosquitto":
            stack.enter_context(brokers.mosquitto_on(port))
            stack.enter_context(running(folder, http, "--mqtt", f"mqtt://127.0.0.1:{port}", *words))
            where = Broker("127.0.0.1", port)
        else:
            stack.enter_context(running(folder, http, "--mqtt-port", str(port), *words))
            password = (folder / "broker" / "devices.password").read_text().strip()
            where = Broker("127.0.0.1", port, user="devices", password=password)
        figures = asyncio.run(_speak(where, asked, planned))
        with Database(url) as database:
            stored = database.read_now(_stored)
    numbered = sum(said.channel is not None for _, _, said in planned.said)
    lost = max(0, numbered - stored["numbered"]) + max(0, len(planned.said) - numbered - stored["sensors"])
    return {"broker": broker, **figures, "stored": sum(stored.values()), "lost": lost}


async def _speak(where: Broker, asked: argparse.Namespace, planned: Plan) -> dict[str, Any]:
    async with Fleet(where, homes=asked.homes, connections=asked.connections) as fleet:
        begun = time.monotonic()
        await fleet.live(planned.said)
        spoke = time.monotonic() - begun
        unsent, unacknowledged = fleet.backlog()
        told = await fleet.settled(_DRAIN_S)
        drained = time.monotonic() - begun - spoke
    return {
        "homes": asked.homes,
        "messages": told.made,
        "per s": round(told.made / spoke),
        "ack p50 ms": round(told.quantile(0.5) * 1000),
        "p99 ms": round(told.quantile(0.99) * 1000),
        "max ms": round(told.quantile(1.0) * 1000),
        "repeats": told.repeats,
        "homes late s": round(told.behind_s, 1),
        "unsent at end": unsent,
        "no ack at end": unacknowledged,
        "drained s": round(drained, 1),
        "never acked": told.unacknowledged,
    }


def _stored(connection: Connection) -> dict[str, int]:
    """Count what the gateway has accepted, repeats folded."""

    def count(pattern: str) -> int:
        held = select(func.count()).select_from(tables.inbox).where(tables.inbox.c.topic.like(pattern))
        return int(connection.scalar(held.where(tables.inbox.c.disposition == "accepted")) or 0)

    return {"numbered": count("hemvakt/v1/%/up/%"), "sensors": count("zigbee2mqtt/%")}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.fleet", description=__doc__)
    parser.add_argument("--homes", type=int, default=10_000)
    parser.add_argument("--rate", type=float, default=2_000, help="messages a second of all homes together")
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--broker", choices=["mosquitto", "nats-server"], action="append")
    parser.add_argument("--database", default=os.environ.get("HEMVAKT_BENCH_POSTGRES"), help="an empty PostgreSQL")
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    on = report.machine()
    homes = roster(asked.homes)
    planned = plan(homes, round(asked.rate * asked.seconds), asked.seconds)
    print(f"{len(planned.said)} messages planned, life hurried {planned.speed:.1f} times")
    chosen = asked.broker or ["mosquitto", "nats-server"]
    rows = [measure(broker, asked, planned, homes) for broker in chosen]
    # One column for each broker: so many figures are no line of a terminal.
    report.show("fleet", [{"": figure} | {row["broker"]: row[figure] for row in rows} for figure in rows[0]], on)
    if any(row["lost"] or row["never acked"] for row in rows):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
