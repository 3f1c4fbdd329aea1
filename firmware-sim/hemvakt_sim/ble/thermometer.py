"""A thermometer for people: service 0x1809."""

from decimal import Decimal

from hemvakt_sim.ble import encode
from hemvakt_sim.ble.peripheral import Peripheral

_TIME, _TYPE = 0x02, 0x04
_EAR = 3


class Thermometer(Peripheral):
    """Measures in the ear."""

    service_number, measurement_number = 0x1809, 0x2A1C

    def measure(self, celsius: str | Decimal) -> bytes:
        """Measure a resident."""
        now = self.clock()
        frame = bytes((_TYPE | (_TIME if now else 0),)) + encode.float32(celsius)
        frame += (encode.date_time(now) if now else b"") + bytes((_EAR,))
        self.unsent.append(frame)
        return frame
