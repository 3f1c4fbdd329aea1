"""Bars as SVG: numbers become places here, the template only draws them. Beside each chart stands its table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 640
_LEFT: Final = 170
_ROW: Final = 34
_HIGH: Final = 160


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One bar, in the units of the picture. ``part`` is how much of it is drawn in the warning colour."""

    label: str
    shown: str
    x: float
    y: float
    width: float
    height: float
    part: float = 0.0
    #: Where the goal is marked, None without one.
    goal: float | None = None


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A picture of ``width`` x ``height``."""

    width: int
    height: int
    bars: list[Bar]


def shares(rows: Sequence[tuple[str, float | None, float | None]]) -> Chart:
    """Return lying bars of ``(label, share from 0 to 1, goal)``; a share that is None draws an empty bar."""
    room = WIDTH - _LEFT - 70
    bars = [
        Bar(
            label=label,
            shown="–" if share is None else percent(share),  # noqa: RUF001 - a dash that people read
            x=_LEFT,
            y=number * _ROW + 5,
            width=round(room * (share or 0.0), 1),
            height=_ROW - 10,
            goal=None if goal is None else round(_LEFT + room * goal, 1),
        )
        for number, (label, share, goal) in enumerate(rows)
    ]
    return Chart(width=WIDTH, height=max(1, len(rows)) * _ROW, bars=bars)


def columns(rows: Sequence[tuple[str, int, int]]) -> Chart:
    """Return standing bars of ``(label, count, how many of them are late)``."""
    most, step = max((count for _, count, _ in rows), default=0) or 1, WIDTH / max(1, len(rows))
    bars = [
        Bar(
            label=label,
            shown=str(count),
            x=round(number * step + step * 0.12, 1),
            y=round(20 + _HIGH * (1 - count / most), 1),
            width=round(step * 0.76, 1),
            height=round(_HIGH * count / most, 1),
            part=round(_HIGH * late / most, 1),
        )
        for number, (label, count, late) in enumerate(rows)
    ]
    return Chart(width=WIDTH, height=_HIGH + 46, bars=bars)


def percent(share: float) -> str:
    """Return a share with one decimal. It is cut, not rounded: 97.49 % has not reached 97.5 %."""
    tenths = int(share * 1000 + 1e-6)
    return f"{tenths // 10}.{tenths % 10} %"
