"""What a technician asks of a device from afar: where it is, and which program it runs."""

from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import Connection, func, select

from devices.downlink import queue
from devices.downlink.kinds import Down
from devices.downlink.queue import Word
from devices.downlink.settings import require, say
from store.tables import device, presence

#: Longer is no help to whoever looks for it, and a nuisance to whoever wears it.
LONGEST_S: Final = 300


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """How many devices of a kind and model run a version of their program; empty where none has said."""

    kind: str
    model: str
    firmware: str
    devices: int


def find(connection: Connection, device_id: str, for_s: int, now: datetime) -> None:
    """Let a device buzz and blink for ``for_s`` seconds (1 to 300); not at all if it cannot be told within a minute.

    Raises NoSuchDeviceError, CannotHearError.
    """
    require(connection, device_id)
    say(connection, Word(device=device_id, kind=Down.FIND_ME, body={"for_s": min(max(for_s, 1), LONGEST_S)}), now)


def ask_firmware(connection: Connection, now: datetime) -> int:
    """Ask every device that can hear which program it runs; return how many that are. Heartbeats answer."""
    ids = connection.scalars(select(device.c.id).where(device.c.retired_at.is_(None)))
    return queue.put(connection, [Word(device=one, kind=Down.FIRMWARE, body={}) for one in ids], now)


def versions(connection: Connection) -> list[Version]:
    """Return the programs that run, by kind and model of device."""
    named = func.coalesce(presence.c.firmware, "")
    rows = connection.execute(
        select(device.c.kind, device.c.model, named, func.count())
        .outerjoin(presence, presence.c.device_id == device.c.id)
        .where(device.c.retired_at.is_(None))
        .group_by(device.c.kind, device.c.model, named)
        .order_by(device.c.kind, device.c.model, named)
    )
    return [Version(kind=row[0], model=row[1], firmware=row[2], devices=row[3]) for row in rows]
