"""Who and what is under watch, and the settings made for them, as plain data.

The gateway builds a roster from the database. It spans time: rows say from when and until when they hold, and the
engine looks at it as of a moment, so that one roster serves a replay of a year in which people moved.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from store.errors import HemvaktError


class UnknownZoneError(HemvaktError):
    """The time zone of the roster is not an IANA zone known here."""


class DeviceEntry(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A device in use from ``since`` until ``until``. ``interval_s`` is 0 when it promises no regular message."""

    id: str
    since: datetime
    until: datetime | None = None
    kind: str = ""
    interval_s: float = 0.0


class AssignmentEntry(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Whom a device serves, from when until when. ``resident`` is empty when it serves the whole home."""

    device: str
    home: str
    from_at: datetime
    to_at: datetime | None = None
    resident: str = ""
    room: str = ""


class SettingEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One version of the settings of a rule.

    ``scope`` is default, home, resident or device; ``subject`` is empty for default. ``settings`` holds only the
    fields that it overrides. The newest valid version of a scope and subject replaces the older ones. ``version`` is
    its number, 0 for one that is not stored.
    """

    rule: str
    valid_from: datetime
    settings: dict[str, Any]
    scope: str = "default"
    subject: str = ""
    version: int = 0


class Roster(msgspec.Struct, frozen=True, kw_only=True):
    """All devices, assignments and settings, past and planned. Raises UnknownZoneError for a bad ``zone``."""

    devices: tuple[DeviceEntry, ...] = ()
    assignments: tuple[AssignmentEntry, ...] = ()
    settings: tuple[SettingEntry, ...] = ()
    zone: str = "Europe/Stockholm"

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.zone)
        except (KeyError, ValueError, OSError) as error:
            raise UnknownZoneError(repr(self.zone)) from error

    def next_change(self, after: datetime) -> datetime | None:
        """Return the first moment later than ``after`` at which a planned row begins or ends to hold.

        The engine does not act on it by itself: the gateway journals a ROSTER observation then, so that a replay
        changes settings between the same two observations as the live run did.
        """
        return min((moment for moment in self._boundaries() if moment > after), default=None)

    def _boundaries(self) -> Iterator[datetime]:
        for device in self.devices:
            yield device.since
            if device.until is not None:
                yield device.until
        for assignment in self.assignments:
            yield assignment.from_at
            if assignment.to_at is not None:
                yield assignment.to_at
        for setting in self.settings:
            yield setting.valid_from
