"""``hemvakt replay``: what the rules would say of a stored period, or of a recording. It writes nothing."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection

from devices.family import families
from gateway import journal, recording
from gateway.cli.opening import DatabaseUrl, DataFolder, open_database
from gateway.reading import Reader
from gateway.rosters import load
from gateway.settings import IntakeSettings, Settings
from rules.base import Finding
from rules.registry import all_rules
from rules.replay import replay as run
from rules.sentences import explain
from store.database import Database
from store.errors import HemvaktError

_OUT = Console()
_FOLDER = Settings().data_folder
_SETTINGS = IntakeSettings()


class NothingToReplayError(HemvaktError):
    """Name a file, or the beginning of a stored period with --from."""


def replay(
    file: Annotated[
        Path | None, typer.Argument(exists=True, dir_okay=False, help="JSON lines: received_at, topic, payload.")
    ] = None,
    since: Annotated[datetime | None, typer.Option("--from", help="Beginning of a stored period, in UTC.")] = None,
    until: Annotated[datetime | None, typer.Option("--to", help="End of the period; now when left out.")] = None,
    warm_up: Annotated[float, typer.Option(min=0, help="Days before --from that the rules learn from.")] = 7,
    language: Annotated[str, typer.Option(help="sv or en.")] = "en",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per finding.")] = False,
    data: DataFolder = _FOLDER,
    database: DatabaseUrl = None,
) -> None:
    """Run recorded observations through the rules as they are set now, and print the findings."""
    if file is None and since is None:
        raise NothingToReplayError
    begin, end = _utc(since), _utc(until)
    with open_database(data, database) as opened:
        findings = _of_file(opened, file, end) if file else _stored(opened, begin, end, timedelta(days=warm_up))
    _print([one for one in findings if begin is None or one.time >= begin], language, as_json=as_json)


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _of_file(database: Database, file: Path, until: datetime | None) -> list[Finding]:
    reader = Reader(families(), largest=_SETTINGS.largest)

    def work(connection: Connection) -> list[Finding]:
        loaded = load(connection, Settings().zone)
        observed = recording.observed(recording.packets(file), reader, loaded, _SETTINGS.oldest)
        return run(observed, loaded.roster, all_rules(), until)

    return database.read_now(work)


def _stored(database: Database, begin: datetime | None, until: datetime | None, warm_up: timedelta) -> list[Finding]:
    def work(connection: Connection) -> list[Finding]:
        loaded = load(connection, Settings().zone)
        since = None if begin is None else begin - warm_up
        return run(journal.observations(connection, since=since, until=until), loaded.roster, all_rules(), until)

    return database.read_now(work)


def _print(findings: Iterable[Finding], language: str, *, as_json: bool) -> None:
    if as_json:
        for one in findings:
            typer.echo(msgspec.json.encode(one))
        return
    table = Table("time", "class", "rule", "subject", "finding")
    count = 0
    for one in findings:
        count += 1
        sentence = explain(one.rule, one.code, one.facts, language)
        table.add_row(
            f"{one.time:%Y-%m-%d %H:%M:%S}",
            one.alarm_class.value + (" (shadow)" if one.shadow else f" ({one.asks})" if one.asks else ""),
            one.rule,
            f"{one.scope} {one.subject}",
            ("restored: " if one.restores else "") + sentence,
        )
    _OUT.print(table)
    _OUT.print(f"{count} finding(s).")
