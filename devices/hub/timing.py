"""When something was measured: the clock rule of the HL7 Personal Health Device guide.

The device's clock is read at the same moment as the hub's. When the hub's is known to be right, measured times are
shifted by the difference and the original is kept. A device without a clock gets the time at which the hub heard it.
One that stamps its measurements and cannot tell its time is believed, as local time of the home, and it is said that
nobody checked. A device's clock is never set by the hub: records made before would then be shifted wrongly.
"""

import ctypes
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

import msgspec

#: Tells whether the hub's clock is set by a time server.
IsSynchronised = Callable[[], bool]

_TIME_ERROR = 5
_TIMEX_BYTES = 512


class Basis(StrEnum):
    """What a time rests on. Values travel to the gateway."""

    SHIFTED = "shifted"
    HUB = "hub"
    UNCHECKED = "unchecked"
    NONE = "none"


class Stamp(msgspec.Struct, frozen=True, kw_only=True):
    """When it was measured, in UTC; what the device said (local, without zone); how fast its clock is, in seconds."""

    time: datetime | None
    basis: Basis
    original: datetime | None = None
    offset_s: float | None = None


class ClockReading(msgspec.Struct, frozen=True, kw_only=True):
    """The device's clock (local, without zone) and the hub's (UTC) at the same moment."""

    device: datetime
    hub: datetime

    @property
    def difference(self) -> timedelta:
        """What must be added to the device's time, taken for UTC, to get the true time."""
        return self.hub - self.device.replace(tzinfo=UTC)


def stamp(measured: datetime | None, heard: datetime | None, reading: ClockReading | None, zone: ZoneInfo) -> Stamp:
    """Apply the rule. ``heard`` is the hub's time, or None while the hub's own clock cannot be trusted."""
    if measured is None:
        return Stamp(time=heard, basis=Basis.NONE if heard is None else Basis.HUB)
    if reading is not None and heard is not None:
        difference = reading.difference
        local_offset = reading.hub.astimezone(zone).utcoffset() or timedelta(0)
        shifted = _within_calendar(measured.replace(tzinfo=UTC), difference)
        if shifted is not None:
            fast = -(difference + local_offset).total_seconds()
            return Stamp(time=shifted, basis=Basis.SHIFTED, original=measured, offset_s=round(fast, 1) or 0.0)
    return Stamp(time=_to_utc(measured, zone), basis=Basis.UNCHECKED, original=measured)


def is_synchronised() -> bool:
    """Ask the kernel, which knows of every time daemon: adjtimex(2) returns TIME_ERROR while the clock is not set."""
    try:
        state = ctypes.CDLL(None).adjtimex(ctypes.byref(ctypes.create_string_buffer(_TIMEX_BYTES)))
    except (AttributeError, OSError):
        return True
    return 0 <= int(state) < _TIME_ERROR


def _within_calendar(moment: datetime, difference: timedelta) -> datetime | None:
    try:
        return moment + difference
    except OverflowError:
        return None


def _to_utc(local: datetime, zone: ZoneInfo) -> datetime | None:
    try:
        return local.replace(tzinfo=zone).astimezone(UTC)
    except OverflowError:
        return None
