"""What is kept of one device between its windows of acceleration."""

import msgspec

from rules.fall.detector import Detector


class FallState(msgspec.Struct):
    """The stream under way, if any.

    ``began`` is the time (epoch s) of the first sample of the last window, which was ``fed`` s into the stream;
    ``ends`` is where the next window should begin, ``heard`` when the last one was received. ``windows`` are the ids
    of the last ones and how many seconds into the stream each ended.
    """

    detector: Detector | None = None
    rate_hz: float = 0.0
    range_g: float = 0.0
    began: float = 0.0
    fed: float = 0.0
    ends: float = 0.0
    heard: float = 0.0
    windows: list[tuple[int, float]] = []
