"""``hemvakt follow-up``: how alarms were answered in a month, from the audit alone."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from alarms.follow_up import sources, tables
from alarms.follow_up.months import Month
from alarms.follow_up.report import Report
from alarms.follow_up.tally import Figures
from gateway.cli.opening import DatabaseUrl, DataFolder, open_database
from gateway.settings import Settings
from store.errors import HemvaktError

_OUT = Console()
_FOLDER = Settings().data_folder


class TwoFormsError(HemvaktError):
    """Ask for --csv or for --json, not for both."""


def follow_up(
    month: Annotated[str, typer.Option(help="The month, such as 2026-10.")],
    csv: Annotated[bool, typer.Option("--csv", help="Every group and figure as CSV.")] = False,
    json: Annotated[bool, typer.Option("--json", help="The whole report as JSON.")] = False,
    exceptions: Annotated[
        bool, typer.Option("--exceptions", help="Each alarm that waited over 180 s, as CSV.")
    ] = False,
    file: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Compute from an exported audit instead of the database."),
    ] = None,
    through: Annotated[
        int | None, typer.Option(min=1, help="Use rows up to this number: the same report as was made then.")
    ] = None,
    zone: Annotated[str | None, typer.Option(help="IANA zone of the month; that of the console when left out.")] = None,
    data: DataFolder = _FOLDER,
    database: DatabaseUrl = None,
) -> None:
    """Show how the alarms of a month were answered: within 60 s and 180 s, on site within 45 and 60 min, false ones.

    Everything is computed from the audit, so the same rows always give the same figures. Figures by sex that rest on
    fewer than five residents are hidden.
    """
    if csv + json + exceptions > 1:
        raise TwoFormsError
    wanted, where = Month.parse(month), zone or Settings().api.zone
    if file is not None:
        found = sources.of_file(file, wanted, where, through=through)
    else:
        with open_database(data, database) as opened:
            found = opened.read_now(lambda c: sources.of_database(c, wanted, where, through=through))
    if csv or exceptions:
        typer.echo(tables.exceptions_csv(found) if exceptions else tables.groups_csv(found), nl=False)
    elif json:
        typer.echo(tables.to_json(found), nl=False)
    else:
        _show(found)


def _show(report: Report) -> None:
    table = Table("", "alarms", "counted", "≤ 60 s", "≤ 180 s", "≤ 45 min", "≤ 60 min", "false", "no help", "exhausted")
    for group in report.groups:
        names = [group.team, group.area, group.alarm_class, group.sex, group.rule]
        title = " · ".join(name for name in names if name) or "all"
        table.add_row(title, *(_cells(group.figures) if group.figures else ["hidden"]))
    _OUT.print(table)
    _OUT.print(f"{len(report.exceptions)} alarm(s) waited over 180 s: see --exceptions.", highlight=False)
    _OUT.print(
        f"{report.month} in {report.zone}, from rows 1 to {report.through.seq}. Mark: {report.through.seq}:"
        f"{report.through.hash}",
        highlight=False,
        soft_wrap=True,
    )


def _cells(figures: Figures) -> list[str]:
    shares = (
        figures.share_60_s,
        figures.share_180_s,
        figures.share_45_min,
        figures.share_60_min,
        figures.share_false,
        figures.share_no_help,
    )
    return [
        str(figures.alarms),
        str(figures.counted),
        *("-" if share is None else f"{share:.1%}" for share in shares),
        f"{figures.exhausted_minutes:g} min",
    ]
