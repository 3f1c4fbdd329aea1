"""The activity of a home on the day of a finding, beside what is usual there at these hours."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta

from api.pictures.axes import Axes
from api.pictures.material import WIDTH, Activity, Found, Look, note
from api.pictures.svg import Svg

SLOT = timedelta(minutes=30)
SHOWN = timedelta(hours=24)
#: What is usual is taken from so many days before; fewer than the least say nothing yet.
USUAL_DAYS, LEAST_DAYS = 14, 3
_HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 340.0, 60.0, 20.0, 64.0, 40.0


def draw(found: Found, activity: Activity, look: Look) -> Svg:
    """Draw signs of life per half hour as bars, what is usual as a line; the quiet and the night are shaded."""
    if not activity.heard:
        return note(found, look, "picture.gone")
    slots = list(_slots(activity))
    counts = [bisect_left(activity.heard, begin + SLOT) - bisect_left(activity.heard, begin) for begin in slots]
    usual, days = _usual(activity, slots, look)
    svg = look.drawing(found, _HEIGHT, _told(found, activity, sum(counts), sum(usual), look))
    colours = look.colours
    top = max(4.0, *map(float, counts), *usual)
    begin, end = slots[0].timestamp(), (slots[-1] + SLOT).timestamp()
    axes = Axes(_LEFT, WIDTH - _RIGHT, _TOP, _HEIGHT - _BOTTOM, begin, end, 0.0, top)
    _spans(svg, axes, found, slots, look)
    axes.grid(svg, colours)
    width = axes.x((slots[0] + SLOT).timestamp()) - axes.left
    for at, count in zip(slots, counts, strict=True):
        x, y = axes.x(at.timestamp()), axes.y(count)
        svg.rect(x + 1.5, y, width - 3, axes.bottom - y, fill=colours.data)
    if days:
        steps = [
            (axes.x((at + SLOT * side).timestamp()), axes.y(many))
            for at, many in zip(slots, usual, strict=True)
            for side in (0, 1)
        ]
        svg.path(steps, stroke=colours.ink, width=2)
    _frame(svg, axes, found, look, days)
    return svg


def _spans(svg: Svg, axes: Axes, found: Found, slots: Sequence[datetime], look: Look) -> None:
    """Shade the nights, and the quiet that was found."""
    colours, height = look.colours, axes.bottom - axes.top
    for first, last in _nights(found, slots, look):
        x = axes.x(first.timestamp())
        svg.rect(x, axes.top, axes.x(last.timestamp()) - x, height, fill=colours.shade, opacity=0.28)
        svg.text(x + 6, axes.top + 16, look.words("picture.night"), fill=colours.soft)
    hours = _quiet_h(found)
    if hours:
        x = axes.x((found.time - timedelta(hours=hours)).timestamp())
        svg.rect(x, axes.top, axes.x(found.time.timestamp()) - x, height, fill=colours.found, opacity=0.2)
        svg.text(x + 6, axes.top + 36, look.words("picture.quiet", hours=hours), fill=colours.ink)


def _slots(activity: Activity) -> Iterator[datetime]:
    """Yield the half hours that are shown; they begin on the half hour, in every zone that is on one."""
    at = datetime.fromtimestamp(
        activity.begin.timestamp() // SLOT.total_seconds() * SLOT.total_seconds(), activity.begin.tzinfo
    )
    while at < activity.end:
        yield at
        at += SLOT


def _usual(activity: Activity, slots: Sequence[datetime], look: Look) -> tuple[list[float], int]:
    """Return the mean count of each slot by wall time over the days before on which the home was heard at all."""
    before = activity.heard[: bisect_left(activity.heard, activity.begin)]
    walls = Counter(_wall(at, look) for at in before)
    # Whole days back from the beginning, so that each of them has each slot once.
    days = len({(activity.begin - at) // timedelta(days=1) for at in before})
    if days < LEAST_DAYS:
        return [0.0] * len(slots), 0
    return [walls[_wall(at, look)] / days for at in slots], days


def _wall(at: datetime, look: Look) -> tuple[int, int]:
    local = at.astimezone(look.zone)
    return local.hour, local.minute // 30


def _quiet_h(found: Found) -> float:
    hours = found.facts.get("quiet_h")
    return float(hours) if isinstance(hours, (int, float)) and 0 < hours < 1000 else 0.0


def _nights(found: Found, slots: Sequence[datetime], look: Look) -> Iterator[tuple[datetime, datetime]]:
    """Yield the spans of night, where it is known when that is."""
    try:
        begins, ends = (time.fromisoformat(str(found.facts[name])) for name in ("night_from", "night_to"))
    except (KeyError, ValueError):
        return
    dark = [at for at in slots if _is_between(at.astimezone(look.zone).time(), begins, ends)]
    first = None
    for at in dark:
        first = first or at
        if at + SLOT not in dark:
            yield first, at + SLOT
            first = None


def _is_between(wall: time, begins: time, ends: time) -> bool:
    return begins <= wall < ends if begins < ends else wall >= begins or wall < ends


def _told(found: Found, activity: Activity, count: int, usual: float, look: Look) -> str:
    place = bisect_right(activity.heard, found.time)
    last = look.clock(activity.heard[place - 1]) if place else look.words("picture.never")
    return look.words(
        "picture.day_desc",
        begin=look.clock(activity.begin),
        end=look.clock(activity.end),
        count=count,
        usual=usual,
        last=last,
    )


def _frame(svg: Svg, axes: Axes, found: Found, look: Look, days: int) -> None:
    colours, words = look.colours, look.words
    svg.text(16, 24, words("picture.activity"), fill=colours.soft)
    svg.rect(330, 13, 14, 14, fill=colours.data)
    svg.text(350, 25, words("picture.this_day"), fill=colours.ink)
    if days:
        svg.line((500, 20), (526, 20), stroke=colours.ink, width=2)
        svg.text(532, 25, words("picture.usual", days=days), fill=colours.ink)
    else:
        svg.text(500, 25, words("picture.no_usual"), fill=colours.soft)
    at = axes.x(found.time.timestamp())
    svg.line((at, axes.top - 10), (at, axes.bottom), stroke=colours.found, width=2)
    said = words("picture.found", time=found.time.astimezone(look.zone).strftime("%H:%M"))
    svg.text(at - 6, axes.top - 14, said, fill=colours.found, anchor="end", bold=True)
    hour = 3600 * 3
    for second in range(int(axes.x0) // hour * hour + hour, int(axes.x1), hour):
        shown = datetime.fromtimestamp(second, look.zone).strftime("%H:%M")
        svg.text(axes.x(second), axes.bottom + 20, shown, fill=colours.soft, anchor="middle")
