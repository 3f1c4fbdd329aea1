"""The frame of a plot: from values to places, ticks that people can read."""

from collections.abc import Iterator
from math import ceil, floor, isfinite, log10
from typing import NamedTuple

from api.pictures.palette import Palette
from api.pictures.svg import Svg


class Axes(NamedTuple):
    """A plot between ``left`` and ``right``, ``top`` and ``bottom``, of x from x0 to x1 and y from y0 to y1."""

    left: float
    right: float
    top: float
    bottom: float
    x0: float
    x1: float
    y0: float
    y1: float

    def x(self, value: float) -> float:
        return self.left + (self.right - self.left) * _share(value, self.x0, self.x1)

    def y(self, value: float) -> float:
        return self.bottom - (self.bottom - self.top) * _share(value, self.y0, self.y1)

    def grid(self, svg: Svg, colours: Palette, *, count: int = 4) -> None:
        """Draw level lines with their numbers."""
        for value in ticks(self.y0, self.y1, count):
            y = self.y(value)
            svg.line((self.left, y), (self.right, y), stroke=colours.grid)
            svg.text(self.left - 8, y + 5, f"{value:g}", fill=colours.soft, anchor="end")


def ticks(low: float, high: float, count: int) -> Iterator[float]:
    """Yield round numbers between ``low`` and ``high``, about ``count`` of them."""
    span = high - low
    if not (isfinite(span) and span > 0):
        yield low
        return
    step = 10.0 ** floor(log10(span / count))
    step *= next((factor for factor in (1, 2, 5) if span / (step * factor) <= count), 10)
    for number in range(ceil(low / step), floor(high / step) + 1):
        yield round(number * step, 10)


def _share(value: float, low: float, high: float) -> float:
    return min(1.0, max(0.0, (value - low) / (high - low))) if high > low else 0.5
