"""How much of a time nobody listened to: what a rule must know before it learns or concludes from it."""

from datetime import datetime

from rules.base import Moment


def unheard_s(start: datetime, end: datetime, moment: Moment) -> float:
    """Return for how many seconds between ``start`` and ``end`` nobody listened, or no home was heard."""
    missed = 0.0
    for began, ended in moment.unheard:
        missed += max(0.0, (min(ended, end) - max(began, start)).total_seconds())
    if moment.deaf_since is not None:
        missed += max(0.0, (end - max(moment.deaf_since, start)).total_seconds())
    return missed
