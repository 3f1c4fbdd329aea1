"""The life of an alarm as one table: from where, by which event and whom, under which guards, to where, what follows.

The machine runs this table, the docs draw it, the tests walk it. What is not in it cannot happen.
"""

from enum import StrEnum
from typing import Final

import msgspec

from alarms.lifecycle.states import OWNED, UNCLOSED, ActorKind, Handling


class Event(StrEnum):
    """What moves an alarm. The value is also the audit's word for it."""

    OPENED = "opened"
    OCCURRED = "occurred"
    GRAVER = "graver"
    RESTORED = "restored"
    DEVICE_LOST = "device_lost"
    ACCEPTED = "accepted"
    ALSO_ACCEPTED = "also_accepted"
    CONFIRMED = "confirmed"
    ATTENDED = "attended"
    ARRIVED = "arrived"
    RELEASED = "released"
    HANDED_OVER = "handed_over"
    CLOSED = "closed"
    NOTED = "noted"
    SHELVED = "shelved"
    OVERLAY_ENDED = "overlay_ended"
    STEP_DUE = "step_due"
    RING_DUE = "ring_due"
    LEASE_EXPIRED = "lease_expired"
    CONFIRM_EXPIRED = "confirm_expired"
    AUTO_CLOSED = "auto_closed"
    AGED = "aged"
    TEST_CLOSED = "test_closed"
    DEVICE_HEARD = "device_heard"
    JOINED = "joined"
    CAME_HOME = "came_home"


class Guard(StrEnum):
    """What must hold, besides the state, for an event to count. Each raises its own error otherwise."""

    OWNER_OR_SUPERVISOR = "owner or supervisor"
    OWNER = "owner"
    OUTCOME = "outcome given"
    REASON = "reason given"
    COLLEAGUE = "new owner can be reached"
    NOT_LIFE_SAFETY = "never life safety"
    ENDS = "ends within 24 h"
    PAUSED = "attention is paused"
    TEST_HELD = "a test, taken or ended by its holder"
    TECHNICAL = "technical"
    CANARY = "the canary's"
    TECHNICAL_AND_RESTORED = "technical, condition restored"


class Effect(StrEnum):
    """What a transition writes, in the same transaction and in the order of the row, besides its audit row."""

    START_CHAIN = "start chain"
    STOP_CHAIN = "stop chain"
    NEXT_STEP = "fire step"
    RING = "ring fallback"
    COUNT = "occurrence + 1"
    HEAR_AGAIN = "page those of the step now"
    INSIST = "third press in a row: page others, supervisors"
    GRAVER_CLASS = "graver class, its policy"
    TELL_OWNER = "page owner"
    ASK_OWNER = "owner must confirm"
    RAISE_PRIORITY = "raise priority"
    TAKE = "owner, lease"
    EXTEND = "extend lease"
    ON_SITE = "attending, lease"
    LET_GO = "no owner, no lease"
    HAND_OVER = "new owner, must confirm"
    WITHDRAW_PAGES = "withdraw pages"
    TELL_OTHERS = "tell others"
    CONDITION_RESTORED = "condition restored"
    CONDITION_UNKNOWN = "condition unknown"
    AUTOCLOSE_LATER = "technical: auto-close when stable"
    SHELVE = "overlay with an end"
    UNSHELVE = "overlay none"
    WAKE = "overlay none, unless test"
    COMMISSION = "test, paged before: device in service"
    END_TEST = "test: real policy"
    RESUME_CHAIN = "restart chain if open"
    FINISH = "outcome, no timers"
    PLAN_AGE = "plan next age"
    TELL_AGE = "age: page supervisors"
    NAME = "say which"


class Transition(msgspec.Struct, frozen=True):
    """One row. ``to`` is None when the handling stays; ``start`` is None for an alarm that is not there yet."""

    start: frozenset[Handling] | None
    event: Event
    by: frozenset[ActorKind]
    guards: tuple[Guard, ...]
    to: Handling | None
    effects: tuple[Effect, ...]


_OPEN = frozenset({Handling.OPEN})
_SYSTEM = frozenset({ActorKind.SYSTEM})
_DEVICE = frozenset({ActorKind.DEVICE, ActorKind.SYSTEM})
_PERSON = frozenset({ActorKind.RESPONDER})

