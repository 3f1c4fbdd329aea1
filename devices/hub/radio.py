"""Where scanners and connections come from, so that a simulated air can stand in for the real one."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from bleak import BleakClient, BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak_retry_connector import BleakClientWithServiceCache, establish_connection

Detected = Callable[[BLEDevice, AdvertisementData], None]


class Scanner(Protocol):
    """Listens until stopped."""

    async def start(self) -> None: ...
    async def stop(self) -> None: ...


#: Makes a scanner that calls back for every advertisement.
ScannerFactory = Callable[[Detected], Scanner]
#: Connects, with retries; the last argument is called once when the connection is lost.
ClientFactory = Callable[[BLEDevice, str, Callable[[], None]], Awaitable[BleakClient]]

_ATTEMPTS = 3


def scanner(detected: Detected) -> Scanner:
    """The radio of this machine."""
    return BleakScanner(detected)


async def client(device: BLEDevice, name: str, lost: Callable[[], None]) -> BleakClient:
    """A connection by the radio of this machine. Raises BleakError, TimeoutError."""

    def disconnected(_: Any) -> None:
        lost()

    return await establish_connection(
        BleakClientWithServiceCache, device, name, disconnected_callback=disconnected, max_attempts=_ATTEMPTS
    )
