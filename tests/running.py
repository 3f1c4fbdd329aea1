"""A clock that runs on from a moment of the test's choosing."""

from datetime import datetime, timedelta
from time import monotonic


class RunningClock:
    """Runs as fast as real time from ``start``: a test with real servers must not depend on the hour it is run at.

    By day the desk has more to say than by night (reminders, what duty lacks), and on another day somebody else is on
    duty.
    """

    def __init__(self, start: datetime) -> None:
        self._start, self._began = start, monotonic()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=monotonic() - self._began)
