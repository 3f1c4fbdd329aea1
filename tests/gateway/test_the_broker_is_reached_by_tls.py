"""An existing broker over TLS: its certificate is verified, and what is encrypted in bulk is read in bulk."""

import asyncio
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from gateway.address import BrokerAddress
from gateway.arrivals import Arrivals
from gateway.link import Link
from gateway.ports import free_port, is_free
from store.clock import SystemClock
from tests.gateway.mosquitto import PROGRAM
from tests.gateway.scripted_broker import thread_of

pytestmark = [
    pytest.mark.broker,
    pytest.mark.skipif(not PROGRAM.exists(), reason="Mosquitto is not installed"),
    pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed"),
]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost that signs itself, with its key beside it."""
    folder = tmp_path_factory.mktemp("tls")
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    )
    subprocess.run(
        [*command.split(), "-keyout", folder / "key.pem", "-out", folder / "cert.pem"], check=True, capture_output=True
    )
    (folder / "key.pem").chmod(0o644)
    return folder / "cert.pem"


@pytest.fixture
def port(certificate: Path, tmp_path: Path) -> Iterator[int]:
    """A Mosquitto that speaks TLS only."""
    number = free_port()
    folder = certificate.parent
    config = tmp_path / "mosquitto.conf"
    config.write_text(
        f"listener {number} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\nuser root\n"
        f"certfile {certificate}\nkeyfile {folder / 'key.pem'}\n"
    )
    process = subprocess.Popen([PROGRAM, "-c", config], stderr=subprocess.DEVNULL)
    try:
        while is_free("127.0.0.1", number):
            assert process.poll() is None
        yield number
    finally:
        process.terminate()
        process.wait()


def _publish(port: int, certificate: Path, count: int) -> None:
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="device")
    client.tls_set(str(certificate))
    connected = threading.Event()
    client.on_connect = lambda *_: connected.set()
    client.connect("localhost", port)
    client.loop_start()
    assert connected.wait(10)
    infos = [client.publish("a/x", b"%d" % number, 1) for number in range(count)]
    for info in infos:
        info.wait_for_publish(10)
    client.disconnect()
    client.loop_stop()


def test_a_broker_whose_certificate_is_known_is_used(port: int, certificate: Path) -> None:
    arrivals = Arrivals(SystemClock())
    address = BrokerAddress(host="localhost", port=port, tls=True, ca_file=certificate)
    link = Link(address, ["a/+"], arrivals, client_id="gateway")
    with thread_of(link):
        assert link.up.wait(10), link.last_error
        _publish(port, certificate, 500)
        received: list[bytes] = []
        while len(received) < 500:
            packets = arrivals.take(500, 5).packets
            assert packets, f"{len(received)} of 500"
            received += [packet.payload for packet in packets]
            link.settle(packets)
    assert received == [b"%d" % number for number in range(500)]


# paho 2.2 leaves a socket whose handshake failed to the garbage collector.
@pytest.mark.filterwarnings("ignore:Exception ignored in. <ssl.SSLSocket:pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
async def test_a_broker_that_cannot_prove_itself_is_not_used(port: int, certificate: Path, host: str) -> None:
    """No authority for it, or a certificate for another name."""
    known = certificate if host == "127.0.0.1" else None
    address = BrokerAddress(host=host, port=port, tls=True, ca_file=known)
    link = Link(address, ["a/+"], Arrivals(SystemClock()), client_id="gateway")
    with thread_of(link):
        async with asyncio.timeout(10):
            while not link.last_error:  # noqa: ASYNC110 - the link has no event for it
                await asyncio.sleep(0.02)
        assert "certificate" in link.last_error.lower()
        assert link.generation == 0
