"""``hemvakt coverage``: what is wrong with the duty of the days ahead."""

import json
from datetime import datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection, select

from alarms.lookout import GRAVE
from alarms.oncall.coverage import AHEAD, Lack
from alarms.oncall.coverage import coverage as find
from api.pages.words import LANGUAGES, Words
from gateway.cli.opening import DatabaseUrl, DataFolder, open_database
from gateway.settings import Settings
from store.clock import SystemClock
from store.tables import team

_OUT = Console()


def coverage(
    days: Annotated[int, typer.Option(min=1, max=366, help="How many days ahead.")] = AHEAD.days,
    language: Annotated[str, typer.Option(help="en or sv.")] = "en",
    as_json: Annotated[bool, typer.Option("--json", help="For programs: one object a line, times in UTC.")] = False,
    data: DataFolder = None,
    database: DatabaseUrl = None,
) -> None:
    """Look for nights without anybody on duty, people whom too few channels reach, and skills that nobody has.

    Times are those of the team. Exits with 1 where somebody must act: a life-safety alarm would reach nobody, nobody is
    on duty, or the team in charge has no people. Run it every morning.
    """
    if language not in LANGUAGES:
        raise typer.BadParameter(f"there are {', '.join(LANGUAGES)}", param_hint="--language")
    now, settings = SystemClock().now(), Settings().desk

    def read(connection: Connection) -> tuple[list[Lack], dict[str, str]]:
        zones = {row.id: row.zone for row in connection.execute(select(team.c.id, team.c.zone))}
        return find(connection, now, now + timedelta(days=days), settings), zones

    with open_database(data, database) as opened:
        lacks, zones = opened.read_now(read)
    if as_json:
        for lack in lacks:
            typer.echo(json.dumps(msgspec.to_builtins(lack)))
    else:
        _show(lacks, zones, Words(language), days)
    if any(lack.kind in GRAVE for lack in lacks):
        raise typer.Exit(1)


def _show(lacks: list[Lack], zones: dict[str, str], words: Words, days: int) -> None:
    if not lacks:
        _OUT.print(words("cover.all_well", days=days))
        return
    table = Table(*(words(f"cover.{column}") for column in ("from", "until", "team", "areas", "what")))
    for lack in lacks:
        zone = ZoneInfo(zones[lack.team_id])
        table.add_row(
            _local(lack.start, zone),
            _local(lack.end, zone),
            lack.team_id,
            ", ".join(lack.area_ids),
            words(f"cover.kind.{lack.kind}", subject=lack.subject, channels=lack.channels),
        )
    _OUT.print(table)


def _local(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%a %Y-%m-%d %H:%M}"
