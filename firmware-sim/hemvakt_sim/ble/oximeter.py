"""A pulse oximeter: service 0x1822 with spot checks, or a stream for as long as a finger is in it."""

import asyncio

from bumble.device import Connection

from hemvakt_sim.ble import encode
from hemvakt_sim.ble.peripheral import Clock, Peripheral, Surroundings

_SPOT_TIME, _SPOT_CLOCK_NOT_SET = 0x01, 0x10


class Oximeter(Peripheral):
    """Spot checks by indication."""

    service_number, measurement_number = 0x1822, 0x2A5E

    def measure(self, spo2: int, pulse: int) -> bytes:
        """Measure a resident; an oximeter with an unset clock says so."""
        now = self.clock()
        flags = _SPOT_TIME if now else _SPOT_CLOCK_NOT_SET
        frame = bytes((flags,)) + encode.sfloat(spo2) + encode.sfloat(pulse) + (encode.date_time(now) if now else b"")
        self.unsent.append(frame)
        return frame


class WornOximeter(Peripheral):
    """A stream of one value a second by notification."""

    service_number, measurement_number = 0x1822, 0x2A5F
    indicates = False

    def __init__(
        self, air: Surroundings, address: str, name: str, *, clock: Clock, seconds: int, bonding: bool = True
    ) -> None:
        super().__init__(air, address, name, clock=clock, bonding=bonding)
        self._seconds = seconds
        self.spo2, self.pulse = 96, 70

    async def serve(self, connection: Connection) -> None:
        for _ in range(self._seconds):
            frame = b"\x00" + encode.sfloat(self.spo2) + encode.sfloat(self.pulse)
            if not await self.send(connection, self.measurement, frame):
                return
            await asyncio.sleep(1.0)
        await self.hang_up(connection)
