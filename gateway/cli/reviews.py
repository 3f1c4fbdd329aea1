"""``hemvakt reviews``: limits and other settings that somebody promised to look at again, and has not."""

from datetime import timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from gateway.cli.opening import DatabaseUrl, DataFolder, open_database
from gateway.settings import Settings
from store import settings_versions
from store.clock import SystemClock

_OUT = Console()
_FOLDER = Settings().data_folder


def reviews(
    within: Annotated[int, typer.Option(min=0, max=3660, help="Also those due within so many days.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
    data: DataFolder = _FOLDER,
    database: DatabaseUrl = None,
) -> None:
    """List settings in force whose review date has come, the longest overdue first. Exits with 2 when any is overdue.

    A review that finds a limit still right is a new version of it, with the same values and a new date.
    """
    today = SystemClock().now().astimezone(ZoneInfo(Settings().zone)).date()
    with open_database(data, database) as opened:
        due = opened.read_now(lambda c: settings_versions.due_for_review(c, today + timedelta(days=within)))
    if as_json:
        for version in due:
            typer.echo(msgspec.json.encode(version))
    else:
        table = Table("review by", "days overdue", "rule", "set for", "author", "since", "reason")
        for version in due:
            late = (today - version.review_on).days if version.review_on else 0
            table.add_row(
                f"{version.review_on}",
                str(late) if late > 0 else "",
                version.rule,
                f"{version.scope} {version.subject}".strip(),
                escape(version.author),
                f"{version.valid_from:%Y-%m-%d}",
                escape(version.reason),
            )
        _OUT.print(table if due else "Nothing is to be reviewed.")
    if any(version.review_on is not None and version.review_on < today for version in due):
        raise typer.Exit(2)
