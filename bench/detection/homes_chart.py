"""The trade-off between false alarms and delay, as SVG."""

from collections.abc import Mapping
from html import escape
from math import log10

from bench.detection.homes_score import Summary

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 760, 470, 70, 40, 30, 60
_RATES = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
_HOURS = (0, 2, 4, 6, 8, 10, 12)
#: Wilhelm & Wahl, Sensors 2024;24:6583 (other homes: an orientation, not the same test).
_PUBLISHED = ("published 2024: 0.09 at 5 h 23 min", 0.09, 5.383)


def _x(rate: float) -> float:
    low, high = log10(_RATES[0]), log10(_RATES[-1])
    share = (log10(min(max(rate, _RATES[0]), _RATES[-1])) - low) / (high - low)
    return LEFT + (WIDTH - LEFT - RIGHT) * share


def _y(hours: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * min(hours, _HOURS[-1]) / _HOURS[-1]


def chart(results: Mapping[str, Summary]) -> str:
    """Draw learned settings as a curve, everything else as points with names."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-size="12">',
        "<title>Inactivity: false alarms against delay</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        *_axes(),
    ]
    curve = [one for name, one in results.items() if name.startswith("learned")]
    points = " ".join(f"{_x(one.per_day):.1f},{_y(one.mean_h):.1f}" for one in curve)
    parts.append(f'<polyline points="{points}" fill="none" stroke="#0a5" stroke-width="2.5"/>')
    for name, one in results.items():
        learned = name.startswith("learned")
        label = name.removeprefix("learned, ").removesuffix(" between") if learned else name
        parts += _point(one.per_day, one.mean_h, label, "#0a5" if learned else "#555", below=learned)
    parts += _point(_PUBLISHED[1], _PUBLISHED[2], _PUBLISHED[0], "#c30", below=False)
    return "\n".join([*parts, "</svg>"])


def _axes() -> list[str]:
    parts = []
    for rate in _RATES:
        parts += [
            f'<line x1="{_x(rate):.1f}" y1="{TOP}" x2="{_x(rate):.1f}" y2="{HEIGHT - BOTTOM}" stroke="#ddd"/>',
            f'<text x="{_x(rate):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{rate:g}</text>',
        ]
    for hours in _HOURS:
        parts += [
            f'<line x1="{LEFT}" y1="{_y(hours):.1f}" x2="{WIDTH - RIGHT}" y2="{_y(hours):.1f}" stroke="#ddd"/>',
            f'<text x="{LEFT - 10}" y="{_y(hours) + 4:.1f}" text-anchor="end">{hours} h</text>',
        ]
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(f'<text x="{middle}" y="{HEIGHT - 18}" text-anchor="middle">false alarms per home and day</text>')
    parts.append(f'<text x="{LEFT}" y="{TOP - 16}">mean delay from a collapse to the finding</text>')
    return parts


def _point(rate: float, hours: float, label: str, colour: str, *, below: bool) -> list[str]:
    x, y = _x(rate), _y(hours)
    shift = 16 if below else -8
    anchor, aside = ("end", -6) if below or x > WIDTH - 190 else ("start", 6)
    text = (
        f'<text x="{x + aside:.1f}" y="{y + shift:.1f}" text-anchor="{anchor}" fill="{colour}">{escape(label)}</text>'
    )
    return [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>', text]
