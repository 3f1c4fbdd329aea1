"""How a comparison is told on the terminal, in JSON and as a page."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from api.sentences import explain
from devices.observation import Observation
from gateway.broker.passwords import open_private
from gateway.comparison_page import counted, page
from rules.comparing import Matched, Outcome

_OUT = Console()
_MOST_LISTED = 60


def tell(matched: Sequence[Matched], language: str) -> None:
    """Print totals by rule and class, then by resident, then what is gained and lost."""
    for key, names in (("rule", ("rule", "class")), ("whose", ("scope", "whose"))):
        table = Table(*names, *(outcome.value for outcome in Outcome), title=f"alarms by {key}")
        for group, counts in counted(matched, key).items():
            table.add_row(*map(escape, group), *(str(counts[outcome]) for outcome in Outcome))
        _OUT.print(table)
    changes = [one for one in matched if one.outcome is not Outcome.KEPT]
    table = Table("", "time", "whose", "rule", "finding", title="what changes")
    for one in changes[:_MOST_LISTED]:
        found = one.finding
        said = explain(found.rule, found.code, found.facts, language)
        sign = "[green]+[/]" if one.outcome is Outcome.GAINED else "[red]-[/]"
        table.add_row(sign, f"{found.time:%Y-%m-%d %H:%M:%S}", escape(" ".join(one.whose)), found.rule, escape(said))
    if changes:
        _OUT.print(table)
    if len(changes) > _MOST_LISTED:
        _OUT.print(f"... and {len(changes) - _MOST_LISTED} more; --json and --picture hold all.")
    moved = [one.moved.total_seconds() for one in matched if one.moved]
    if moved:
        mean = sum(moved) / len(moved) / 60
        _OUT.print(f"{len(moved)} kept alarm(s) would come at another time, {mean:+.1f} min on average.")
    _OUT.print(", ".join(f"{sum(one.outcome is outcome for one in matched)} {outcome}" for outcome in Outcome) + ".")


def tell_json(matched: Iterable[Matched]) -> None:
    """Print one object for each alarm."""
    for one in matched:
        said = {
            "outcome": one.outcome,
            "scope": one.whose[0],
            "whose": one.whose[1],
            "moved_s": one.moved.total_seconds(),
            "before": one.before,
            "after": one.after,
        }
        typer.echo(msgspec.json.encode(said))


def write(path: Path, matched: Sequence[Matched], span: tuple[datetime, datetime], zone: str, language: str) -> None:
    """Write the page with the picture, for its owner's eyes: it holds what was measured on people."""
    with open_private(path) as file:
        file.write(page(matched, *span, zone, language).encode())


class Watched:
    """Observations on their way through the engines: how many, and from when to when."""

    def __init__(self) -> None:
        self.first: datetime | None = None
        self.last: datetime | None = None

    @contextmanager
    def over(self, observations: Iterable[Observation], total: int | None) -> Iterator[Iterator[Observation]]:
        """Yield ``observations`` with a bar of progress on stderr where a person looks."""
        console = Console(stderr=True)
        columns = (TextColumn("replaying"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
            task = progress.add_task("", total=total)

            def passing() -> Iterator[Observation]:
                for number, observation in enumerate(observations, 1):
                    if self.first is None:
                        self.first = observation.received_at
                    self.last = observation.received_at
                    yield observation
                    if number % 1000 == 0:
                        progress.update(task, completed=number)

            yield passing()
