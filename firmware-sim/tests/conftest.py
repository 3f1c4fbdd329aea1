"""Real brokers on free ports of this machine."""

import asyncio
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hemvakt_sim.broker import Broker

NATS = """
listen: "127.0.0.1:{inner}"
server_name: simulator_tests
jetstream {{ store_dir: "{folder}/jetstream" }}
mqtt {{ host: "127.0.0.1", port: {port} }}
"""
MOSQUITTO = """
listener {port} 127.0.0.1
allow_anonymous true
"""
ACCEPTS_AFTER_S = 20


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def executable(name: str) -> str:
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name, path="/usr/sbin:/usr/local/sbin:/usr/bin:/bin")
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


class BrokerProcess:
    """A broker of one kind that can be killed and started again on the same port."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind = kind
        port = free_port()
        self.address = Broker.at(f"mqtt://127.0.0.1:{port}")
        config = folder / f"{kind}.conf"
        template = NATS if kind == "nats" else MOSQUITTO
        config.write_text(template.format(port=port, inner=free_port(), folder=folder))
        binary = executable("nats-server" if kind == "nats" else "mosquitto")
        self._command = [binary, "-c", str(config)]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + ACCEPTS_AFTER_S
        while time.monotonic() < end:
            try:
                socket.create_connection((self.address.host, self.address.port), timeout=1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        pytest.fail(f"{self.kind} does not accept connections")

    def kill(self) -> None:
        """End at once, as kill -9 does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@pytest.fixture(scope="session", autouse=True)
def no_stray_event_loop() -> None:
    """Keep looptime 0.9 from making an event loop that nobody closes: it asks for "the" loop before one runs."""
    asyncio.set_event_loop(None)


@pytest.fixture(scope="session", params=["nats", "mosquitto"])
def broker(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """Give the address of a broker of each kind, shared by all tests."""
    process = BrokerProcess(request.param, tmp_path_factory.mktemp(request.param))
    process.start()
    yield process.address
    process.kill()


@pytest.fixture
def own_broker(tmp_path: Path) -> Iterator[Callable[[str], BrokerProcess]]:
    """Start brokers that a test may kill."""
    started: list[BrokerProcess] = []

    def start(kind: str) -> BrokerProcess:
        process = BrokerProcess(kind, tmp_path)
        process.start()
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
