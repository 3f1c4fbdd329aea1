"""Reads a frame from its first byte to its last, little-endian, and refuses one that does not fit exactly."""

from datetime import datetime
from decimal import Decimal

from devices.ble.number import Absent, float32, sfloat
from store.errors import HemvaktError


class RejectedFrameError(HemvaktError):
    """The frame is not what its characteristic says it is; it is kept as it came, and no value is taken from it."""


class Frame:
    """A cursor over the bytes of one notification, indication or read."""

    def __init__(self, data: bytes) -> None:
        self._data = bytes(data)
        self._at = 0

    @property
    def left(self) -> int:
        """Bytes that have not been read."""
        return len(self._data) - self._at

    def take(self, count: int) -> bytes:
        """Return the next ``count`` bytes. Raises RejectedFrameError when there are fewer."""
        if self.left < count:
            raise RejectedFrameError(f"It ends after {len(self._data)} bytes, in the middle of a field.")
        self._at += count
        return self._data[self._at - count : self._at]

    def uint(self, size: int) -> int:
        return int.from_bytes(self.take(size), "little")

    def int16(self) -> int:
        return int.from_bytes(self.take(2), "little", signed=True)

    def flags(self, size: int, known: int) -> int:
        """Return flag bits. A bit outside ``known`` is reserved: such a frame is of another format than it says."""
        flags = self.uint(size)
        if flags & ~known:
            raise RejectedFrameError(f"Its flags {flags:#04x} have bits that the format does not.")
        return flags

    def sfloat(self) -> Decimal | Absent:
        return sfloat(self.uint(2))

    def float32(self) -> Decimal | Absent:
        return float32(self.uint(4))

    def date_time(self) -> datetime | None:
        """Return the device's local time (seven bytes, no zone), or None where year, month or day are unknown (0)."""
        year = self.uint(2)
        month, day, hour, minute, second = self.take(5)
        if 0 in {year, month, day} and month <= 12 and day <= 31 and hour < 24 and minute < 60 and second < 60:
            return None
        try:
            return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - the device does not say its zone
        except ValueError as error:
            raise RejectedFrameError("Its date and time cannot exist.") from error

    def end(self) -> None:
        """Raises RejectedFrameError when bytes are left over."""
        if self.left:
            raise RejectedFrameError(f"It has {self.left} bytes more than its flags say.")
