"""SQL of the outbox: pages are stored with the change they tell of, leased by a desk, and tried until they are told."""

import uuid
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Row, bindparam, case, func, insert, literal, select, update

from alarms.channel import Page, Receipt, Result, stored
from alarms.contacts.repository import forget
from alarms.delivery import patience
from alarms.delivery.backoff import delay
from alarms.lifecycle.states import CHAIN, Overlay, Reason
from alarms.repository import GRAVITY, chunks
from store.bell import PAGES
from store.database import announce
from store.tables import alarm, area, delivery, page, responder

#: What a page about an alarm under test calls itself, instead of the alarm's class.
TEST: Final = Overlay.TEST.value
_PENDING: Final = literal("pending", literal_execute=True)
_LEASED: Final = literal("leased", literal_execute=True)
_UNSENT: Final = page.c.state.in_([_PENDING, _LEASED])
#: When a page can be claimed: when it is due, or when the desk that holds it has died.
_DUE: Final = case((page.c.state == _PENDING, page.c.due_at), else_=page.c.leased_until)

_WAITING: Final = (
    select(page.c.id, page.c.alarm_id, page.c.responder_id, page.c.channel, page.c.address)
    .where(page.c.alarm_id.in_(bindparam("alarms", expanding=True)), page.c.state == _PENDING)
    .with_for_update(skip_locked=True)
)


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A page to be stored."""

    alarm_id: int
    responder_id: str
    channel: str
    address: str
    reason: Reason
    step: int

    @property
    def slot(self) -> tuple[int, str, str, str]:
        """What makes two unsent pages the same news to the same ear."""
        return self.alarm_id, self.responder_id, self.channel, self.address

    @property
    def contact(self) -> patience.Contact:
        """Where the page goes, whoever hears it there."""
        return self.alarm_id, self.channel, self.address


def store(
    connection: Connection, drafts: Iterable[Draft], now: datetime, *, untold: Collection[int] = frozenset()
) -> None:
    """Store pages, and ring for them. ``untold`` are alarms of which no page can be waiting yet.

    A draft whose slot has a page that still waits joins it: that page becomes due at once, and tells the newest when it
    is sent. So an hour without a provider leaves one message to a person, not sixty. A page in flight is no such page:
    it may have been sent before this change.

    What the chain says again to a contact whose messages do not arrive waits as long as that contact is left alone.
    """
    wanted: dict[tuple[int, str, str, str], Draft] = {}
    for draft in drafts:
        wanted.setdefault(draft.slot, draft)
    if not wanted:
        return
    ids = {draft.alarm_id for draft in wanted.values() if draft.channel not in stored()}
    waiting = _waiting(connection, ids.difference(untold))
    repeated = {draft.alarm_id for draft in wanted.values() if draft.reason in CHAIN} & ids
    held = patience.waits(connection, repeated.difference(untold))
    due = {
        slot: max(now, held.get(draft.contact, now)) if draft.reason in CHAIN else now for slot, draft in wanted.items()
    }
    joined = [{"the_id": waiting[slot]} for slot in wanted if slot in waiting and due[slot] <= now]
    if joined:
        hurry = update(page).where(page.c.id == bindparam("the_id"), page.c.due_at > now).values(due_at=now)
        connection.execute(hurry, joined)
    rows = [_row(draft, now, due[slot]) for slot, draft in wanted.items() if slot not in waiting]
    if rows:
        connection.execute(insert(page), rows)
    announce(connection, PAGES)


def withdraw(connection: Connection, alarm_ids: Collection[int]) -> None:
    """Take back what nobody needs to be told any more; a page in flight is not tried again."""
    for some in chunks(sorted(alarm_ids)):
        connection.execute(update(page).where(page.c.alarm_id.in_(some), _UNSENT).values(state="cancelled"))


def told(connection: Connection, alarm_id: int) -> set[str]:
    """Return the ids of those whom a page about this alarm has reached."""
    query = select(page.c.responder_id).distinct().where(page.c.alarm_id == alarm_id, page.c.state == "sent")
    return set(connection.execute(query).scalars())


def claim(
    connection: Connection, channel: str, instance: str, now: datetime, *, lease_s: float, limit: int, base_url: str
) -> list[Page]:
    """Lease up to ``limit`` due pages of a channel to ``instance``, gravest and never tried first.

    The attempt is on record before any provider is called: a desk that dies now leaves a lease that expires, and the
    page is tried again with the same key.
    """
    query = (
        select(page, alarm.c.alarm_class, alarm.c.overlay, area.c.name.label("area"), responder.c.language)
        .join(alarm, page.c.alarm_id == alarm.c.id)
        .join(area, alarm.c.area_id == area.c.id)
        .join(responder, page.c.responder_id == responder.c.id)
        .where(page.c.channel == channel, _UNSENT, now >= _DUE)
        .order_by(GRAVITY, case((page.c.attempts == 0, 0), else_=1), page.c.due_at, page.c.id)
        .limit(limit)
        .with_for_update(of=page, skip_locked=True)
    )
    rows = connection.execute(query).all()
    if rows:
        leased = {"state": "leased", "leased_by": instance, "leased_until": now + timedelta(seconds=lease_s)}
        counted = {"attempts": page.c.attempts + 1, **leased}
        connection.execute(update(page).where(page.c.id.in_([row.id for row in rows])).values(counted))
        attempts = [{"page_id": row.id, "attempt": row.attempts + 1, "started_at": now} for row in rows]
        connection.execute(insert(delivery), attempts)
    return [_page(row, now, base_url) for row in rows]


def finish(connection: Connection, sent: Page, instance: str, receipt: Receipt, now: datetime) -> None:
    """Record what the provider said of one attempt.

    Accepted is accepted, even when the page was withdrawn or another desk took it over meanwhile. Anything else makes
    the page wait and be tried again, but only while it is still leased to this desk.
    """
    mine = (delivery.c.page_id == sent.id) & (delivery.c.attempt == sent.attempt)
    said = {"finished_at": now, "result": receipt.result.value, "detail": receipt.detail[:500]}
    connection.execute(update(delivery).where(mine).values(said))
    if receipt.result is Result.ACCEPTED:
        done = {"state": "sent", "sent_at": now, "provider_ref": receipt.reference[:200]}
        connection.execute(update(page).where(page.c.id == sent.id, page.c.state != "sent").values(done))
        return
    if receipt.result is Result.GONE:
        _forget(connection, sent)
        return
    held = (page.c.state == "leased") & (page.c.leased_by == instance) & (page.c.attempts == sent.attempt)
    again = {"state": "pending", "due_at": now + timedelta(seconds=delay(sent.attempt)), "leased_until": None}
    connection.execute(update(page).where(page.c.id == sent.id, held).values(again))


def _forget(connection: Connection, sent: Page) -> None:
    """Use an address no more that the provider says does not exist; its pages have nowhere to go."""
    here = (page.c.channel == sent.channel) & (page.c.address == sent.address)
    connection.execute(update(page).where(here, _UNSENT).values(state="cancelled"))
    forget(connection, sent.channel, sent.address)


def next_due(connection: Connection, channel: str) -> datetime | None:
    """Return when the next page of a channel is to be tried."""
    return connection.execute(select(func.min(_DUE)).where(_UNSENT, page.c.channel == channel)).scalar()


def lag(connection: Connection, now: datetime) -> timedelta:
    """Return for how long the oldest page has been due without being in anybody's hands."""
    oldest = connection.execute(select(func.min(_DUE)).where(_UNSENT)).scalar()
    return max(now - oldest, timedelta()) if oldest is not None else timedelta()


