"""Whether anybody listens, and whether anybody is heard: the ``Moment`` that rules are told."""

from datetime import datetime, timedelta

from rules import outage
from rules.base import Finding, Moment

#: Older spans are merged, so that a night of restarts does not grow the state.
_SPANS = 16
#: A float of epoch seconds and a datetime differ by less than this.
_TICK = timedelta(milliseconds=1)
#: What waited in the broker arrives within this; shorter than the grace of any rule, so that the site goes first.
_ARRIVALS = timedelta(seconds=20)

Span = tuple[datetime, datetime]


class Reception:
    """Joins the times in which the gateway was down with those in which no home was heard (``rules/outage.py``)."""

    def __init__(self, moment: Moment, site: outage.Site) -> None:
        self.moment = moment
        self.site = site
        #: The site need not be looked at before; hearing moves that later, so it is worked out only when it is passed.
        self._look_by = outage.look_at(site)

    def look_at(self, until: datetime) -> datetime | None:
        """Return when the site must be looked at, if that is no later than ``until``."""
        if self._look_by is None or self._look_by > until:
            return None
        self._look_by = outage.look_at(self.site)
        return self._look_by if self._look_by is not None and self._look_by <= until else None

    def next_look(self) -> datetime | None:
        """Return when the site must be looked at if nothing is heard."""
        return outage.look_at(self.site)

    def look(self, at: datetime) -> Finding | None:
        """Look at the site; return what there is to say if no home is heard any more."""
        finding = outage.look(self.site, at + _TICK)
        if finding is not None:
            self.moment = Moment(
                resumed_at=self.moment.resumed_at,
                unheard=self.moment.unheard,
                deaf_since=outage.deaf_since(self.site),
            )
        return finding

    def hear(self, home: str, at: datetime) -> Finding | None:
        """Note that a home was heard; return what there is to say if that ends a silence of all."""
        since = outage.deaf_since(self.site) if self.site.silent else None
        finding = outage.hear(self.site, home, at)
        if self._look_by is None:
            self._look_by = at
        if finding is not None and since is not None:
            self.moment = Moment(resumed_at=at, unheard=_joined(self.moment.unheard, (since, at)))
        return finding

    def resume(self, listened_until: datetime, at: datetime) -> None:
        """Take up work at ``at``; the time since ``listened_until`` is no silence of the site. One found goes on."""
        if at <= listened_until:
            return
        deaf_since = outage.deaf_since(self.site)
        unheard = self.moment.unheard if deaf_since else _joined(self.moment.unheard, (listened_until, at))
        self.moment = Moment(resumed_at=at, unheard=unheard, deaf_since=deaf_since)
        if (due := outage.look_at(self.site)) is not None:
            self.site.looked = max(due + (at - listened_until), at + _ARRIVALS).timestamp()


def _joined(spans: tuple[Span, ...], new: Span) -> tuple[Span, ...]:
    """Add a span at the end; overlapping ones become one, and the two oldest where there are too many.

    Two that are apart become one as long as both together: time that was heard never counts as unheard. The very first
    span, all the time before Hemvakt began, stays by itself.
    """
    joined = list(spans)
    began, ended = new
    while joined and joined[-1][1] >= began:
        before, until = joined.pop()
        began, ended = min(began, before), max(ended, until)
    joined.append((began, ended))
    if len(joined) > _SPANS:
        (first, first_end), (second, second_end) = joined[1:3]
        joined[1:3] = [(second - (first_end - first), second_end)]
    return tuple(joined)
