"""Press to console: from the publishing of a press to its event on the stream of a responder, with load beside it.

The real thing: ``hemvakt up`` as a process of its own (embedded broker, SQLite), a client of ``/api/v1/events`` with an
API token, and another process that publishes measurements at the given rate. Presses come one at a time, each from
another pendant, so each opens an alarm.
"""

import json
import math
import multiprocessing
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import httpx
import paho.mqtt.client as mqtt

from api import accounts
from bench import brokers, town
from bench.intake import new_client
from bench.report import percentile
from gateway.address import BrokerAddress
from gateway.ports import free_port
from store.clock import SystemClock
from store.database import Database
from store.schema import migrate

RATES = (0, 100, 500, 1000)
PRESSES = 100
_WARM_UP = 5
#: Hubs that measure; every one is in the register.
_HUBS = 100
#: A press that takes longer is counted as never shown, and the rate as more than this machine can do.
_PATIENCE_S = 30


def measure(rates: tuple[int, ...] = RATES, presses: int = PRESSES) -> list[dict[str, Any]]:
    """Return p50, p99 and the longest in ms for each broker and rate, and what rate was really reached."""
    return [*_with(None, rates, presses), *_with(brokers.MOSQUITTO, rates, presses)]


def _with(mosquitto: Path | None, rates: tuple[int, ...], presses: int) -> list[dict[str, Any]]:
    if mosquitto is not None and not mosquitto.exists():
        return []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        homes = presses * len(rates) + _WARM_UP
        with Database(f"sqlite:///{folder / 'hemvakt.db'}") as database:
            migrate(database)
            token = database.write_now(lambda c: _prepare(c, homes))
        http, port = free_port(), free_port()
        stream = f"http://127.0.0.1:{http}/api/v1/events"
        if mosquitto is not None:
            with brokers.mosquitto_on(port), running(folder, http, "--mqtt", f"mqtt://127.0.0.1:{port}"):
                address = BrokerAddress(host="127.0.0.1", port=port)
                return [{"broker": "mosquitto"} | row for row in _measure(address, stream, token, rates, presses)]
        with running(folder, http, "--mqtt-port", str(port)):
            password = (folder / "broker" / "devices.password").read_text().strip()
            address = BrokerAddress(host="127.0.0.1", port=port, user="devices", password=password)
            return [{"broker": "embedded"} | row for row in _measure(address, stream, token, rates, presses)]


def _prepare(connection: Any, homes: int) -> str:
    now = SystemClock().now()
    town.build(connection, homes, now)
    accounts.create_account(connection, login="r", name="R", role="responder", now=now, responder_id="r")
    return accounts.create_token(connection, "r", "bench", now)


@contextmanager
def running(folder: Path, http: int, *broker: str) -> Iterator[None]:
    """Run ``hemvakt up`` on the database in ``folder`` until the end of the context."""
    command: list[str | Path] = [Path(sys.executable).with_name("hemvakt"), "up", "--data", folder]
    command += ["--port", str(http), *broker]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        _until_ready(f"http://127.0.0.1:{http}/readyz")
        yield
    finally:
        process.terminate()
        process.wait()


def _until_ready(url: str) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        try:
            if httpx.get(url, timeout=2).status_code == httpx.codes.OK:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise TimeoutError(url)


def _measure(
    address: BrokerAddress, url: str, token: str, rates: tuple[int, ...], presses: int
) -> list[dict[str, Any]]:
    opened: Queue[float] = Queue()
    listening = threading.Event()
    threading.Thread(target=_listen, args=(url, token, opened, listening), daemon=True).start()
    listening.wait(30)
    pressing = new_client(address, "bench-pendants", clean=True)
    pressing.connect(address.host, address.port)
    pressing.loop_start()
    pendants = iter(range(10**9))
    rows = []
    for _ in range(_WARM_UP):
        _press(pressing, next(pendants), opened)
    for rate in rates:
        with _load(address, rate) as published:
            begun, before = time.monotonic(), published.value
            times: list[float] = []
            while len(times) < presses and math.inf not in times:
                times.append(_press(pressing, next(pendants), opened))
            reached = (published.value - before) / (time.monotonic() - begun)
        rows.append(
            {
                "observations/s asked": rate,
                "observations/s reached": round(reached),
                "presses": len(times),
                "p50 ms": round(percentile(times, 0.5) * 1000, 1),
                "p99 ms": round(percentile(times, 0.99) * 1000, 1),
                "max ms": round(max(times) * 1000, 1),
            }
        )
        if math.inf in times:
            break
    pressing.disconnect()
    pressing.loop_stop()
    return rows


def _listen(url: str, token: str, opened: "Queue[float]", listening: threading.Event) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.stream("GET", url, headers=headers, timeout=httpx.Timeout(10, read=None)) as answer:
        answer.raise_for_status()
        listening.set()
        for line in answer.iter_lines():
            if line.startswith("data:") and '"opened"' in line:
                opened.put(time.perf_counter())


def _press(client: mqtt.Client, pendant: int, opened: "Queue[float]") -> float:
    begun = time.perf_counter()
    client.publish(f"hemvakt/v1/pendant-{pendant}/up/press", json.dumps({"boot": "b", "seq": 1}), 1)
    try:
        heard = opened.get(timeout=_PATIENCE_S)
    except Empty:
        return math.inf
    # Not in step with anything that happens by the second.
    time.sleep(0.037)
    return heard - begun


@contextmanager
def _load(address: BrokerAddress, rate: int) -> Iterator[Any]:
    context = multiprocessing.get_context("spawn")
    published = context.Value("q", 0)
    if not rate:
        yield published
        return
    process = context.Process(target=_publish, args=(address, rate, _HUBS, published), daemon=True)
    process.start()
    try:
        while published.value < rate:
            time.sleep(0.1)
        yield published
    finally:
        process.terminate()
        process.join()


def _publish(address: BrokerAddress, rate: int, hubs: int, published: Any) -> None:
    """Publish measurements evenly; a broker that does not keep up slows it down instead of being buried."""
    client = new_client(address, "bench-load", clean=True)
    done = threading.Semaphore(1000)
    client.on_publish = lambda *_: done.release()
    client.connect(address.host, address.port)
    client.loop_start()
    boot, begun = str(time.time_ns()), time.monotonic()
    for number in range(10**9):
        if (ahead := begun + number / rate - time.monotonic()) > 0:
            time.sleep(ahead)
        done.acquire()
        body = {"boot": boot, "seq": number + 1, "values": [{"kind": "pulse", "value": 70, "unit": "/min"}]}
        client.publish(f"hemvakt/v1/hub-{number % hubs}/up/measurement", json.dumps(body), 1)
        published.value = number + 1
