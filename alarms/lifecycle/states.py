"""The words of the three axes, and of those who move an alarm along them."""

from enum import StrEnum
from typing import Final


class Condition(StrEnum):
    """What the device says."""

    ACTIVE = "active"
    RESTORED = "restored"
    #: The device was lost while the condition was active.
    UNKNOWN = "unknown"


class Handling(StrEnum):
    """What people do."""

    OPEN = "open"
    ACCEPTED = "accepted"
    ATTENDING = "attending"
    CLOSED = "closed"


OWNED = frozenset({Handling.ACCEPTED, Handling.ATTENDING})
UNCLOSED = frozenset({Handling.OPEN, *OWNED})


class Overlay(StrEnum):
    """Whether attention is paused. Never changes the other two axes."""

    NONE = "none"
    SHELVED = "shelved"
    TEST = "test"


class ActorKind(StrEnum):
    """Who moves an alarm."""

    SYSTEM = "system"
    DEVICE = "device"
    RESPONDER = "responder"


class TimerKind(StrEnum):
    """What happens to an alarm when nobody does anything."""

    STEP = "step"
    RING = "ring"
    LEASE = "lease"
    CONFIRM = "confirm"
    OVERLAY = "overlay"
    AUTOCLOSE = "autoclose"
    AGE = "age"


class Reason(StrEnum):
    """Why a person is paged."""

    STEP = "step"
    RING = "ring"
    OCCURRENCE = "occurrence"
    REPEATED = "repeated"
    HAND_OVER = "hand_over"
    RESTORED = "restored"
    TAKEN = "taken"
    CLOSED = "closed"
    #: It has been open, or accepted and unattended, for too long.
    AGED = "aged"


#: What asks for nothing: somebody has the alarm, or it is over.
NEWS: Final = frozenset({Reason.RESTORED, Reason.TAKEN, Reason.CLOSED})
#: What comes again and again for as long as nobody has the alarm.
CHAIN: Final = frozenset({Reason.STEP, Reason.RING})
