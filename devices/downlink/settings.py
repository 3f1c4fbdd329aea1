"""Settings of a device: merged with those before, sent until the device confirms, and believed only then."""

from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
from sqlalchemy import Connection, select, update

from devices.downlink import queue
from devices.downlink.kinds import Down
from devices.downlink.queue import Word
from devices.registry import NoSuchDeviceError
from store import roster_version
from store.errors import HemvaktError
from store.tables import device, downlink

LANGUAGES: Final = ("sv", "en")


class CannotHearError(HemvaktError):
    """The device is of a kind that cannot be told anything."""


class NothingToSetError(HemvaktError):
    """Name at least one setting."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What can be set on a device; None leaves it as it is.

    ``heartbeat_s``: seconds between two heartbeats. ``volume``: per cent of the loudest. ``language``: of what it says.
    """

    heartbeat_s: Annotated[int, msgspec.Meta(ge=10, le=86_400)] | None = None
    volume: Annotated[int, msgspec.Meta(ge=0, le=100)] | None = None
    language: Annotated[str, msgspec.Meta(pattern="^(sv|en)$")] | None = None


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """The newest settings that were sent to a device, and when it confirmed them (None: not yet)."""

    version: int
    settings: Settings
    confirmed_at: datetime | None


def change(connection: Connection, device_id: str, wanted: Settings, now: datetime) -> Standing:
    """Set what ``wanted`` names and keep the rest. Raises NoSuchDeviceError, CannotHearError, NothingToSetError."""
    named = {name: value for name, value in msgspec.structs.asdict(wanted).items() if value is not None}
    if not named:
        raise NothingToSetError
    # Two who change at once do so one after the other, and neither loses what the other has set.
    require(connection, device_id, lock=True)
    before = _row(connection, device_id)
    body: dict[str, Any] = named if before is None else dict(before.body) | named
    say(connection, Word(device=device_id, kind=Down.SETTINGS, body=body), now)
    after = standing(connection, device_id)
    if after is None:
        raise AssertionError("it was stored a line above")
    return after


def standing(connection: Connection, device_id: str) -> Standing | None:
    """Return the newest settings of a device, None when none were ever sent."""
    row = _row(connection, device_id)
    if row is None:
        return None
    settings = msgspec.convert(row.body, Settings)
    return Standing(version=row.number, settings=settings, confirmed_at=row.heard_at)


def confirmed(connection: Connection, device_id: str, body: dict[str, Any]) -> None:
    """The device goes by its new settings: from now on it is missed when it does not report as often as it shall."""
    interval_s = msgspec.convert(body, Settings).heartbeat_s
    if interval_s is None:
        return
    changed = update(device).where(device.c.id == device_id, device.c.interval_s != interval_s)
    if connection.execute(changed.values(interval_s=float(interval_s))).rowcount:
        roster_version.count_up(connection)


def say(connection: Connection, word: Word, now: datetime) -> None:
    """Say something to one device. Raises CannotHearError when its family has no words for that."""
    if not queue.put(connection, [word], now):
        raise CannotHearError(word.device)


def require(connection: Connection, device_id: str, *, lock: bool = False) -> None:
    """Raises NoSuchDeviceError unless this device is in service."""
    query = select(device.c.id).where(device.c.id == device_id, device.c.retired_at.is_(None))
    if connection.execute(query.with_for_update() if lock else query).first() is None:
        raise NoSuchDeviceError(device_id)


def _row(connection: Connection, device_id: str) -> Any:
    return connection.execute(
        select(downlink).where(downlink.c.device_id == device_id, downlink.c.kind == Down.SETTINGS.value)
    ).first()
