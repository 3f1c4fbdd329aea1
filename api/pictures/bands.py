"""From which value on NEWS2 gives how many points, asked of the score itself."""

from collections.abc import Iterator
from functools import cache

import msgspec

from devices.observation import Kind
from rules.news2.score import Vitals, news2

#: Where to look, in steps that the chart knows: from, to, step.
_LOOKED_AT: dict[Kind, tuple[float, float, float]] = {
    Kind.RESPIRATION: (1, 60, 1),
    Kind.SPO2: (60, 100, 1),
    Kind.SYSTOLIC: (40, 260, 1),
    Kind.PULSE: (20, 220, 1),
    Kind.TEMPERATURE: (30, 43, 0.1),
}


@cache
def bands(kind: Kind, *, scale_2: bool, on_oxygen: bool) -> tuple[tuple[float, int], ...]:
    """Return (value, points given from it on), ascending; empty for what is no number on the chart."""
    return tuple(_changes(kind, scale_2=scale_2, on_oxygen=on_oxygen)) if kind in _LOOKED_AT else ()


def _changes(kind: Kind, *, scale_2: bool, on_oxygen: bool) -> Iterator[tuple[float, int]]:
    low, high, step = _LOOKED_AT[kind]
    before = None
    for number in range(round((high - low) / step) + 1):
        value = round(low + number * step, 1)
        vitals = msgspec.structs.replace(Vitals(on_oxygen=on_oxygen, scale_2=scale_2), **{kind.value: value})
        points = news2(vitals).parts[kind.value]
        if points != before:
            yield value, points
        before = points
