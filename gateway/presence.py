"""When each device was last heard, and the list of devices that nobody knows yet."""

from datetime import datetime
from hashlib import blake2b
from typing import Any

import msgspec
from sqlalchemy import Connection, func, select
from sqlalchemy.dialects import postgresql, sqlite

from devices.observation import Kind, Observation
from store.tables import presence, unknown_device

#: Bytes of the newest payload kept for the technician.
_SAMPLE = 1024
_LONGEST = 255
_LONGEST_VERSION = 32
#: What a batch that does not say it leaves as it was.
_STATES = ("online", "battery", "firmware", "voice", "boot", "seq")


class Heard(msgspec.Struct):
    """What one batch says of a device; None where it says nothing."""

    device: str
    at: datetime
    online: int | None = None
    battery: float | None = None
    firmware: str | None = None
    voice: int | None = None
    boot: str | None = None
    seq: int | None = None

    def take(self, one: Observation) -> None:
        """Take in what an observation says of the device itself."""
        self.at = one.received_at
        if one.kind is Kind.ONLINE and one.value is not None:
            self.online = int(one.value)
        elif one.kind is Kind.BATTERY:
            self.battery = one.value
        elif one.kind is Kind.HEARTBEAT and one.text:
            self.firmware = one.text[:_LONGEST_VERSION]
        elif one.kind is Kind.PROMPTS and one.value is not None:
            self.voice = int(one.value)


class Stranger(msgspec.Struct):
    """What one batch says of a device that is not in the register."""

    family: str
    address: str
    first_at: datetime
    last_at: datetime
    messages: int
    kinds: set[str]
    sample: bytes


def _insert(connection: Connection, table: Any) -> Any:
    return (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(table)


def heard(connection: Connection, devices: list[Heard]) -> None:
    """Write when devices were heard; a later batch knows better, but does not forget what this one does not say."""
    if not devices:
        return
    new = _insert(connection, presence)
    told = new.excluded
    upsert = new.on_conflict_do_update(
        index_elements=["device_id"],
        set_={"last_seen_at": told.last_seen_at}
        | {name: func.coalesce(told[name], presence.c[name]) for name in _STATES},
    )
    rows = [
        {"device_id": one.device, "last_seen_at": one.at} | {name: getattr(one, name) for name in _STATES}
        for one in devices
    ]
    connection.execute(upsert, rows)


def strangers(connection: Connection, unknown: list[Stranger]) -> None:
    """Put devices on the list from which a technician adopts, or count what they said more."""
    if not unknown:
        return
    before = _kinds_so_far(connection, [_fitting(one.address) for one in unknown])
    new = _insert(connection, unknown_device)
    told = new.excluded
    upsert = new.on_conflict_do_update(
        index_elements=["family", "address"],
        set_={
            "last_seen_at": told.last_seen_at,
            "messages": unknown_device.c.messages + told.messages,
            "kinds": told.kinds,
            "sample": told.sample,
        },
    )
    rows = [
        {
            "family": one.family,
            "address": _fitting(one.address),
            "first_seen_at": one.first_at,
            "last_seen_at": one.last_at,
            "messages": one.messages,
            "kinds": ",".join(sorted(one.kinds | before.get((one.family, _fitting(one.address)), set()))),
            "sample": one.sample[:_SAMPLE],
        }
        for one in unknown
    ]
    connection.execute(upsert, rows)


def _kinds_so_far(connection: Connection, addresses: list[str]) -> dict[tuple[str, str], set[str]]:
    columns = (unknown_device.c.family, unknown_device.c.address, unknown_device.c.kinds)
    found: dict[tuple[str, str], set[str]] = {}
    for start in range(0, len(addresses), 500):
        some = unknown_device.c.address.in_(addresses[start : start + 500])
        for row in connection.execute(select(*columns).where(some)):
            found[row.family, row.address] = set(filter(None, row.kinds.split(",")))
    return found


def _fitting(address: str) -> str:
    """Cut a name that no column holds; MQTT allows 65,535 bytes of it."""
    if len(address) <= _LONGEST:
        return address
    return f"{address[: _LONGEST - 17]}~{blake2b(address.encode('utf-8', 'replace'), digest_size=8).hexdigest()}"
