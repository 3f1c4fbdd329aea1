"""What the inactivity rule remembers of one home: about 1.3 kB, whatever happens there."""

import msgspec

from rules.inactivity.rhythm import SIZE


class InactivityState(msgspec.Struct):
    """Times are epoch seconds."""

    #: Last sign of life, where it was, and whether it was at a door to the outside.
    seen: float
    room: str = ""
    #: The home has a sensor that sees everyday life; without one its quiet means nothing.
    armed: bool = False
    door: bool = False
    #: When somebody told the home that nobody is in; 0 when somebody is.
    away: float = 0.0
    #: From when the quiet counts: ``seen``, or later after a long break of listening.
    start: float = 0.0
    #: When the quiet since ``seen`` is too long, in time listened; 0 while nobody has had to ask.
    due: float = 0.0
    #: Hours of quiet that ``due`` stands for.
    limit_h: float = 0.0
    #: The quiet that was raised (its ``seen``), 0 when none is.
    raised: float = 0.0
    #: Since when the gateway listens without a break, as far as this home was told.
    listening: float = 0.0
    #: Nobody listened during a part of the quiet since ``seen``.
    broken: bool = False
    #: The rhythm of the home, and the day (proleptic ordinal) on which it was learned last.
    rhythm: bytearray = msgspec.field(default_factory=lambda: bytearray(SIZE))
    day: int = 0
    #: The slot of the day, and until when (epoch seconds) no clock needs to be asked for it.
    slot: int = 0
    slot_until: float = 0.0
