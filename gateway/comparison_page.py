"""The page of a comparison: one file with a timeline for each resident, and the same in tables."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from api.pictures.palette import LIGHT
from api.pictures.svg import Svg, safe
from api.sentences import explain
from rules.comparing import Matched, Outcome

_WIDTH, _LEFT, _RIGHT, _TOP, _ROW = 1100.0, 190.0, 20.0, 56.0, 44.0
#: More residents than this nobody compares by eye; the table holds all.
_ROWS = 150
_LISTED = 2000
_TICKS = 6
_STYLE = (
    "body{font:16px/1.45 system-ui,sans-serif;max-width:1140px;margin:24px auto;padding:0 16px;color:#1b1d20;"
    "background:#fff}svg{max-width:100%;height:auto}table{border-collapse:collapse;margin:16px 0}"
    "th,td{text-align:left;padding:4px 14px 4px 0;border-top:1px solid #d9dce0;vertical-align:top}"
    "td.n{text-align:right;font-variant-numeric:tabular-nums}"
)

WORDS: Final[Mapping[str, Mapping[Outcome | str, str]]] = {
    "en": {
        Outcome.GAINED: "gained",
        Outcome.LOST: "lost",
        Outcome.KEPT: "kept",
        "title": "Alarms with the settings as they are, and as supposed",
        "desc": "{gained} gained, {lost} lost, {kept} kept, for {whose} residents, homes or devices.",
        "more": "{count} more have alarms that are all kept or are beyond what is drawn.",
        "none": "No alarm in this period, with either settings.",
        "time": "time",
        "whose": "whose",
        "rule": "rule",
        "class": "class",
        "what": "what",
        "listed": "The first {count} of {all} changes",
    },
    "sv": {
        Outcome.GAINED: "tillkomna",
        Outcome.LOST: "borta",
        Outcome.KEPT: "kvar",
        "title": "Larm med inställningarna som de är, och som de tänks bli",
        "desc": "{gained} tillkomna, {lost} borta, {kept} kvar, för {whose} brukare, hem eller enheter.",
        "more": "{count} till har larm som alla är kvar eller inte får plats i bilden.",
        "none": "Inget larm under perioden, med någon av inställningarna.",
        "time": "tid",
        "whose": "vem",
        "rule": "regel",
        "class": "klass",
        "what": "vad",
        "listed": "De första {count} av {all} ändringarna",
    },
}

Counts = Mapping[Outcome, int]


def counted(matched: Sequence[Matched], key: str) -> dict[tuple[str, str], Counter[Outcome]]:
    """Return outcomes by ``whose`` or by ``rule`` and class, the most changed first."""
    found: dict[tuple[str, str], Counter[Outcome]] = defaultdict(Counter)
    for one in matched:
        named = (one.whose[0].value, one.whose[1])
        group = named if key == "whose" else (one.finding.rule, one.finding.alarm_class.value)
        found[group][one.outcome] += 1
    changed = sorted(found, key=lambda group: (-(found[group][Outcome.GAINED] + found[group][Outcome.LOST]), group))
    return {group: found[group] for group in changed}


def page(matched: Sequence[Matched], begin: datetime, end: datetime, zone: str, language: str) -> str:
    """Return an HTML page that needs nothing else. Residents stand there by id, not by name."""
    words = WORDS.get(language, WORDS["en"])
    title = safe(words["title"])
    span = f"{begin.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M} - {end.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"
    return "\n".join(
        [
            "<!doctype html>",
            f'<html lang="{safe(language)}"><head><meta charset="utf-8"><title>{title}</title>',
            f"<style>{_STYLE}</style></head><body>",
            f"<h1>{title}</h1><p>{safe(span)}</p>",
            str(picture(matched, begin, end, zone, language)),
            *_totals(matched, words),
            *_list(matched, words, zone, language),
            "</body></html>",
            "",
        ]
    )


def picture(matched: Sequence[Matched], begin: datetime, end: datetime, zone: str, language: str) -> Svg:
    """Draw a row for each resident: a dot is kept, a triangle gained, a cross lost."""
    words, groups = WORDS.get(language, WORDS["en"]), counted(matched, "whose")
    rows = list(groups)[:_ROWS]
    total = sum(groups.values(), Counter[Outcome]())
    said = {outcome.value: total[outcome] for outcome in Outcome}
    desc = words["desc"].format(**said, whose=len(groups)) if groups else words["none"]
    height = _TOP + _ROW * max(1, len(rows)) + 60
    svg = Svg(_WIDTH, height, title=words["title"], desc=desc, language=language, ground=LIGHT.ground)
    _legend(svg, words, total)
    _times(svg, begin, end, ZoneInfo(zone), height - 40)
    place = {whose: _TOP + _ROW * (number + 0.5) for number, whose in enumerate(rows)}
    for (_, name), y in place.items():
        svg.line((_LEFT, y), (_WIDTH - _RIGHT, y), stroke=LIGHT.grid)
        svg.text(8, y + 5, name if len(name) < 24 else f"{name[:22]}…", fill=LIGHT.ink)
    drawn: set[tuple[Outcome, int, float]] = set()
    for one in matched:
        row = place.get((one.whose[0].value, one.whose[1]))
        x = _x(one.finding.time, begin, end)
        if row is not None and (one.outcome, round(x), row) not in drawn:
            drawn.add((one.outcome, round(x), row))
            mark(svg, one.outcome, x, row)
    if len(groups) > len(rows):
        svg.text(8, height - 10, words["more"].format(count=len(groups) - len(rows)), fill=LIGHT.soft)
    elif not groups:
        svg.text(_LEFT, _TOP + _ROW / 2, words["none"], fill=LIGHT.ink)
    return svg


def mark(svg: Svg, outcome: Outcome, x: float, y: float) -> None:
    """Draw the mark of an outcome: told apart by shape and height, not by colour alone."""
    if outcome is Outcome.KEPT:
        svg.dot(x, y, 4.5, fill=LIGHT.usual)
    elif outcome is Outcome.GAINED:
        svg.path([(x - 6, y - 6), (x + 6, y - 6), (x, y - 17)], stroke=LIGHT.found, fill=LIGHT.found)
    else:
        svg.cross(x, y + 11, 5, stroke=LIGHT.data)


def _legend(svg: Svg, words: Mapping[Outcome | str, str], total: Counts) -> None:
    x = _LEFT
    for outcome in Outcome:
        mark(svg, outcome, x, {Outcome.GAINED: 34, Outcome.LOST: 13, Outcome.KEPT: 23}[outcome])
        svg.text(x + 14, 28, f"{words[outcome]}: {total[outcome]}", fill=LIGHT.ink, bold=True)
        x += 170


def _times(svg: Svg, begin: datetime, end: datetime, zone: ZoneInfo, bottom: float) -> None:
    for tick in range(_TICKS + 1):
        at = begin + (end - begin) * tick / _TICKS
        x = _x(at, begin, end)
        svg.line((x, _TOP), (x, bottom), stroke=LIGHT.grid)
        anchor = "start" if tick == 0 else "end" if tick == _TICKS else "middle"
        svg.text(x, bottom + 18, f"{at.astimezone(zone):%m-%d %H:%M}", fill=LIGHT.soft, anchor=anchor, size=12)


def _x(at: datetime, begin: datetime, end: datetime) -> float:
    share = (at - begin) / (end - begin) if end > begin else 0.5
    return _LEFT + (_WIDTH - _LEFT - _RIGHT) * min(1.0, max(0.0, share))


def _totals(matched: Sequence[Matched], words: Mapping[Outcome | str, str]) -> Iterator[str]:
    for key, heads in (("rule", ("rule", "class")), ("whose", ("whose", "whose"))):
        names = [words[head] for head in dict.fromkeys(heads)]
        yield "<table><thead><tr>" + "".join(f"<th>{safe(one)}</th>" for one in [*names, *map(words.get, Outcome)])
        yield "</tr></thead><tbody>"
        for group, counts in counted(matched, key).items():
            cells = group if key == "rule" else (f"{group[0]} {group[1]}",)
            yield "<tr>" + "".join(f"<td>{safe(cell)}</td>" for cell in cells)
            yield "".join(f'<td class="n">{counts[outcome]}</td>' for outcome in Outcome) + "</tr>"
        yield "</tbody></table>"


def _list(matched: Sequence[Matched], words: Mapping[Outcome | str, str], zone: str, language: str) -> Iterator[str]:
    changes = [one for one in matched if one.outcome is not Outcome.KEPT]
    if len(changes) > _LISTED:
        yield f"<p>{safe(words['listed'].format(count=_LISTED, all=len(changes)))}</p>"
    heads = [words[name] for name in ("time", "whose", "rule", "what")]
    yield "<table><thead><tr><th></th>" + "".join(f"<th>{safe(head)}</th>" for head in heads) + "</tr></thead><tbody>"
    for one in changes[:_LISTED]:
        found = one.finding
        cells = (
            words[one.outcome],
            f"{found.time.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}",
            f"{one.whose[0].value} {one.whose[1]}",
            found.rule,
            explain(found.rule, found.code, found.facts, language),
        )
        yield "<tr>" + "".join(f"<td>{safe(cell)}</td>" for cell in cells) + "</tr>"
    yield "</tbody></table>"
