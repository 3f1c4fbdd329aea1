"""The tale of an alarm: what happened, and who was told because of it; from audit, pages, attempts and timers."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec
from sqlalchemy import Connection, select

from alarms.audit import AuditEvent
from alarms.escalation.target import parse
from alarms.lifecycle.states import Reason
from alarms.lifecycle.table import TRANSITIONS, Effect, Event
from alarms.views import AlarmDetail, Told
from store.tables import responder

_CHAIN: Final = frozenset(
    {
        row.event
        for row in TRANSITIONS
        if set(row.effects) & {Effect.START_CHAIN, Effect.RESUME_CHAIN, Effect.NEXT_STEP, Effect.RING}
    }
)
#: What a page was written for, where several things happened at the same instant.
_CAUSES: Final[Mapping[str, frozenset[str]]] = {
    Reason.STEP: _CHAIN,
    Reason.RING: _CHAIN,
    Reason.OCCURRENCE: frozenset({Event.OCCURRED}),
    Reason.REPEATED: frozenset({Event.OCCURRED, Event.OPENED}),
    Reason.HAND_OVER: frozenset({Event.HANDED_OVER}),
    Reason.RESTORED: frozenset({Event.RESTORED}),
    Reason.TAKEN: frozenset({Event.ACCEPTED}),
    Reason.CLOSED: frozenset({Event.CLOSED, Event.AUTO_CLOSED}),
}


class Moment(msgspec.Struct, frozen=True):
    """One row of the audit, and the pages that it made."""

    event: AuditEvent
    pages: list[Told]


class Tale(msgspec.Struct, frozen=True):
    """What happened, oldest first; ``names`` of all who occur, by id."""

    detail: AlarmDetail
    moments: list[Moment]
    names: dict[str, str]


def tell(connection: Connection, detail: AlarmDetail) -> Tale:
    """Return the tale of an alarm that was read in the same transaction."""
    moments = [Moment(event, []) for event in detail.audit]
    for page in detail.told:
        if (cause := _cause(moments, page)) is not None:
            cause.pages.append(page)
    query = select(responder.c.id, responder.c.name).where(responder.c.id.in_(sorted(_mentioned(detail))))
    return Tale(detail, moments, {row.id: row.name for row in connection.execute(query)})


def _cause(moments: list[Moment], page: Told) -> Moment | None:
    """Return the newest thing that had happened when the page was written; None if it is older than what is shown."""
    until = bisect_right(moments, page.created_at, key=lambda moment: moment.event.at)
    here = [moment for moment in moments[:until] if moment.event.at == page.created_at]
    fits = _CAUSES.get(page.reason)
    if fits is not None:
        here = [moment for moment in here if moment.event.action in fits] or here
    candidates = here or moments[:until]
    return candidates[-1] if candidates else None


def _mentioned(detail: AlarmDetail) -> Iterable[str]:
    ids = {event.actor for event in detail.audit if event.actor_kind == "responder"}
    ids |= {str(event.detail[name]) for event in detail.audit for name in ("to", "owner_was") if name in event.detail}
    aims = (parse(target) for coming in detail.upcoming for target in coming.targets)
    return ids | {aim.name for aim in aims if aim.kind in {"responder", "centre"} and aim.name}
