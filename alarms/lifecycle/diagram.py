"""Draws the table of transitions for the docs: as a Mermaid state diagram, and row by row with guards and effects."""

from typing import Final

from alarms.lifecycle.states import ActorKind, Handling
from alarms.lifecycle.table import TRANSITIONS, Transition

_BEGIN: Final = "<!-- made by `python -m alarms.lifecycle.diagram`; a test compares it with the code -->"
_END: Final = "<!-- end -->"


def mermaid() -> str:
    """Return the handling of an alarm as a Mermaid state diagram."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for row in TRANSITIONS:
        for start in _starts(row):
            end = row.to.value if row.to else start
            arrows.setdefault((start, end), []).append(row.event.value)
    lines = [f"    {start} --> {end}: {', '.join(events)}" for (start, end), events in arrows.items()]
    return "\n".join(["stateDiagram-v2", *lines, f"    {Handling.CLOSED.value} --> [*]"])


def table() -> str:
    """Return every transition as a Markdown table."""
    lines = ["| from | event | by | guards | to | effects |", "|---|---|---|---|---|---|"]
    for row in TRANSITIONS:
        by = ", ".join(kind.value for kind in ActorKind if kind in row.by)
        cells = (
            ", ".join(_starts(row)).replace("[*]", "(nothing)"),
            row.event.value,
            by,
            "; ".join(guard.value for guard in row.guards) or "-",
            row.to.value if row.to else "unchanged",
            "; ".join(effect.value for effect in row.effects) or "-",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def block() -> str:
    """Return what stands between the marks of the page, marks included."""
    return f"{_BEGIN}\n\n```mermaid\n{mermaid()}\n```\n\n{table()}\n\n{_END}"


def renew(page: str) -> str:
    """Return the page with its block made anew. Raises ValueError if it has none."""
    before, after = page[: page.index(_BEGIN)], page[page.index(_END) + len(_END) :]
    return before + block() + after


def _starts(row: Transition) -> list[str]:
    if row.start is None:
        return ["[*]"]
    return [handling.value for handling in Handling if handling in row.start]


if __name__ == "__main__":
    from pathlib import Path

    path = Path("docs/alarm-states.md")
    path.write_text(renew(path.read_text(encoding="utf-8")), encoding="utf-8")
