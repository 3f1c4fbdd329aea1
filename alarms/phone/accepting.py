"""Accepting an alarm by telephone: the same action as in the console, as the responder whose verified number it is."""

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from sqlalchemy import Connection, delete, func, insert, select

from alarms.delivery import reports
from alarms.errors import DeskError
from alarms.lifecycle import actions
from alarms.lifecycle.states import Handling
from alarms.phone import tokens
from alarms.phone.answers import Said, answer
from alarms.phone.numbers import masked, normal
from alarms.phone.provider import Press, Reply
from alarms.settings import DeskSettings
from store.tables import alarm, contact, page, reply_refusal, responder

log = structlog.get_logger(__name__)

#: "1 4711", "ja 4711", "YES-4711".
_YES: Final = re.compile(r"\s*(?:1|ja|yes)[\s,.:#-]*([0-9]{4})[\s.!]*", re.IGNORECASE)
#: What somebody pressed; providers write words where nobody pressed anything.
_KEYS: Final = re.compile(r"[0-9*#]+")
_PHONES: Final = ("sms", "voice")
#: Four digits stay hard to guess at this pace: five of ten thousand in a quarter of an hour.
_WINDOW: Final = timedelta(minutes=15)
_WRONG: Final = 5
#: Alarms that somebody was paged for and may still answer.
_RECENT: Final = 200


def by_reply(connection: Connection, reply: Reply, now: datetime, settings: DeskSettings, secret: str) -> str:
    """Do what a text message asks for; return what to write back, empty where nobody is to be written to."""
    number = normal(reply.number)
    people = _owners(connection, number)
    if not people:
        # A stranger learns nothing, not even that a number is known here, and costs no message.
        log.warning("reply_from_unknown_number", number=masked(number))
        return ""
    language = people[0].language
    if _guessed_too_often(connection, number, now):
        log.warning("reply_refused_after_wrong_codes", number=masked(number))
        return answer(Said.TOO_MANY, language)
    asked = _YES.fullmatch(reply.text[:200])
    if asked is None:
        return answer(Said.NO_CODE, language)
    meant = [
        row for row in _paged(connection, number) if tokens.code(secret, row.alarm_id, row.address) == asked.group(1)
    ]
    if not meant:
        _count_wrong(connection, number, now)
        log.warning("reply_with_wrong_code", number=masked(number))
        return answer(Said.WRONG_CODE, language)
    for row in meant:
        _note_reply(connection, row.alarm_id, number, now)
    alive = [row for row in meant if row.handling != Handling.CLOSED] or meant[:1]
    callers = {row.responder_id for row in alive} & {row.id for row in people}
    if len({row.alarm_id for row in alive}) > 1 or len(callers) != 1:
        return answer(Said.SEVERAL, language)
    return _accept(connection, alive[0].alarm_id, callers.pop(), language, now, settings)


def by_press(connection: Connection, key: str, press: Press, now: datetime, settings: DeskSettings) -> tuple[str, str]:
    """Do what a key asks for that was pressed in the call of one page; return what to say, and in which language."""
    query = (
        select(page.c.alarm_id, page.c.address, page.c.responder_id, responder.c.language)
        .join(responder, page.c.responder_id == responder.c.id)
        .where(page.c.idempotency_key == key)
    )
    called = connection.execute(query).first()
    if called is None:
        log.warning("key_pressed_in_unknown_call")
        return "", "en"
    if _KEYS.fullmatch(press.digits):
        reports.replied(connection, key, now)
    if press.digits != "1":
        return answer(Said.OTHER_KEY, called.language), called.language
    number = normal(called.address)
    verified = called.responder_id in {row.id for row in _owners(connection, number)}
    if not verified or normal(press.number) != number:
        log.warning("key_pressed_on_unverified_number", number=masked(number))
        return answer(Said.UNVERIFIED, called.language), called.language
    said = _accept(connection, called.alarm_id, called.responder_id, called.language, now, settings)
    return said, called.language


def _accept(
    connection: Connection, alarm_id: int, responder_id: str, language: str, now: datetime, settings: DeskSettings
) -> str:
    try:
        standing = actions.accept(connection, alarm_id, responder_id, now, settings=settings)
    except DeskError:
        # What cannot be accepted is closed: the only state that lets nobody in.
        return answer(Said.CLOSED, language, alarm=alarm_id)
    if standing.yours:
        return answer(Said.YOURS, language, alarm=alarm_id)
    return answer(Said.TAKEN, language, alarm=alarm_id, owner=standing.owner_name or standing.owner_id or "?")


def _owners(connection: Connection, number: str) -> Sequence[Any]:
    """Return the active responders who have verified this number."""
    query = (
        select(responder.c.id, responder.c.language)
        .join(contact, contact.c.responder_id == responder.c.id)
        .where(
            contact.c.channel.in_(_PHONES),
            contact.c.address == number,
            contact.c.active,
            contact.c.verified_at.is_not(None),
            responder.c.active,
        )
        .distinct()
        .order_by(responder.c.id)
    )
    return connection.execute(query).all() if number else []


def _paged(connection: Connection, number: str) -> Sequence[Any]:
    query = (
        select(page.c.alarm_id, page.c.address, page.c.responder_id, alarm.c.handling)
        .join(alarm, page.c.alarm_id == alarm.c.id)
        .where(page.c.channel == "sms", page.c.address == number, page.c.attempts > 0)
        .distinct()
        .order_by(page.c.alarm_id.desc())
        .limit(_RECENT)
    )
    return connection.execute(query).all()


def _note_reply(connection: Connection, alarm_id: int, number: str, now: datetime) -> None:
    """Record on the newest text message to this number about this alarm that somebody has answered it."""
    here = (page.c.alarm_id == alarm_id) & (page.c.channel == "sms") & (page.c.address == number)
    query = select(page.c.idempotency_key).where(here, page.c.attempts > 0).order_by(page.c.id.desc()).limit(1)
    reports.replied(connection, connection.execute(query).scalar_one(), now)


def _digest(number: str) -> str:
    return hashlib.sha256(number.encode()).hexdigest()


def _guessed_too_often(connection: Connection, number: str, now: datetime) -> bool:
    recent = (reply_refusal.c.number_hash == _digest(number)) & (reply_refusal.c.at > now - _WINDOW)
    return connection.execute(select(func.count()).select_from(reply_refusal).where(recent)).scalar_one() >= _WRONG


def _count_wrong(connection: Connection, number: str, now: datetime) -> None:
    connection.execute(delete(reply_refusal).where(reply_refusal.c.at <= now - _WINDOW))
    connection.execute(insert(reply_refusal).values(number_hash=_digest(number), at=now))
