"""From local wall time to the instant it means, by one rule without gap or double.

The rule: a wall time that exists twice (clocks went back) means its first pass; one that does not exist (clocks went
forward) means the instant of the jump. This maps later wall times never to earlier instants, so shifts that meet on the
wall meet in time, whatever the zone does to its clocks: half an hour (Lord Howe), a month (Casablanca), a day (Apia).
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo


def instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the UTC instant that the naive local ``wall`` means in ``zone``."""
    first = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None) == wall:
        return first
    return _jump(wall, zone)


def local(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return the naive wall time that clocks show at ``moment``."""
    return moment.astimezone(zone).replace(tzinfo=None)


def _jump(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant at which clocks jumped over ``wall``: to the second, as precise as zones are."""
    after = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    before = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    new = before.astimezone(zone).utcoffset()
    early, late = (
        after.replace(microsecond=0) - timedelta(seconds=1),
        before.replace(microsecond=0) + timedelta(seconds=1),
    )
    while late - early > timedelta(seconds=1):
        middle = early + timedelta(seconds=(late - early) // timedelta(seconds=1) // 2)
        if middle.astimezone(zone).utcoffset() == new:
            late = middle
        else:
            early = middle
    return late
