"""Virtual time and brokers for the hub's tests."""

import contextlib
import shutil
import socket
import subprocess
import sysconfig
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ble.spoken import SPOKEN, VOICES, Spoken

NATS = """
listen: "127.0.0.1:{inner}"
server_name: hub_tests
jetstream {{ store_dir: "{folder}/jetstream" }}
mqtt {{ host: "127.0.0.1", port: {port} }}
"""
MOSQUITTO = """
listener {port} 127.0.0.1
allow_anonymous true
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class BrokerProcess:
    """A real broker on a free port, which a test may kill and start again."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.port = free_port()
        path = folder / "broker.conf"
        text = NATS if kind == "nats" else MOSQUITTO
        path.write_text(text.format(port=self.port, inner=free_port(), folder=folder))
        self._command = [self._program(kind), "-c", str(path)]
        self._process: subprocess.Popen[bytes] | None = None

    @staticmethod
    def _program(kind: str) -> str:
        if kind == "nats":
            return str(Path(sysconfig.get_path("scripts")) / "nats-server")
        found = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin")
        return found or pytest.skip("Mosquitto is not installed")

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=0.1):
                return
            time.sleep(0.05)
        pytest.fail("the broker does not listen")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@pytest.fixture(params=["nats", "mosquitto"])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BrokerProcess]:
    process = BrokerProcess(request.param, tmp_path)
    process.start()
    yield process
    process.kill()


@pytest.fixture
def spoken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the hub speak to the test: what it says stands in SPOKEN and VOICES."""
    SPOKEN.clear()
    VOICES.clear()
    monkeypatch.setattr("devices.hub.program.Speech", Spoken)
