"""A scale: service 0x181D."""

from hemvakt_sim.ble import encode
from hemvakt_sim.ble.peripheral import Peripheral

_TIME, _USER = 0x02, 0x04
_STEPS_PER_KG = 200
_UNSUCCESSFUL = 0xFFFF


class Scale(Peripheral):
    """Weighs in steps of 5 g."""

    service_number, measurement_number = 0x181D, 0x2A9D

    def weigh(self, kilograms: float | None, *, user: int = 1) -> bytes:
        """Weigh a resident; None is somebody who stepped off too early."""
        raw = _UNSUCCESSFUL if kilograms is None else round(kilograms * _STEPS_PER_KG)
        now = self.clock()
        frame = bytes((_USER | (_TIME if now else 0),)) + encode.uint16(raw)
        frame += (encode.date_time(now) if now else b"") + bytes((user,))
        self.unsent.append(frame)
        return frame
