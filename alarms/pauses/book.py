"""Which pauses hold now, and which of them a signal falls under."""

from datetime import datetime, timedelta
from typing import Final

import msgspec
from sqlalchemy import Connection, RowMapping, select, update

from alarms.lifecycle.states import Overlay
from alarms.model import Signal
from rules.base import AlarmClass, Scope
from store.tables import pause

#: The clock of a device may be behind ours by this. What it said before is no part of a test that began later.
_SKEW: Final = timedelta(minutes=2)
_COLUMNS: Final = ("id", "kind", "scope", "subject", "devices", "from_at", "until_at", "reason", "responder_id")


class Pause(msgspec.Struct, frozen=True, kw_only=True):
    """A pause. ``devices`` are those under test; empty for a subject that is shelved."""

    id: int
    kind: Overlay
    scope: Scope
    subject: str
    devices: frozenset[str]
    from_at: datetime
    until_at: datetime
    reason: str
    responder_id: str

    def covers(self, signal: Signal) -> bool:
        """Tell whether this pause is meant for ``signal``.

        A test is meant for what the devices under test say themselves, of whatever class, and from its beginning on:
        what a device kept for us and says late happened to somebody. Shelving is never meant for life safety (M3).
        """
        place = signal.place
        if self.kind is Overlay.TEST:
            return place.device_id in self.devices and signal.time >= self.from_at - _SKEW
        if signal.alarm_class is AlarmClass.LIFE_SAFETY:
            return False
        subjects = {Scope.HOME: place.home_id, Scope.RESIDENT: place.resident_id, Scope.DEVICE: place.device_id}
        return subjects[self.scope] == self.subject


class PauseBook:
    """Reads the pauses once for one unit of work."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection, self._now = connection, now
        self._current: list[Pause] | None = None

    def over(self, signal: Signal) -> Pause | None:
        """Return the pause that ``signal`` falls under: a test before a shelving, of several the one that ends last."""
        if self._current is None:
            self._current = current(self._connection, self._now)
        return next((one for one in self._current if one.covers(signal)), None)


def current(connection: Connection, now: datetime) -> list[Pause]:
    """Return the pauses that hold at ``now``: tests first, then by their end, the latest first."""
    query = (
        select(*(pause.c[name] for name in _COLUMNS))
        .where(pause.c.ended_at.is_(None), pause.c.until_at > now)
        .order_by(pause.c.kind.desc(), pause.c.until_at.desc(), pause.c.id)
    )
    return [_pause(row) for row in connection.execute(query).mappings()]


def shift(connection: Connection, by: timedelta, now: datetime) -> None:
    """Move pauses in time, as the clock was moved: one that is over by then does not hold again at ``now``."""
    query = select(pause.c.id, pause.c.from_at, pause.c.until_at).where(pause.c.ended_at.is_(None))
    for row in connection.execute(query.where(pause.c.until_at > now)).all():
        moved = {"from_at": row.from_at + by, "until_at": row.until_at + by}
        connection.execute(update(pause).where(pause.c.id == row.id).values(moved))


def find(connection: Connection, pause_id: int) -> Pause | None:
    """Return one pause, whether it still holds or not."""
    query = select(*(pause.c[name] for name in _COLUMNS)).where(pause.c.id == pause_id)
    row = connection.execute(query).mappings().one_or_none()
    return _pause(row) if row is not None else None


def _pause(row: RowMapping) -> Pause:
    return msgspec.convert({name: row[name] for name in _COLUMNS}, Pause)
