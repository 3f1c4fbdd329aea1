"""What is kept of one device between its windows of acceleration."""

import msgspec

from rules.fall.detector import Detector, Event


class Asked(msgspec.Struct):
    """A suspected fall of which the wearer was asked; staff are told at ``until`` (epoch s) if nobody answers."""

    event: Event
    time: float
    evidence: tuple[int, ...]
    until: float


class FallState(msgspec.Struct):
    """The stream under way, if any.

    ``began`` is the time (epoch s) of the first sample of the last window, which was ``fed`` s into the stream;
    ``ends`` is where the next window should begin, ``heard`` when the last one was received. ``windows`` are the ids
    of the last ones and how many seconds into the stream each ended.

    ``can_prompt`` is what the device last said of itself, ``asked`` the question that is open, ``told`` whether staff
    were told after one, ``helped`` when help was last wanted in answer to one (epoch s).
    """

    detector: Detector | None = None
    rate_hz: float = 0.0
    range_g: float = 0.0
    began: float = 0.0
    fed: float = 0.0
    ends: float = 0.0
    heard: float = 0.0
    windows: list[tuple[int, float]] = []
    can_prompt: bool = False
    asked: Asked | None = None
    told: bool = False
    helped: float = 0.0
