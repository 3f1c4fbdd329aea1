"""An encrypted BTHome button: shouts each press for a while, and needs no connection.

Written from https://bthome.io/encryption/: AES-CCM with a tag of 4 bytes; the nonce is address, service number, device
byte and counter.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bumble import core
from bumble.device import AdvertisingType, Device
from cryptography.hazmat.primitives.ciphers.aead import AESCCM

from hemvakt_sim.ble import encode
from hemvakt_sim.ble.peripheral import Surroundings

_SERVICE = 0xFCD2
_ENCRYPTED, _PLAIN = 0x45, 0x44
_PACKET, _BATTERY, _BUTTON = 0x00, 0x01, 0x3A
_PRESS = 0x01
_TAG_BYTES = 4
_ADVERTISING_MS = 50.0


class Button:
    """A pendant or wall button with a key of 16 bytes; None for one that does not encrypt."""

    def __init__(self, air: Surroundings, address: str, key: bytes | None, *, battery: int = 90) -> None:
        self.air, self.address, self.battery = air, address, battery
        self.counter = self.packet = 0
        #: Number of the object that it speaks of.
        self.object = _BUTTON
        self.device: Device = air.device("button", address)
        self._cipher = None if key is None else AESCCM(key, tag_length=_TAG_BYTES)

    @asynccontextmanager
    async def powered(self) -> AsyncIterator["Button"]:
        await self.device.power_on()
        try:
            yield self
        finally:
            await self.device.power_off()
            self.air.remove(self.device)

    async def press(self, seconds: float = 0.5, *, what: int = _PRESS) -> bytes:
        """Press, and shout it for ``seconds``; return what was shouted."""
        self.counter += 1
        self.packet = (self.packet + 1) % 256
        data = self.encoded(self.counter, self.packet, what)
        await self.shout(data, seconds)
        return data

    async def shout(self, data: bytes, seconds: float = 0.5) -> None:
        """Send service data as it is: also somebody else's, as one who plays back what he recorded."""
        types = core.AdvertisingData.Type
        content = core.AdvertisingData(
            [(types.FLAGS, b"\x06"), (types.SERVICE_DATA_16_BIT_UUID, encode.uint16(_SERVICE) + data)]
        )
        await self.device.start_advertising(
            advertising_type=AdvertisingType.UNDIRECTED,
            advertising_data=bytes(content),
            advertising_interval_min=_ADVERTISING_MS,
            advertising_interval_max=_ADVERTISING_MS,
        )
        await asyncio.sleep(seconds)
        await self.device.stop_advertising()

    def encoded(self, counter: int, packet: int, what: int = _PRESS) -> bytes:
        """Return the service data of a press."""
        plain = bytes((_PACKET, packet, _BATTERY, self.battery, self.object, what))
        if self._cipher is None:
            return bytes((_PLAIN,)) + plain
        count = counter.to_bytes(4, "little")
        nonce = bytes.fromhex(self.address.replace(":", "")) + encode.uint16(_SERVICE) + bytes((_ENCRYPTED,)) + count
        sealed = self._cipher.encrypt(nonce, plain, None)
        return bytes((_ENCRYPTED,)) + sealed[:-_TAG_BYTES] + count + sealed[-_TAG_BYTES:]
