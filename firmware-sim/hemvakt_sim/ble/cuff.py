"""A blood pressure cuff: service 0x1810. Keeps what no hub has confirmed, and sends it oldest first."""

from hemvakt_sim.ble import encode
from hemvakt_sim.ble.peripheral import Peripheral

_TIME, _PULSE, _USER, _STATUS = 0x02, 0x04, 0x08, 0x10


class Cuff(Peripheral):
    """Measurements in mm[Hg] with the time of the cuff's own clock."""

    service_number, measurement_number = 0x1810, 0x2A35

    def measure(self, systolic: int, diastolic: int, pulse: int, *, user: int = 1, status: int = 0) -> bytes:
        """Measure a resident; return the record as it will go out."""
        return self._keep(encode.sfloat(systolic), encode.sfloat(diastolic), encode.sfloat(pulse), user, status)

    def fail(self) -> bytes:
        """Measure and get no result, as with a sleeve under the cuff."""
        return self._keep(*(encode.sfloat(None),) * 3, user=1, status=0x02)

    def _keep(self, systolic: bytes, diastolic: bytes, pulse: bytes, user: int, status: int) -> bytes:
        now = self.clock()
        mean = encode.sfloat(None)
        frame = bytes((_PULSE | _USER | _STATUS | (_TIME if now else 0),)) + systolic + diastolic + mean
        frame += (encode.date_time(now) if now else b"") + pulse + bytes((user,)) + encode.uint16(status)
        self.unsent.append(frame)
        return frame
