"""The newest values of homes that are shown, read step by step."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

import msgspec
from sqlalchemy import Connection, func, select

from devices.observation import Kind, Quality
from gateway.home_assistant.components import SHOWN
from store.tables import observation

#: What is older says nothing of now.
_OLDEST: Final = timedelta(days=1)


class Value(msgspec.Struct, frozen=True):
    """A value, and whom the device served when it said it."""

    value: float
    resident: str


class Latest:
    """Remembers values between readings, so that each reading looks at what is new."""

    def __init__(self) -> None:
        self._values: dict[tuple[str, str, Kind], Value] = {}
        #: Home -> the last observation that was looked at.
        self._seen: dict[str, int] = {}

    def read(self, connection: Connection, homes: Iterable[str], now: datetime) -> None:
        """Take in what these homes have said, and forget all others."""
        wanted = set(homes)
        self._seen = {home: seen for home, seen in self._seen.items() if home in wanted}
        self._values = {key: value for key, value in self._values.items() if key[0] in wanted}
        for home in sorted(wanted):
            self._read(connection, home, now)

    def _read(self, connection: Connection, home: str, now: datetime) -> None:
        newest = (
            select(func.max(observation.c.id))
            .where(
                observation.c.home_id == home,
                observation.c.received_at > now - _OLDEST,
                observation.c.id > self._seen.get(home, -1),
                observation.c.kind.in_(sorted(SHOWN)),
                observation.c.value.is_not(None),
                observation.c.quality.not_like(f"%{Quality.IMPOSSIBLE}%"),
            )
            .group_by(observation.c.device_id, observation.c.kind)
        )
        for row in connection.execute(select(observation).where(observation.c.id.in_(newest))):
            self._values[home, row.device_id, Kind(row.kind)] = Value(row.value, row.resident_id)
            self._seen[home] = max(self._seen.get(home, -1), row.id)

    def get(self, home: str, device: str, kind: Kind, resident: str) -> float | None:
        """Return what a device said while it served ``resident`` (empty: the whole home), None when it did not."""
        found = self._values.get((home, device, kind))
        return found.value if found is not None and found.resident == resident else None
