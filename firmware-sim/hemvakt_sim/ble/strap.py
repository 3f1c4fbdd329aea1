"""A heart rate strap: service 0x180D. Streams a value and the times between beats while it is worn."""

import asyncio
from datetime import datetime

from bumble.device import Connection

from hemvakt_sim.ble import encode
from hemvakt_sim.ble.peripheral import Peripheral, Surroundings

_CONTACT, _CONTACT_SUPPORTED, _INTERVALS = 0x02, 0x04, 0x10
_WIDE = 0x01
_NARROW_MAX = 255
_INTERVALS_PER_SECOND = 1024


class Strap(Peripheral):
    """One value a second by notification, for ``seconds``. A strap has no clock; ``contact`` says that it is worn."""

    service_number, measurement_number = 0x180D, 0x2A37
    indicates = False

    def __init__(
        self,
        air: Surroundings,
        address: str,
        name: str,
        *,
        seconds: int,
        pulse: int = 70,
        bonding: bool = True,
        passkey: int | None = None,
    ) -> None:
        super().__init__(air, address, name, clock=_none, bonding=bonding, passkey=passkey)
        self._seconds = seconds
        self.pulse, self.contact = pulse, True

    def frame(self) -> bytes:
        """Return what the strap says now."""
        wide = self.pulse > _NARROW_MAX
        flags = _CONTACT_SUPPORTED | (_CONTACT if self.contact else 0) | (_WIDE if wide else 0) | _INTERVALS
        value = encode.uint16(self.pulse) if wide else bytes((self.pulse,))
        return bytes((flags,)) + value + encode.uint16(round(60 / max(1, self.pulse) * _INTERVALS_PER_SECOND))

    async def serve(self, connection: Connection) -> None:
        for _ in range(self._seconds):
            if not await self.send(connection, self.measurement, self.frame()):
                return
            await asyncio.sleep(1.0)
        await self.hang_up(connection)


def _none() -> datetime | None:
    return None
