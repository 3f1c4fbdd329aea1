"""No change of duty, people, areas or policies may take away whom a life-safety alarm would reach (E7)."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from alarms.oncall.coverage import AHEAD, Lack, unreachable
from alarms.settings import DeskSettings
from store.errors import HemvaktError

#: More than this is one story, and its first lines tell it.
_MOST_TOLD: Final = 10


class UnreachableRouteError(HemvaktError):
    """After this change a life-safety alarm would reach nobody, so nothing was changed."""

    def __init__(self, lacks: Sequence[Lack]) -> None:
        told = [
            f"Area {', '.join(lack.area_ids)}, team {lack.team_id}: nobody who can be reached from "
            f"{lack.start:%Y-%m-%d %H:%M} to {lack.end:%Y-%m-%d %H:%M} UTC."
            for lack in lacks[:_MOST_TOLD]
        ]
        more = [f"And {len(lacks) - _MOST_TOLD} more."] if len(lacks) > _MOST_TOLD else []
        super().__init__(" ".join(told + more))
        self.lacks = list(lacks)
        #: The same for programs; times in UTC.
        self.unreachable = [
            {
                "areas": list(lack.area_ids),
                "team": lack.team_id,
                "from": lack.start.isoformat(),
                "until": lack.end.isoformat(),
            }
            for lack in lacks[:_MOST_TOLD]
        ]


@contextmanager
def keeps_reachable(connection: Connection, now: datetime, settings: DeskSettings) -> Iterator[None]:
    """Check what is done inside, 30 days ahead. Raises UnreachableRouteError, which undoes the transaction.

    What was unreachable before may stay so: a change that mends half of it is a good one.
    """
    end = now + AHEAD
    before = unreachable(connection, now, end, settings)
    yield
    worse = [lack for lack in unreachable(connection, now, end, settings) if not _known(lack, before)]
    if worse:
        raise UnreachableRouteError(worse)


def _known(lack: Lack, before: Sequence[Lack]) -> bool:
    """Tell whether nobody was reached before in all of the same time; which team was in charge does not matter."""
    at = lack.start
    for one in sorted(before, key=lambda one: one.start):
        if one.area_ids == lack.area_ids and one.start <= at < one.end:
            at = one.end
    return at >= lack.end
