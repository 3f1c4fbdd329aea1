"""A real Mosquitto, as an existing installation may run it."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway.address import BrokerAddress
from gateway.ports import free_port, is_free

PROGRAM = Path("/usr/sbin/mosquitto")


@contextmanager
def mosquitto(folder: Path, *, port: int = 0) -> Iterator[BrokerAddress]:
    """Run one for as long as the block; skip the test where it is not installed."""
    if not PROGRAM.exists():
        pytest.skip("Mosquitto is not installed (apt install mosquitto)")
    port = port or free_port()
    config = folder / "mosquitto.conf"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n")
    process = subprocess.Popen([PROGRAM, "-c", config], stderr=subprocess.DEVNULL)
    try:
        while is_free("127.0.0.1", port):
            time.sleep(0.02)
        yield BrokerAddress(host="127.0.0.1", port=port)
    finally:
        process.terminate()
        process.wait()