TRANSITIONS: Final[tuple[Transition, ...]] = (
    Transition(None, Event.OPENED, _DEVICE, (), Handling.OPEN, (Effect.START_CHAIN, Effect.INSIST, Effect.PLAN_AGE)),
    Transition(
        _OPEN,
        Event.OCCURRED,
        _DEVICE,
        (),
        None,
        (Effect.COUNT, Effect.RAISE_PRIORITY, Effect.HEAR_AGAIN, Effect.INSIST),
    ),
    Transition(
        OWNED,
        Event.OCCURRED,
        _DEVICE,
        (),
        None,
        (Effect.COUNT, Effect.RAISE_PRIORITY, Effect.TELL_OWNER, Effect.ASK_OWNER, Effect.INSIST),
    ),
    Transition(
        UNCLOSED,
        Event.GRAVER,
        _DEVICE,
        (),
        None,
        (Effect.GRAVER_CLASS, Effect.UNSHELVE, Effect.RESUME_CHAIN, Effect.PLAN_AGE),
    ),
    Transition(
        UNCLOSED,
        Event.RESTORED,
        _DEVICE,
        (),
        None,
        (Effect.CONDITION_RESTORED, Effect.AUTOCLOSE_LATER, Effect.TELL_OWNER),
    ),
    Transition(UNCLOSED, Event.DEVICE_HEARD, _SYSTEM, (), None, (Effect.NAME,)),
    Transition(UNCLOSED, Event.DEVICE_LOST, _DEVICE, (), None, (Effect.CONDITION_UNKNOWN,)),
    Transition(
        _OPEN,
        Event.ACCEPTED,
        _PERSON,
        (),
        Handling.ACCEPTED,
        (
            Effect.STOP_CHAIN,
            Effect.WITHDRAW_PAGES,
            Effect.WAKE,
            Effect.TAKE,
            Effect.COMMISSION,
            Effect.TELL_OTHERS,
            Effect.PLAN_AGE,
        ),
    ),
    Transition(OWNED, Event.ALSO_ACCEPTED, _PERSON, (), None, ()),
    Transition(OWNED, Event.CONFIRMED, _PERSON, (Guard.OWNER,), None, (Effect.EXTEND, Effect.COMMISSION)),
    Transition(OWNED, Event.ATTENDED, _PERSON, (Guard.OWNER,), Handling.ATTENDING, (Effect.ON_SITE, Effect.PLAN_AGE)),
    Transition(OWNED, Event.ARRIVED, _PERSON, (Guard.OWNER,), Handling.ATTENDING, (Effect.ON_SITE, Effect.PLAN_AGE)),
    Transition(
        OWNED,
        Event.RELEASED,
        _PERSON,
        (Guard.OWNER_OR_SUPERVISOR, Guard.REASON),
        Handling.OPEN,
        (Effect.LET_GO, Effect.START_CHAIN, Effect.PLAN_AGE),
    ),
    Transition(
        OWNED,
        Event.HANDED_OVER,
        _PERSON,
        (Guard.OWNER_OR_SUPERVISOR, Guard.REASON, Guard.COLLEAGUE),
        Handling.ACCEPTED,
        (Effect.HAND_OVER, Effect.PLAN_AGE),
    ),
    Transition(
        OWNED,
        Event.CLOSED,
        _PERSON,
        (Guard.OWNER_OR_SUPERVISOR, Guard.OUTCOME),
        Handling.CLOSED,
        (Effect.LET_GO, Effect.FINISH, Effect.WITHDRAW_PAGES, Effect.TELL_OTHERS),
    ),
    Transition(frozenset(Handling), Event.NOTED, _PERSON, (), None, ()),
    Transition(
        _OPEN,
        Event.SHELVED,
        _PERSON,
        (Guard.NOT_LIFE_SAFETY, Guard.REASON, Guard.ENDS),
        None,
        (Effect.STOP_CHAIN, Effect.WITHDRAW_PAGES, Effect.SHELVE),
    ),
    Transition(
        UNCLOSED,
        Event.OVERLAY_ENDED,
        _SYSTEM | _PERSON,
        (Guard.PAUSED,),
        None,
        (Effect.END_TEST, Effect.UNSHELVE, Effect.RESUME_CHAIN, Effect.PLAN_AGE),
    ),
    Transition(_OPEN, Event.STEP_DUE, _SYSTEM, (), None, (Effect.NEXT_STEP,)),
    Transition(_OPEN, Event.RING_DUE, _SYSTEM, (), None, (Effect.RING,)),
    Transition(UNCLOSED, Event.AGED, _SYSTEM, (), None, (Effect.TELL_AGE,)),
    Transition(
        OWNED,
        Event.LEASE_EXPIRED,
        _SYSTEM,
        (),
        Handling.OPEN,
        (Effect.LET_GO, Effect.RAISE_PRIORITY, Effect.START_CHAIN, Effect.PLAN_AGE),
    ),
    Transition(
        OWNED,
        Event.CONFIRM_EXPIRED,
        _SYSTEM,
        (),
        Handling.OPEN,
        (Effect.LET_GO, Effect.RAISE_PRIORITY, Effect.START_CHAIN, Effect.PLAN_AGE),
    ),
    Transition(_OPEN, Event.CAME_HOME, _SYSTEM, (Guard.CANARY,), Handling.CLOSED, (Effect.FINISH,)),
    Transition(
        _OPEN,
        Event.JOINED,
        _SYSTEM,
        (Guard.TECHNICAL,),
        Handling.CLOSED,
        (Effect.NAME, Effect.FINISH, Effect.WITHDRAW_PAGES),
    ),
    Transition(
        UNCLOSED,
        Event.TEST_CLOSED,
        _SYSTEM | _PERSON,
        (Guard.TEST_HELD,),
        Handling.CLOSED,
        (Effect.LET_GO, Effect.FINISH, Effect.WITHDRAW_PAGES, Effect.TELL_OTHERS),
    ),
    Transition(
        UNCLOSED,
        Event.AUTO_CLOSED,
        _SYSTEM,
        (Guard.TECHNICAL_AND_RESTORED,),
        Handling.CLOSED,
        (Effect.LET_GO, Effect.FINISH, Effect.WITHDRAW_PAGES, Effect.TELL_OTHERS),
    ),
)


def find(handling: Handling | None, event: Event, by: ActorKind) -> Transition | None:
    """Return the row for ``event`` in ``handling`` (None: no alarm yet), or None when it may not happen."""
    for row in TRANSITIONS:
        here = handling is None if row.start is None else handling in row.start
        if here and row.event is event and by in row.by:
            return row
    return None
