"""Signs of life in a home as its rules see them: a state that is told again is none, nor is a sensor that clears."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from sqlalchemy import Row

from devices.observation import Kind, Quality
from rules.inactivity.signs import ENDS_ALONE
from rules.repeats import STATES, Repeats

#: Kinds by which a home shows that somebody is up.
LIVELY: Final = frozenset({Kind.MOTION, Kind.PRESS}) | STATES
#: Columns of an observation that tell whether it is a sign.
FIELDS: Final = ("device_id", "kind", "value", "received_at", "quality")


def signs(rows: Iterable[Row[Any]]) -> Iterator[Row[Any]]:
    """Yield those of ``rows``, the oldest first, that are signs of life. Each has at least ``FIELDS``."""
    repeats = Repeats({})
    for row in rows:
        kind = Kind(row.kind)
        late = Quality.LATE.value in row.quality.split(",")
        again = repeats.told_again(row.device_id, kind, row.value, row.received_at, late=late)
        if not again and (row.value == 1 or kind not in ENDS_ALONE):
            yield row
