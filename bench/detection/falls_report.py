"""The figures of a scoring as a table, and the trade-off as a picture."""

from collections.abc import Mapping
from html import escape

from bench.detection.falls_score import Tally

Key = tuple[str, str]
_COLOURS = ("#0b5fa5", "#c1440e", "#2d7d46", "#7a3e9d", "#8a6d00", "#444444")
_LEFT, _TOP, _SIDE = 70, 50, 480
_LEAST = 80.0


def table(tallies: Mapping[Key, Tally]) -> str:
    """Return a Markdown table, a row per key."""
    rows = [
        "| recordings | falls / ADL | SE % (95 %) | SP % (95 %) | elderly SP % | false/h | delay s | samples/s |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for (dataset, position), tally in tallies.items():
        said = tally.figures()
        cells = (
            f"{dataset} {position}",
            f"{said['falls']} / {said['dailies']}",
            _rate(said, "sensitivity"),
            _rate(said, "specificity"),
            _rate(said, "elderly_specificity"),
            _or_dash(said["false_alarms_per_hour"]),
            _or_dash(said["median_delay_s"]),
            f"{said['samples_per_second']:,}",
        )
        rows.append("| " + " | ".join(cells) + " |")
    return "\n".join(rows)


def chart(tallies: Mapping[Key, Tally]) -> str:
    """Return an SVG of sensitivity over false positives, a line per dataset and position; a ring marks the setting."""
    parts = [_frame()]
    for number, (key, tally) in enumerate(sorted(tallies.items())):
        colour = _COLOURS[number % len(_COLOURS)]
        points = [(_x(100 - specificity), _y(sensitivity), limit) for limit, sensitivity, specificity in tally.curve()]
        if not points:
            continue
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="white" stroke="{colour}" stroke-width="2"/>'
            for x, y, limit in points
            if limit == 0
        ]
        parts.append(
            _text(_LEFT + _SIDE - 110, _TOP + _SIDE - 120 + 20 * number, escape(" ".join(key)), f'fill="{colour}"')
        )
    body = "\n".join(parts)
    size = f'width="{_LEFT + _SIDE + 30}" height="{_TOP + _SIDE + 60}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="13">\n{body}\n</svg>\n'


def _frame() -> str:
    lines = [
        '<rect width="100%" height="100%" fill="white"/>',
        f'<text x="{_LEFT}" y="28" font-size="16">Falls: sensitivity and false positives over the threshold</text>',
    ]
    for percent in range(0, 21, 5):
        x, y = _x(percent), _y(100 - percent)
        lines += [
            f'<line x1="{x}" y1="{_TOP}" x2="{x}" y2="{_TOP + _SIDE}" stroke="#ddd"/>',
            f'<line x1="{_LEFT}" y1="{y}" x2="{_LEFT + _SIDE}" y2="{y}" stroke="#ddd"/>',
            f'<text x="{x}" y="{_TOP + _SIDE + 18}" text-anchor="middle">{percent}</text>',
            f'<text x="{_LEFT - 8}" y="{y + 4}" text-anchor="end">{100 - percent}</text>',
        ]
    middle, half = _LEFT + _SIDE / 2, _TOP + _SIDE / 2
    lines += [
        _text(middle, _TOP + _SIDE + 42, "daily activities that raised an alarm, %"),
        _text(20, half, "falls found, %", f'transform="rotate(-90 20 {half})"'),
    ]
    return "\n".join(lines)


def _text(x: float, y: float, words: str, more: str = "") -> str:
    return f'<text x="{x}" y="{y}" text-anchor="middle" {more}>{words}</text>'


def _x(false_percent: float) -> float:
    return _LEFT + _SIDE * min(false_percent, 100 - _LEAST) / (100 - _LEAST)


def _y(found_percent: float) -> float:
    return _TOP + _SIDE * (100 - max(found_percent, _LEAST)) / (100 - _LEAST)


def _rate(said: Mapping[str, object], name: str) -> str:
    interval = said[f"{name}_95"]
    if not isinstance(interval, list):
        return "-"
    return f"{said[name]} ({interval[0]}-{interval[1]})"


def _or_dash(value: object) -> str:
    return "-" if value is None else str(value)
