"""Who a device is to the broker: a name, a password that is shown once, and the topics that are its own.

The broker lets a device with an identity use its own topics and no others, so that it can neither speak for another nor
listen to it. A hub or a bridge speaks for every device of its home. Nothing here holds a password: what is stored are
hashes, fast ones, since a random password of 192 bits needs no slow one, and thousands of homes come back at once after
a power cut.
"""

import base64
import hashlib
import re
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import bcrypt
import msgspec
from sqlalchemy import Connection, Row, Select, delete, func, insert, select

from devices import discovery
from devices.family import Address, Family
from devices.registry import NoSuchDeviceError
from store import roster_version
from store.errors import HemvaktError
from store.tables import assignment, device, device_identity, former_identity

#: Kinds of device that hold the connection for all of their home.
SPEAKS_FOR_HOME: Final = frozenset({"hub", "bridge"})
#: What stands for other topics in the rules of a broker, or separates them there; nats-server has no space, no empty
#: level and no control character in topics, and one that it cannot read keeps it from its whole configuration.
_UNSAFE: Final = re.compile(r"[+#*>.$\s\x00-\x1f\x7f]|^/|//|/$")
_PREFIX: Final = "device-"
_BCRYPT_COST: Final = 4
_PBKDF2_ROUNDS: Final = 101


class UnsafeAddressError(HemvaktError):
    """The device's name on the wire cannot stand in the rules of a broker (+ # * > . $, a space, an empty part).

    Give the device another name.
    """


class NoIdentityError(HemvaktError):
    """This device has no name and password of its own at the broker; give it some first."""


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """What a broker must know of a device. ``says`` and ``hears`` are MQTT topic filters."""

    user: str
    nats_hash: str
    mosquitto_hash: str
    says: tuple[str, ...]
    hears: tuple[str, ...]


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A device that has an identity, and since when its password holds.

    ``former_user`` is the name it had before, good until ``former_until``; empty where there is none.
    """

    device: str
    user: str
    created_at: datetime
    former_user: str = ""
    former_until: datetime | None = None


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """A name at the broker and its password, in the only moment in which that can be seen."""

    user: str
    password: str


def user_name(device_id: str, serial: int = 1) -> str:
    """Return the name of a device at the broker; a tilde stands in no device's name."""
    return f"{_PREFIX}{device_id}" if serial == 1 else f"{_PREFIX}{device_id}~{serial}"


def give(connection: Connection, device_id: str, now: datetime) -> Given:
    """Give a device a new password and return it, the only time that it can be seen; former ones are void.

    A name that it has stays. Raises NoSuchDeviceError, UnsafeAddressError.
    """
    serial = connection.scalar(select(device_identity.c.serial).where(device_identity.c.device_id == device_id))
    connection.execute(delete(former_identity).where(former_identity.c.device_id == device_id))
    return _give(connection, device_id, serial or 1, now)


def rotate(connection: Connection, device_id: str, now: datetime, overlap: timedelta) -> Given:
    """Give a device another name and password; those it has go on for ``overlap``, so that it is never locked out.

    A broker knows one password for each name, so the name changes too. Of names that were good before, the last alone
    goes on. Raises NoIdentityError when it has none yet, NoSuchDeviceError, UnsafeAddressError.
    """
    had = connection.execute(select(device_identity).where(device_identity.c.device_id == device_id)).first()
    if had is None:
        raise NoIdentityError(device_id)
    connection.execute(delete(former_identity).where(former_identity.c.device_id == device_id))
    former = {"serial": had.serial, "nats_hash": had.nats_hash, "mosquitto_hash": had.mosquitto_hash}
    connection.execute(insert(former_identity), {"device_id": device_id, "until_at": now + overlap, **former})
    return _give(connection, device_id, had.serial + 1, now)


def forget_former(connection: Connection, now: datetime) -> int:
    """Void former names whose time is over; return how many there were."""
    ended = connection.execute(delete(former_identity).where(former_identity.c.until_at <= now)).rowcount
    if ended:
        roster_version.count_up(connection)
    return ended


def has_ended(connection: Connection, now: datetime) -> bool:
    """Tell whether the time of a former name is over."""
    over = select(func.count()).select_from(former_identity).where(former_identity.c.until_at <= now)
    return bool(connection.scalar(over))


def _give(connection: Connection, device_id: str, serial: int, now: datetime) -> Given:
    query = select(device.c.address).where(device.c.id == device_id, device.c.retired_at.is_(None))
    address = connection.execute(query).scalar()
    if address is None:
        raise NoSuchDeviceError(device_id)
    if _UNSAFE.search(address):
        raise UnsafeAddressError(address)
    password, hashes = new_password()
    connection.execute(delete(device_identity).where(device_identity.c.device_id == device_id))
    connection.execute(insert(device_identity), {"device_id": device_id, "created_at": now, "serial": serial, **hashes})
    roster_version.count_up(connection)
    return Given(user=user_name(device_id, serial), password=password)


