"""Proof that a contact reaches its owner: a code is sent there, and they type it in."""

import hashlib
import hmac
import secrets
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, delete, insert, select, update

from alarms.channel import Channel, Page, Receipt, kinds, stored
from alarms.contacts.repository import Reachable, contacts_of
from alarms.errors import DeskError
from alarms.settings import DeskSettings
from store.tables import contact, contact_code

#: Long enough for a slow text message, too short to try all codes of six digits five at a time.
LASTS: Final = timedelta(minutes=10)
TRIES: Final = 5
#: Between two codes to one contact: nobody's telephone is to be flooded through us.
PAUSE: Final = timedelta(seconds=60)


class NoSuchContactError(DeskError):
    """There is no such contact of yours that a code can be sent to."""

    code = "no_such_contact"
    status = 404


class TooSoonError(DeskError):
    """A code was sent there within the last minute; wait for it."""

    code = "too_soon"
    status = 429


class NotDeliveredError(DeskError):
    """The code could not be handed over for delivery; try again, or check the address."""

    code = "not_delivered"
    status = 502


class Checked(StrEnum):
    """What came of a code that was typed in."""

    VERIFIED = "verified"
    WRONG = "wrong"
    #: Expired, used up by wrong ones, or never sent.
    SPENT = "spent"


def begin(connection: Connection, responder_id: str, contact_id: int, now: datetime) -> tuple[Reachable, str]:
    """Make a new code for a contact, which ends the one before, and return both. Only its hash is stored.

    Raises NoSuchContactError, TooSoonError.
    """
    found = _find(contacts_of(connection, responder_id), contact_id)
    before = connection.execute(select(contact_code.c.sent_at).where(contact_code.c.contact_id == contact_id)).scalar()
    if before is not None and now - before < PAUSE:
        raise TooSoonError
    digits, salt = f"{secrets.randbelow(10**6):06}", secrets.token_hex(16)
    connection.execute(delete(contact_code).where(contact_code.c.contact_id == contact_id))
    row = {"contact_id": contact_id, "salt": salt, "code_hash": _hash(salt, digits), "tries": 0}
    connection.execute(insert(contact_code).values(**row, sent_at=now, expires_at=now + LASTS))
    return found, digits


def check(connection: Connection, responder_id: str, contact_id: int, typed: str, now: datetime) -> Checked:
    """Compare a code; a right one verifies the contact and is used up. Raises NoSuchContactError."""
    _find(contacts_of(connection, responder_id), contact_id)
    mine = contact_code.c.contact_id == contact_id
    sent = connection.execute(select(contact_code).where(mine).with_for_update()).first()
    if sent is None or sent.tries >= TRIES or now >= sent.expires_at:
        return Checked.SPENT
    if not hmac.compare_digest(_hash(sent.salt, typed.strip()[:20]), sent.code_hash):
        connection.execute(update(contact_code).where(mine).values(tries=sent.tries + 1))
        return Checked.WRONG
    connection.execute(delete(contact_code).where(mine))
    connection.execute(update(contact).where(contact.c.id == contact_id).values(verified_at=now))
    return Checked.VERIFIED


async def send(settings: DeskSettings, found: Reachable, digits: str, now: datetime) -> Receipt:
    """Send a code on its channel, once. Raises NoSuchContactError where the channel is not set up."""
    kind = next((one for one in kinds() if one.name == found.channel and one.configured(settings)), None)
    if kind is None:
        raise NoSuchContactError
    channel: Channel = kind(settings)
    page = Page(
        id=0,
        alarm_id=0,
        alarm_class="technical",
        area="",
        reason="verify",
        channel=found.channel,
        address=found.address,
        language=found.language,
        attempt=1,
        at=now,
        idempotency_key=uuid.uuid4().hex,
        link=f"{settings.base_url.rstrip('/')}/contacts",
        code=digits,
    )
    try:
        return await channel.send(page)
    finally:
        await channel.aclose()


def _find(known: Iterable[Reachable], contact_id: int) -> Reachable:
    for one in known:
        if one.id == contact_id and one.channel not in stored():
            return one
    raise NoSuchContactError


def _hash(salt: str, digits: str) -> str:
    # Six digits can be tried out by whoever reads the table; that it takes a while is all a hash can do for them.
    return hashlib.scrypt(digits.encode("utf-8", "replace"), salt=salt.encode(), n=2**12, r=8, p=1, dklen=32).hex()
