"""A device's claim code: printed on its label, it lets a technician on site say where the device serves, once.

The code is worth nothing by itself: whoever uses it must be signed in and be allowed to install devices. It has an end,
a new one voids the one before, and only its hash is stored.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Final

import msgspec
from sqlalchemy import Connection, delete, insert, select, update

from devices.registry import NoSuchDeviceError, Placement, assign
from store.errors import HemvaktError
from store.tables import device, device_claim

#: Letters and digits that are not taken for one another when they are read aloud (Crockford's base 32).
_SIGNS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH: Final = 20
_MISREAD: Final = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})
_LONGEST: Final = 64


class ClaimSpentError(HemvaktError):
    """There is no such claim code, or it has ended or was used already. Print a new label."""


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A code as it is printed, in groups of four, and when it ends."""

    device_id: str
    code: str
    until_at: datetime


def issue(connection: Connection, device_id: str, now: datetime, *, days: float = 30) -> Claim:
    """Make a code for a device; one made before is void. Raises NoSuchDeviceError."""
    there = select(device.c.id).where(device.c.id == device_id, device.c.retired_at.is_(None))
    if connection.scalar(there) is None:
        raise NoSuchDeviceError(device_id)
    code = "".join(secrets.choice(_SIGNS) for _ in range(_LENGTH))
    until_at = now + timedelta(days=days)
    connection.execute(delete(device_claim).where(device_claim.c.device_id == device_id))
    row = {"device_id": device_id, "code_hash": _hashed(code), "created_at": now, "until_at": until_at}
    connection.execute(insert(device_claim), row)
    printed = "-".join(code[start : start + 4] for start in range(0, _LENGTH, 4))
    return Claim(device_id=device_id, code=printed, until_at=until_at)


def device_of(connection: Connection, code: str, now: datetime) -> str:
    """Return whose code this is. Raises ClaimSpentError."""
    found = connection.scalar(
        select(device_claim.c.device_id)
        .join(device, device.c.id == device_claim.c.device_id)
        .where(
            device_claim.c.code_hash == _hashed(code),
            device_claim.c.used_at.is_(None),
            device_claim.c.until_at > now,
            device.c.retired_at.is_(None),
        )
    )
    if found is None:
        raise ClaimSpentError
    return str(found)


def use(connection: Connection, code: str, place: Placement, now: datetime) -> str:
    """Let the device serve at ``place`` from now on, void the code, and return the device.

    Raises ClaimSpentError, NoSuchPlaceError; then the code still holds.
    """
    device_id = device_of(connection, code, now)
    # Of two who use it at the same moment, one has it.
    spent = update(device_claim).where(device_claim.c.device_id == device_id, device_claim.c.used_at.is_(None))
    if connection.execute(spent.values(used_at=now)).rowcount == 0:
        raise ClaimSpentError
    assign(connection, device_id, place, now)
    return device_id


def link(base_url: str, code: str) -> str:
    """Return the address in the label. The code stands behind ``#``: it is never sent to a server by itself."""
    return f"{base_url.rstrip('/')}/claim#{code}"


def _hashed(code: str) -> str:
    # 100 random bits: what is so hard to guess needs no salt and no slow hash.
    plain = code[:_LONGEST].upper().translate(_MISREAD)
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()
