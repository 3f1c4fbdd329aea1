"""A measurement against its limits, with the values before it."""

from collections.abc import Sequence
from datetime import datetime

from api.pictures.axes import Axes
from api.pictures.material import WIDTH, Found, Look, Measured, note
from api.pictures.svg import Svg

#: Values from so many days before the finding are shown.
DAYS = 30
_LEFT, _RIGHT, _PANEL, _GAP, _TOP, _BOTTOM = 70.0, 170.0, 230.0, 58.0, 44.0, 34.0
_MANY_PANEL = 110.0
#: A finding that rests on more values than these is about their mean.
_FEW = 4


def draw(found: Found, panels: Sequence[Measured], begin: datetime, look: Look) -> Svg:
    """Draw a panel for each kind; one without any value is left out, and a drawing without panels says so."""
    shown = [panel for panel in panels if panel.values]
    if not shown:
        return note(found, look, "picture.gone")
    height = _PANEL if len(shown) == 1 else _MANY_PANEL
    desc = " ".join(part for panel in shown for part in _told(found, panel, begin, look))
    svg = look.drawing(found, _TOP + len(shown) * (height + _GAP) - _GAP + _BOTTOM + 8, desc)
    for number, panel in enumerate(shown):
        top = _TOP + number * (height + _GAP)
        _panel(svg, found, panel, (top, top + height), begin, look)
    return svg


def _panel(svg: Svg, found: Found, panel: Measured, place: tuple[float, float], begin: datetime, look: Look) -> None:
    top, bottom = place
    colours = look.colours
    low, high = _range(panel)
    axes = Axes(_LEFT, WIDTH - _RIGHT, top, bottom, begin.timestamp(), found.time.timestamp(), low, high)
    svg.text(16, top - 16, f"{name_of(panel, look)} ({unit_of(panel, look)})", fill=colours.ink, bold=True)
    axes.grid(svg, colours, count=4 if bottom - top > 150 else 2)
    for value, points in panel.bands:
        if low < value < high:
            y = axes.y(value)
            svg.line((axes.left, y), (axes.right, y), stroke=colours.limit, dash="3 5")
            svg.text(axes.right + 8, y - 1, look.words("picture.points", points=points), fill=colours.limit, size=12)
    written: list[float] = []
    for name, value in sorted(panel.limits.items(), key=lambda one: one[1]):
        y = axes.y(value)
        svg.line((axes.left, y), (axes.right, y), stroke=colours.limit, width=2, dash="8 5")
        # Labels that would lie on each other move up.
        label = min([y + 5, *(taken - 17 for taken in written if abs(taken - y - 5) < 17)])
        written.append(label)
        svg.text(axes.right + 8, label, f"{name} {value:g}", fill=colours.limit)
    _values(svg, found, panel, axes, look)
    for at, anchor in ((begin, "start"), (found.time, "end")):
        svg.text(axes.x(at.timestamp()), bottom + 22, look.clock(at), fill=colours.soft, anchor=anchor)


def _values(svg: Svg, found: Found, panel: Measured, axes: Axes, look: Look) -> None:
    colours, own, many = look.colours, set(found.evidence), _is_mean(found, panel)
    places = [(axes.x(at.timestamp()), axes.y(value)) for at, value, _, possible in panel.values if possible]
    svg.path(places, stroke=colours.usual, width=1.2)
    for at, value, number, possible in panel.values:
        x, y = axes.x(at.timestamp()), axes.y(value)
        if not possible:
            svg.cross(x, y, 5, stroke=colours.found)
            svg.text(x - 9, y + 5, look.words("picture.impossible"), fill=colours.found, anchor="end")
        elif number in own:
            svg.dot(x, y, 4.5 if many else 7, fill=colours.found, stroke=colours.ground)
        else:
            svg.dot(x, y, 3.5, fill=colours.data)
    last = _own(found, panel)
    mean = found.facts.get(panel.kind.value)
    if _is_mean(found, panel) and isinstance(mean, (int, float)):
        y = axes.y(mean)
        svg.line((axes.left, y), (axes.right, y), stroke=colours.found, width=2)
        svg.text(axes.left + 8, y - 8, look.words("picture.mean", value=mean), fill=colours.found, size=18, bold=True)
    elif last is not None:
        x, y = axes.x(last[0].timestamp()), axes.y(last[1])
        points = [given for value, given in panel.bands if value <= last[1]]
        said = f"{last[1]:g}, {look.words('picture.points', points=points[-1])}" if points else f"{last[1]:g}"
        svg.text(x - 12, max(y - 10, axes.top + 12), said, fill=colours.found, anchor="end", size=18, bold=True)


def _is_mean(found: Found, panel: Measured) -> bool:
    """Say whether the finding rests on many values of this kind, and so on their mean."""
    return sum(number in found.evidence for _, _, number, _ in panel.values) > _FEW


def _range(panel: Measured) -> tuple[float, float]:
    values = [value for _, value, _, possible in panel.values if possible] or [panel.values[-1][1]]
    levels = [*values, *panel.limits.values()]
    low, high = min(levels), max(levels)
    room = (high - low) * 0.12 or max(1.0, abs(high) * 0.05)
    return low - room, high + room


def _own(found: Found, panel: Measured) -> tuple[datetime, float] | None:
    """Return the newest value that the finding rests on."""
    rests = [(at, value) for at, value, number, possible in panel.values if possible and number in found.evidence]
    return rests[-1] if rests else None


def _told(found: Found, panel: Measured, begin: datetime, look: Look) -> list[str]:
    values = [value for _, value, _, possible in panel.values if possible]
    last = _own(found, panel) or (panel.values[-1][0], panel.values[-1][1])
    said = look.words(
        "picture.measured_desc",
        what=name_of(panel, look),
        value=f"{last[1]:g}",
        unit=unit_of(panel, look),
        time=look.clock(last[0]),
        count=max(0, len(panel.values) - 1),
        days=max(1, round((found.time - begin).total_seconds() / 86400)),
        low=f"{min(values, default=last[1]):g}",
        high=f"{max(values, default=last[1]):g}",
    )
    limits = ", ".join(f"{name} {value:g}" for name, value in panel.limits.items())
    return [said, *([look.words("picture.limits_desc", limits=limits)] if limits else [])]


def name_of(panel: Measured, look: Look) -> str:
    key = f"kind.{panel.kind.value}"
    return look.words(key) if look.words.has(key) else panel.kind.value


def unit_of(panel: Measured, look: Look) -> str:
    key = f"unit.{panel.unit}"
    return look.words(key) if look.words.has(key) else panel.unit