def revoke(connection: Connection, device_id: str) -> None:
    """Void a device's password, and the one before. Raises NoIdentityError when it has none."""
    if connection.execute(delete(device_identity).where(device_identity.c.device_id == device_id)).rowcount == 0:
        raise NoIdentityError(device_id)
    connection.execute(delete(former_identity).where(former_identity.c.device_id == device_id))
    roster_version.count_up(connection)


def listed(connection: Connection, *, after: str = "", limit: int | None = None) -> list[Listed]:
    """Return the devices that have an identity, by id, those behind ``after``."""
    rows = connection.execute(_held().where(device_identity.c.device_id > after).limit(limit))
    return [_shown(row) for row in rows]


def of_device(connection: Connection, device_id: str) -> Listed:
    """Return what is known of a device's identity. Raises NoIdentityError."""
    row = connection.execute(_held().where(device_identity.c.device_id == device_id)).one_or_none()
    if row is None:
        raise NoIdentityError(device_id)
    return _shown(row)


def _held() -> Select[Any]:
    return (
        select(device_identity, former_identity.c.serial.label("former"), former_identity.c.until_at)
        .outerjoin(former_identity, former_identity.c.device_id == device_identity.c.device_id)
        .order_by(device_identity.c.device_id)
    )


def _shown(row: Row[Any]) -> Listed:
    return Listed(
        device=row.device_id,
        user=user_name(row.device_id, row.serial),
        created_at=row.created_at,
        former_user="" if row.former is None else user_name(row.device_id, row.former),
        former_until=row.until_at,
    )


def load(connection: Connection, known: Iterable[Family]) -> list[Identity]:
    """Return what a broker must know, by name; a retired device is nobody any more."""
    families = {family.name: family for family in known}
    rows = [
        row
        for table in (device_identity, former_identity)
        for row in connection.execute(
            select(table, device.c.family, device.c.address, device.c.kind)
            .join(device, device.c.id == table.c.device_id)
            .where(device.c.retired_at.is_(None))
            .order_by(table.c.device_id)
        )
    ]
    neighbours = _neighbours(connection)
    found = []
    for row in rows:
        spoken_for = [(row.family, row.address)]
        if row.kind in SPEAKS_FOR_HOME:
            spoken_for += neighbours.get(row.device_id, [])
        says, hears = _topics(families, spoken_for)
        if row.kind in SPEAKS_FOR_HOME:
            # It proposes the devices behind it; a proposal is read by a technician and by no rule.
            says += discovery.FILTERS
        found.append(
            Identity(
                user=user_name(row.device_id, row.serial),
                nats_hash=row.nats_hash,
                mosquitto_hash=row.mosquitto_hash,
                says=says,
                hears=hears,
            )
        )
    return found


def _neighbours(connection: Connection) -> dict[str, list[tuple[str, str]]]:
    """Return, for each device that is placed, the family and address of those in the same home."""
    query = (
        select(device.c.id, device.c.family, device.c.address, assignment.c.home_id)
        .join(assignment, assignment.c.device_id == device.c.id)
        .where(assignment.c.to_at.is_(None), device.c.retired_at.is_(None))
        .order_by(device.c.id)
    )
    homes: dict[str, list[tuple[str, str, str]]] = {}
    for row in connection.execute(query):
        homes.setdefault(row.home_id, []).append((row.id, row.family, row.address))
    return {
        one: [(family, address) for other, family, address in living if other != one]
        for living in homes.values()
        for one, _, _ in living
    }


def _topics(
    families: dict[str, Family], spoken_for: Sequence[tuple[str, str]]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    says: dict[str, None] = {}
    hears: dict[str, None] = {}
    for name, address in spoken_for:
        if name not in families or _UNSAFE.search(address):
            continue
        own = families[name].own(Address(name, address))
        says |= dict.fromkeys(own.says)
        hears |= dict.fromkeys(own.hears)
    return tuple(says), tuple(hears)


def new_password() -> tuple[str, dict[str, str]]:
    """Return a password, and what is stored of it: ``nats_hash`` and ``mosquitto_hash``."""
    password = secrets.token_urlsafe(24)
    return password, {"nats_hash": _bcrypt(password), "mosquitto_hash": _pbkdf2(password)}


def _bcrypt(password: str) -> str:
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(_BCRYPT_COST)).decode()


def _pbkdf2(password: str) -> str:
    """Return a hash as ``mosquitto_passwd`` of Mosquitto 2 writes it."""
    salt = secrets.token_bytes(12)
    hashed = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _PBKDF2_ROUNDS)
    return f"$7${_PBKDF2_ROUNDS}${base64.b64encode(salt).decode()}${base64.b64encode(hashed).decode()}"
