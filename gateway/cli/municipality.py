"""``hemvakt import``: a municipality from one file."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection

from alarms.oncall.guard import keeps_reachable
from gateway.cli.opening import DatabaseUrl, DataFolder, open_database
from gateway.municipality.apply import apply
from gateway.municipality.check import check, warnings
from gateway.municipality.plan import Plan, make_plan
from gateway.municipality.source import BadFileError, read
from gateway.settings import Settings
from store.clock import SystemClock

_OUT = Console()
_ERR = Console(stderr=True)


def import_municipality(
    file: Annotated[Path, typer.Argument(help="YAML file; deploy/demo/municipality.yaml shows every field.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change; write nothing.")] = False,
    author: Annotated[str, typer.Option(help="Who answers for limits and settings in the file.")] = "import",
    data: DataFolder = None,
    database: DatabaseUrl = None,
) -> None:
    """Bring areas, teams, responders, rotations, homes, residents, devices and limits into the database.

    The whole file is checked before anything is written; every error is named with its line and field. A change after
    which a life-safety alarm would reach nobody at some time of the next 30 days is refused. Importing the same file
    again changes nothing. What is in the database and not in the file is left as it is, but for the dated teams of an
    area that the file names.
    """
    try:
        town, source = read(file)
        check(town, source)
    except BadFileError as error:
        _ERR.print(f"[bold red]{file}[/]: {len(error.problems)} problem(s), nothing was written", highlight=False)
        for problem in error.problems:
            _ERR.print(f"  {problem}", highlight=False, markup=False)
        raise typer.Exit(1) from error
    for warning in warnings(town, source):
        _ERR.print(f"[yellow]warning[/] {warning}", highlight=False)
    now = SystemClock().now()

    def work(connection: Connection) -> Plan:
        plan = make_plan(connection, town, now)
        with keeps_reachable(connection, now, Settings().desk):
            apply(connection, plan, author=author, reason=f"import of {file.name}", now=now)
        if dry_run:
            raise _OnlyTriedError(plan)
        return plan

    with open_database(data, database) as opened:
        try:
            plan = opened.write_now(work)
        except _OnlyTriedError as tried:
            plan = tried.plan
    _show(plan, dry_run=dry_run)


class _OnlyTriedError(Exception):
    """Undoes the transaction of a dry run, which has found out all that a real one would."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.plan = plan


def _show(plan: Plan, *, dry_run: bool) -> None:
    for version in plan.kept:
        which = f"{version.rule} {version.scope} {version.subject}".strip()
        since = f"{version.author} changed it on {version.valid_from:%Y-%m-%d}"
        _OUT.print(f"{which}: {since}; the file says what it said before and does not take that back.", markup=False)
    if plan.is_empty:
        _OUT.print("Nothing to change.")
        return
    table = Table("", "what", "which", "change")
    for change in plan.rows:
        which = " ".join(str(part) for part in change.key)
        if change.is_new:
            table.add_row("[green]+[/]", change.table, which, "new")
        else:
            differences = ", ".join(
                f"{name}: {_short(change.before[name])} → {_short(change.after[name])}" for name in change.after
            )
            table.add_row("[yellow]~[/]", change.table, which, differences)
    for name, key in plan.gone:
        table.add_row("[red]-[/]", name, " ".join(str(part) for part in key), "gone")
    for device_id, place in plan.assignments:
        table.add_row("[green]+[/]", "assignment", device_id, f"{place.home} {place.resident} {place.room}".strip())
    for row in plan.settings:
        table.add_row(
            "[green]+[/]", "setting", f"{row['rule']} {row['scope']} {row['subject']}", _short(row["settings"])
        )
    _OUT.print(table)
    total = len(plan.rows) + len(plan.gone) + len(plan.assignments) + len(plan.settings)
    _OUT.print(f"{total} change(s) would be written." if dry_run else f"{total} change(s) written.")


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."
