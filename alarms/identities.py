"""Names and passwords of devices at the broker, given and taken by somebody: each change stands in the audit."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from alarms import audit
from devices import identity
from devices.identity import Given


def give(connection: Connection, device_id: str, *, by: str, now: datetime) -> Given:
    """Give a device a new password under the name it has; the former one is void at once.

    ``by`` is the login of who does it. Raises NoSuchDeviceError, UnsafeAddressError.
    """
    audit.lock(connection)
    given = identity.give(connection, device_id, now)
    _note(connection, "device_identity_given", device_id, by, now)
    return given


def rotate(connection: Connection, device_id: str, *, by: str, overlap: timedelta, now: datetime) -> Given:
    """Give a device another name and password; those it has go on for ``overlap``.

    Raises NoIdentityError when it has none yet, NoSuchDeviceError, UnsafeAddressError.
    """
    audit.lock(connection)
    given = identity.rotate(connection, device_id, now, overlap)
    _note(connection, "device_identity_rotated", device_id, by, now)
    return given


def revoke(connection: Connection, device_id: str, *, by: str, now: datetime) -> None:
    """Void a device's password, and the one before. Raises NoIdentityError when it has none."""
    audit.lock(connection)
    identity.revoke(connection, device_id)
    _note(connection, "device_identity_revoked", device_id, by, now)


def _note(connection: Connection, action: str, device_id: str, by: str, now: datetime) -> None:
    detail = {"device": device_id}
    audit.append(connection, at=now, actor_kind="account", actor=by, action=action, detail=detail)
