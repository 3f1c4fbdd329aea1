"""docs/alarm-states.md shows the table of transitions as it is."""

from pathlib import Path

from alarms.lifecycle.diagram import block, mermaid
from alarms.lifecycle.table import TRANSITIONS

PAGE = Path(__file__).parents[2] / "docs" / "alarm-states.md"


def test_the_page_holds_what_the_table_says_now() -> None:
    assert block() in PAGE.read_text(encoding="utf-8"), "run `python -m alarms.lifecycle.diagram`"


def test_every_transition_is_drawn_from_each_state_it_starts_in() -> None:
    lines = [line.strip() for line in mermaid().splitlines() if ":" in line]
    drawn = {(line.split(" ")[0], event) for line in lines for event in line.split(": ")[1].split(", ")}
    assert drawn == {
        (start, row.event.value) for row in TRANSITIONS for start in (["[*]"] if row.start is None else row.start)
    }
