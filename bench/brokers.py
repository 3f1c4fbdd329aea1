"""Brokers for measurements, on free ports of this machine."""

import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from gateway.address import BrokerAddress
from gateway.broker.embedded import EmbeddedBroker
from gateway.ports import free_port, is_free

MOSQUITTO = Path("/usr/sbin/mosquitto")


@asynccontextmanager
async def nats(folder: Path) -> AsyncIterator[tuple[BrokerAddress, BrokerAddress]]:
    """Run the embedded broker; yield it as the gateway and as a device sees it."""
    broker = EmbeddedBroker(folder, port=free_port())
    async with broker.running():
        password = broker.devices_password_file.read_text("utf-8").strip()
        device = BrokerAddress(host="127.0.0.1", port=broker.port, user="devices", password=password)
        yield broker.address, device


@contextmanager
def mosquitto_on(port: int) -> Iterator[None]:
    """Run Mosquitto with a window that does not limit anybody."""
    config = f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_inflight_messages 1000\nmax_queued_messages 0\n"
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
        file.write(config)
        file.flush()
        process = subprocess.Popen([MOSQUITTO, "-c", file.name], stderr=subprocess.DEVNULL)
        try:
            while is_free("127.0.0.1", port):
                time.sleep(0.02)
            yield
        finally:
            process.terminate()
            process.wait()


@asynccontextmanager
async def mosquitto(_folder: Path) -> AsyncIterator[tuple[BrokerAddress, BrokerAddress]]:
    """Run Mosquitto; yield it as the gateway and as a device sees it."""
    port = free_port()
    with mosquitto_on(port):
        address = BrokerAddress(host="127.0.0.1", port=port)
        yield address, address
