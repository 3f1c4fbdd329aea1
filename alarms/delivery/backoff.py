"""How long to wait before a page is tried again."""

from typing import Final

#: A provider that comes back is tried within this (routing invariant D3).
LONGEST_S: Final = 30.0


def delay(attempt: int) -> float:
    """Return the seconds to wait after attempt number ``attempt`` (from 1): 1, 2, 4, ... and never more than 30."""
    return doubled(attempt, LONGEST_S)


def doubled(count: int, longest_s: float) -> float:
    """Return the seconds to wait after as many failures: 1, 2, 4, ... and never more than ``longest_s``."""
    return float(min(longest_s, 2 ** min(count - 1, 10)))
