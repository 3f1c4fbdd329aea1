"""What the inactivity rule remembers of one home."""

import msgspec


class InactivityState(msgspec.Struct):
    """Times are epoch seconds."""

    #: Last sign of life, where it was, and whether it was at a door to the outside.
    seen: float
    room: str = ""
    door: bool = False
    away: bool = False
    #: When the quiet since ``seen`` is too long; 0 while nobody has had to ask.
    due: float = 0.0
    #: Hours of quiet that ``due`` stands for.
    limit_h: float = 0.0
    #: The quiet that was raised (its ``seen``), 0 when none is.
    raised: float = 0.0
