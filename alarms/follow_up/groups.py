"""By whom figures are split, and which cells would point at a person.

The rule: a row that splits by sex and rests on fewer than ``FEWEST`` different residents is hidden, its counts too.
So that it cannot be worked out from what is left, the other sexes of the same area (or class) are hidden with it, and
when only one area (or class) is hidden, so is the one that rests on the next fewest. Rows of whole areas and teams are
never hidden, since the service must be led; those on fewer than ``FEWEST`` residents are marked ``few``. An unknown sex
tells nothing about anybody and is not hidden.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

import msgspec

from alarms.follow_up.cases import UNKNOWN, Case
from alarms.follow_up.tally import Figures, Tally

FEWEST: Final = 5

Key = tuple[str, ...]
_FIELDS: Final = ("team", "area", "alarm_class", "sex", "rule")
#: Each way to split, in the order in which it is shown. An area belongs to one team at a time.
SPLITS: Final[tuple[Key, ...]] = (
    (),
    ("alarm_class",),
    ("team",),
    ("team", "area"),
    ("sex",),
    ("alarm_class", "rule"),
    ("team", "alarm_class"),
    ("team", "area", "alarm_class"),
    ("alarm_class", "sex"),
    ("team", "area", "sex"),
)


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of one group; a field that it is not split by is empty. ``figures`` is None when it is hidden."""

    split: str
    team: str = ""
    area: str = ""
    alarm_class: str = ""
    sex: str = ""
    rule: str = ""
    #: Rests on fewer than FEWEST residents that are known.
    few: bool
    hidden: bool
    figures: Figures | None


def groups(cases: Iterable[Case], through_at: datetime) -> list[Group]:
    """Return the figures of every group of every split; the first is that of all cases."""
    finest: dict[Key, Tally] = defaultdict(Tally)
    for case in cases:
        finest[tuple(getattr(case, name) for name in _FIELDS)].add(case, through_at)
    found: list[Group] = []
    for split in SPLITS:
        places = [_FIELDS.index(name) for name in split]
        tallies: dict[Key, Tally] = {} if split else {(): Tally()}
        for key, tally in finest.items():
            tallies.setdefault(tuple(key[place] for place in places), Tally()).join(tally)
        hidden = _hidden(tallies) if "sex" in split else frozenset()
        found += [_group(split, key, tallies[key], hidden=key in hidden) for key in sorted(tallies)]
    return found


def _group(split: Key, key: Key, tally: Tally, *, hidden: bool) -> Group:
    return Group(
        split="+".join(split) or "all",
        **dict(zip(split, key, strict=True)),
        few=len(tally.persons) < FEWEST,
        hidden=hidden,
        figures=None if hidden else tally.figures(),
    )


def _hidden(tallies: Mapping[Key, Tally]) -> frozenset[Key]:
    """Return the keys to hide; the last part of each is the sex, what is before it the holder: an area, a class."""
    cells: dict[Key, dict[Key, int]] = defaultdict(dict)
    for key, tally in tallies.items():
        if key[-1] != UNKNOWN:
            cells[key[:-1]][key] = len(tally.persons)
    shown = {holder: min(sizes.values()) for holder, sizes in cells.items() if min(sizes.values()) >= FEWEST}
    closed = set(cells) - set(shown)
    if len(closed) == 1 and shown:
        closed.add(min(shown, key=lambda holder: (shown[holder], holder)))
    return frozenset(key for holder in closed for key in cells[holder])
