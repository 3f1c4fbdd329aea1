"""Acceleration around a suspected fall: the impact, and how still it was afterwards."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from math import ceil

import numpy as np

from api.pictures.axes import Axes, ticks
from api.pictures.material import WIDTH, Found, Look, Windows, note
from api.pictures.svg import Point, Svg
from devices.observation import Observation
from rules.fall.features import AFTER_S, BEFORE_S, STILL_G
from rules.fall.signal import RATE_HZ, Samples, Signal, drain, push
from rules.fall.stream import samples_of, start_of

_HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 380.0, 60.0, 20.0, 46.0, 52.0
_MOST_POINTS = 1700
_MARGIN_S = 1.0
#: A run of stillness shorter than this is no stillness that anybody sees.
_LEAST_STILL_S = 0.2
_SEAM_S = 0.15


def draw(found: Found, windows: Windows, look: Look) -> Svg:
    """Draw magnitude in g over seconds from the impact; say so when no window is left."""
    hit = found.time.timestamp()
    pieces = [piece for piece in (_piece(one, hit) for one in windows) if piece is not None]
    if not pieces:
        return note(found, look, "picture.gone")
    first = max(-BEFORE_S - _MARGIN_S, min(float(at[0]) for at, _, _ in pieces))
    last = min(AFTER_S + 10 * _MARGIN_S, max(float(at[-1]) for at, _, _ in pieces))
    highest = max(float(np.nanmax(size, initial=1.0)) for _, size, _ in pieces)
    runs = _joined(run for _, _, runs in pieces for run in runs)
    still = sum(end - begin for begin, end in runs)
    peak = _number(found.facts.get("impact_g"), highest)
    desc = look.words(
        "picture.fall_desc",
        first=first,
        last=last,
        time=look.clock(found.time),
        value=peak,
        still=_number(found.facts.get("still_s"), still),
    )
    svg, colours = look.drawing(found, _HEIGHT, desc), look.colours
    axes = Axes(_LEFT, WIDTH - _RIGHT, _TOP, _HEIGHT - _BOTTOM, first, last, 0.0, max(3.0, ceil(max(highest, peak))))
    for begin, end in runs:
        svg.rect(
            axes.x(begin),
            axes.top,
            axes.x(end) - axes.x(begin),
            axes.bottom - axes.top,
            fill=colours.shade,
            opacity=0.35,
        )
    axes.grid(svg, colours)
    _seconds(svg, axes, look)
    svg.line((axes.left, axes.y(1)), (axes.right, axes.y(1)), stroke=colours.usual, dash="6 5")
    svg.text(axes.right - 6, axes.y(1) - 7, look.words("picture.rest"), fill=colours.soft, anchor="end")
    at, size = (np.concatenate(parts) for parts in zip(*((at, size) for at, size, _ in pieces), strict=True))
    inside = (at >= first) & (at <= last)
    for run in _runs(at[inside], size[inside]):
        svg.path([(axes.x(x), axes.y(y)) for x, y in run], stroke=colours.data, width=1.8)
    _impact(svg, axes, look, peak)
    if still:
        svg.text(axes.x(runs[0][0]) + 6, axes.bottom - 10, look.words("picture.still"), fill=colours.ink)
    return svg


def _piece(one: Observation, hit: float) -> tuple[Samples, Samples, list[tuple[float, float]]] | None:
    """Return seconds from the impact, magnitudes in g, and the spans of stillness after it, of one window."""
    window = one.acceleration
    samples = None if window is None else samples_of(window)
    if window is None or samples is None:
        return None
    began = start_of(one, len(samples) / window.rate_hz) - hit
    path = Signal(rate_hz=window.rate_hz, range_g=window.range_g)
    known = np.concatenate((push(path, samples), drain(path)))
    if not len(known):
        return None
    at = began + np.arange(len(known)) / RATE_HZ
    return at, np.sqrt((known * known).sum(axis=1)), list(_still(at, known))


def _still(at: Samples, known: Samples) -> Iterator[tuple[float, float]]:
    change = np.sqrt(((known[1:] - known[:-1]) ** 2).sum(axis=1))
    quiet = np.concatenate(([False], (change < STILL_G) & (at[1:] > 0) & (at[1:] <= AFTER_S), [False]))
    edges = np.flatnonzero(quiet[1:] != quiet[:-1])
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        if (end - begin) / RATE_HZ >= _LEAST_STILL_S:
            yield float(at[begin]), float(at[min(end, len(at) - 1)])


def _joined(runs: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """Join spans between which hardly anything lies, as between the end of one window and the next."""
    joined: list[tuple[float, float]] = []
    for begin, end in sorted(runs):
        if joined and begin - joined[-1][1] <= _SEAM_S:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return joined


def _runs(at: Samples, size: Samples) -> Iterator[Sequence[Point]]:
    """Yield lines through what is known; more points than pixels become the lowest and highest of each column."""
    known = np.flatnonzero(np.isfinite(size))
    if len(known) > _MOST_POINTS:
        columns = np.array_split(known, _MOST_POINTS // 2)
        known = np.array([column[[size[column].argmin(), size[column].argmax()]] for column in columns]).ravel()
        known.sort()
    breaks = [
        0,
        *(place + 1 for place, (one, other) in enumerate(pairwise(known)) if at[other] - at[one] > 1),
        len(known),
    ]
    for begin, end in pairwise(breaks):
        yield [(float(at[place]), float(size[place])) for place in known[begin:end]]


def _seconds(svg: Svg, axes: Axes, look: Look) -> None:
    for second in ticks(axes.x0, axes.x1, 10):
        svg.text(
            axes.x(second), axes.bottom + 20, f"{second:+g}" if second else "0", fill=look.colours.soft, anchor="middle"
        )
    svg.text(
        (axes.left + axes.right) / 2,
        axes.bottom + 42,
        look.words("picture.seconds"),
        fill=look.colours.soft,
        anchor="middle",
    )
    svg.text(axes.left - 44, axes.top - 20, look.words("picture.g"), fill=look.colours.soft)


def _impact(svg: Svg, axes: Axes, look: Look, peak: float) -> None:
    x = axes.x(0)
    svg.line((x, axes.top - 8), (x, axes.bottom), stroke=look.colours.found, width=2)
    svg.text(x + 8, axes.top + 6, look.words("picture.impact", value=peak), fill=look.colours.found, bold=True)


def _number(value: object, other: float) -> float:
    return float(value) if isinstance(value, (int, float)) else other