def shift(connection: Connection, by: timedelta) -> None:
    """Move every waiting page and lease in time, as the clock was moved."""
    rows = connection.execute(select(page.c.id, page.c.due_at, page.c.leased_until).where(_UNSENT)).all()
    moved = [
        {"the_id": row.id, "due_at": row.due_at + by, "leased_until": row.leased_until and row.leased_until + by}
        for row in rows
    ]
    if moved:
        connection.execute(update(page).where(page.c.id == bindparam("the_id")), moved)


def _waiting(connection: Connection, alarm_ids: Collection[int]) -> dict[tuple[int, str, str, str], int]:
    """Return the waiting pages by slot, held so that no dispatcher takes one before this transaction is over."""
    found: dict[tuple[int, str, str, str], int] = {}
    for some in chunks(sorted(alarm_ids)):
        for row in connection.execute(_WAITING, {"alarms": some}):
            found[row.alarm_id, row.responder_id, row.channel, row.address] = row.id
    return found


def _row(draft: Draft, now: datetime, due_at: datetime) -> dict[str, Any]:
    told_by_storing = draft.channel in stored()
    return {
        "alarm_id": draft.alarm_id,
        "responder_id": draft.responder_id,
        "channel": draft.channel,
        "address": draft.address,
        "reason": draft.reason.value,
        "step": draft.step,
        "created_at": now,
        "due_at": due_at,
        "state": "sent" if told_by_storing else "pending",
        "sent_at": now if told_by_storing else None,
        "attempts": 0,
        "idempotency_key": uuid.uuid4().hex,
    }


def _page(row: Row[Any], now: datetime, base_url: str) -> Page:
    return Page(
        id=row.id,
        alarm_id=row.alarm_id,
        alarm_class=TEST if row.overlay == TEST else row.alarm_class,
        area=row.area,
        reason=row.reason,
        channel=row.channel,
        address=row.address,
        language=row.language,
        attempt=row.attempts + 1,
        at=now,
        idempotency_key=row.idempotency_key,
        link=f"{base_url.rstrip('/')}/alarms/{row.alarm_id}",
    )


def pages_of(connection: Connection, alarm_id: int) -> Sequence[Row[Any]]:
    """Return the pages of an alarm with the names of those they went to, oldest first."""
    query = select(page, responder.c.name).join(responder, page.c.responder_id == responder.c.id)
    return connection.execute(query.where(page.c.alarm_id == alarm_id).order_by(page.c.created_at, page.c.id)).all()


def attempts_of(connection: Connection, alarm_id: int) -> Sequence[Row[Any]]:
    """Return every attempt to deliver the pages of an alarm, oldest first."""
    query = select(delivery).join(page, delivery.c.page_id == page.c.id)
    return connection.execute(query.where(page.c.alarm_id == alarm_id).order_by(delivery.c.id)).all()
