"""All homes fall silent together: one technical fault, not one emergency per home.

In TIHM every home was silent from 15 to 17 June 2019, 58 hours in the middle of which nobody could have told a long lie
from a broken platform (Sci Data 2023;10:606; ``bench/detection/homes_outage.py``). A rule that watches one home cannot
see that. So the arrivals of the whole site are watched: while no home is heard for longer than is possible among so
many, no home's silence is judged, and afterwards that time is taken out of it (``Moment``).

Pure: the engine calls ``hear`` for every observation of a home, and ``look`` when ``look_at`` has passed.
"""

from datetime import UTC, datetime

import msgspec

from rules.base import AlarmClass, Finding, Scope

#: With fewer homes, silence of all of them is not rare enough to conclude anything.
FEWEST_HOMES = 5
#: A home that was not heard for a day before the silence is not counted.
LIVE_S = 86400.0
#: Of n homes that live, one is heard at least every 900/n minutes even at night; measured on 2 to 28 homes of TIHM.
#: Heartbeats make real sites far more talkative.
HOME_MINUTES = 900.0
SHORTEST_S, LONGEST_S = 1800.0, 9000.0

SENTENCES = {
    "en": {
        "site_silent": "No home has been heard since {since}, of {homes:g} that were heard in the day before. "
        "This is a fault in the reception. Quiet homes are not judged until it is over.",
        "site_heard": "Homes are heard again, after {silent_h:.1f} h. Check on those that were quiet before.",
    },
    "sv": {
        "site_silent": "Inget hem har hörts sedan {since}, av {homes:g} som hördes dygnet före. "
        "Det är ett fel i mottagningen. Tysta hem bedöms inte förrän det är över.",
        "site_heard": "Hemmen hörs igen, efter {silent_h:.1f} h. Se till dem som var tysta innan.",
    },
}


class Site(msgspec.Struct):
    """What is remembered of all homes together. Times are epoch seconds of arrival."""

    heard: dict[str, float] = msgspec.field(default_factory=dict)
    last: float = 0.0
    #: The silence was looked at up to here.
    looked: float = 0.0
    silent: bool = False


def hear(site: Site, home: str, received_at: datetime) -> Finding | None:
    """Note that ``home`` was heard. Returns the restoring finding when that ends a silence of the site.

    The span from ``deaf_since`` before this call to ``received_at`` then belongs to ``Moment.unheard``.
    """
    now, before = received_at.timestamp(), site.last
    was_silent, site.silent = site.silent, False
    site.heard[home] = site.last = now
    if not was_silent:
        return None
    return _finding("site_heard", before, received_at, {"silent_h": round((now - before) / 3600, 1)})


def deaf_since(site: Site) -> datetime | None:
    """Return when the last home was heard, if the site is silent."""
    return datetime.fromtimestamp(site.last, UTC) if site.silent else None


def look_at(site: Site) -> datetime | None:
    """Return when to call ``look`` if nothing is heard; None while silent, or before anything was heard."""
    if site.silent or not site.heard:
        return None
    return datetime.fromtimestamp(max(site.last + SHORTEST_S, site.looked), UTC)


def look(site: Site, now: datetime) -> Finding | None:
    """Conclude that the site is silent, or note when to look again. Forgets homes that are gone."""
    site.heard = {home: at for home, at in site.heard.items() if site.last - at <= LIVE_S}
    homes = len(site.heard)
    if homes < FEWEST_HOMES:
        site.looked = now.timestamp() + SHORTEST_S
        return None
    limit = min(max(60 * HOME_MINUTES / homes, SHORTEST_S), LONGEST_S)
    if now.timestamp() < site.last + limit:
        site.looked = site.last + limit
        return None
    site.silent = True
    since = datetime.fromtimestamp(site.last, UTC)
    facts: dict[str, float | str] = {"since": since.isoformat(timespec="minutes"), "homes": float(homes)}
    return _finding("site_silent", site.last, datetime.fromtimestamp(site.last + limit, UTC), facts)


def _finding(code: str, began: float, time: datetime, facts: dict[str, float | str]) -> Finding:
    return Finding(
        key=f"outage:site:{began:.0f}:{code}",
        rule="outage",
        code=code,
        alarm_class=AlarmClass.TECHNICAL,
        scope=Scope.HOME,
        subject="",
        time=time,
        facts=facts,
        restores=code == "site_heard",
    )
