"""A small writer of SVG: shapes with presentation attributes only, for a page that allows no inline styles.

Everything that is written passes through one escape, so that no name or room can end an element.
"""

import re
from collections.abc import Sequence
from html import escape
from typing import Final

#: Characters that XML 1.0 does not allow, even escaped.
_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_FONT: Final = "system-ui, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif"

Point = tuple[float, float]


def safe(text: object) -> str:
    """Return ``text`` fit to stand in an element or a quoted attribute."""
    return escape(_NOT_XML.sub("\ufffd", str(text)), quote=True)


class Svg:
    """A drawing of ``width`` by ``height``, with the title and description that are its text alternative."""

    def __init__(self, width: float, height: float, *, title: str, desc: str, language: str, ground: str) -> None:
        self.width, self.height = width, height
        size = f'viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}"'
        named = f'role="img" aria-labelledby="t d" lang="{safe(language)}"'
        self._parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} {named} font-family="{_FONT}" font-size="14">',
            f'<title id="t">{safe(title)}</title>',
            f'<desc id="d">{safe(desc)}</desc>',
        ]
        self.rect(0, 0, width, height, fill=ground)

    def rect(self, x: float, y: float, width: float, height: float, *, fill: str, opacity: float = 1.0) -> None:
        """Fill an area; one of no extent is not drawn."""
        if width > 0 and height > 0:
            size = f'width="{width:.1f}" height="{height:.1f}"'
            self._parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" {size} fill="{fill}"{_faint(opacity)}/>')

    def line(self, start: Point, end: Point, *, stroke: str, width: float = 1.0, dash: str = "") -> None:
        (x1, y1), (x2, y2) = start, end
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        place = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
        self._parts.append(f'<line {place} stroke="{stroke}" stroke-width="{width:g}"{dashed}/>')

    def path(self, points: Sequence[Point], *, stroke: str, width: float = 1.5, fill: str = "none") -> None:
        """Draw a line through ``points``; closed and filled when ``fill`` is given."""
        if len(points) > 1:
            drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
            kind = "polyline" if fill == "none" else "polygon"
            self._parts.append(
                f'<{kind} points="{drawn}" fill="{fill}" stroke="{stroke}" stroke-width="{width:g}" '
                'stroke-linejoin="round"/>'
            )

    def dot(self, x: float, y: float, radius: float, *, fill: str, stroke: str = "none") -> None:
        self._parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" fill="{fill}" stroke="{stroke}" stroke-width="1.5"/>'
        )

    def cross(self, x: float, y: float, reach: float, *, stroke: str) -> None:
        """Draw a cross: the mark of what is gone or cannot be."""
        self.line((x - reach, y - reach), (x + reach, y + reach), stroke=stroke, width=2)
        self.line((x - reach, y + reach), (x + reach, y - reach), stroke=stroke, width=2)

    def text(
        self,
        x: float,
        y: float,
        text: object,
        *,
        fill: str,
        anchor: str = "start",
        size: float = 14,
        bold: bool = False,
    ) -> None:
        weight = ' font-weight="650"' if bold else ""
        sized = f' font-size="{size:g}"' if size != 14 else ""
        self._parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" fill="{fill}" text-anchor="{anchor}"{sized}{weight}>{safe(text)}</text>'
        )

    def paragraph(self, x: float, y: float, text: str, *, fill: str, columns: int, size: float = 16) -> float:
        """Write ``text`` in lines of at most ``columns`` characters; return where the next one would begin."""
        for line in wrapped(text, columns):
            self.text(x, y, line, fill=fill, size=size)
            y += size * 1.45
        return y

    def __str__(self) -> str:
        return "\n".join([*self._parts, "</svg>", ""])


def wrapped(text: str, columns: int) -> list[str]:
    """Break ``text`` into lines; a word longer than a line is cut."""
    lines = [""]
    for long in text.split():
        for word in (long[start : start + columns] for start in range(0, len(long), columns)):
            if lines[-1] and len(lines[-1]) + 1 + len(word) > columns:
                lines.append(word)
            else:
                lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _faint(opacity: float) -> str:
    return "" if opacity >= 1 else f' fill-opacity="{opacity:g}"'
