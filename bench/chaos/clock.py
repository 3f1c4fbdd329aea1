"""A clock that can be set, for the processes of a chaos run. The clock of the machine is never touched."""

import os
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path

_FORMAT = "<d"


class SharedClock:
    """The machine's clock plus an offset that every process reads from one file, as one machine has one clock."""

    def __init__(self, file: Path) -> None:
        self._handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
        if not os.pread(self._handle, 8, 0):
            self._write(0.0)

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.offset_s)

    @property
    def offset_s(self) -> float:
        (offset,) = struct.unpack(_FORMAT, os.pread(self._handle, 8, 0))
        return float(offset)

    def jump(self, seconds: float) -> None:
        """Set the clock forward, or back, for all who share it."""
        self._write(self.offset_s + seconds)

    def _write(self, offset: float) -> None:
        # Eight bytes in one call: nobody reads half of an offset.
        os.pwrite(self._handle, struct.pack(_FORMAT, offset), 0)
