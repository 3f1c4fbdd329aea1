"""``hemvakt replay``: what the rules would say of a stored period, or of a recording. It writes nothing."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, NamedTuple

import msgspec
import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection

from devices.family import families
from devices.observation import Observation
from gateway import journal, recording, supposed
from gateway.cli.comparing import Watched, tell, tell_json, write
from gateway.cli.opening import DatabaseUrl, DataFolder, open_database
from gateway.reading import Reader
from gateway.rosters import load
from gateway.settings import IntakeSettings, Settings
from rules import comparing
from rules.base import Finding
from rules.registry import all_rules
from rules.replay import replay_each
from rules.roster import Roster
from rules.sentences import explain
from rules.supposing import as_set_at, with_changes
from store.clock import SystemClock
from store.errors import HemvaktError

_OUT = Console()
_FOLDER = Settings().data_folder
_SETTINGS = IntakeSettings()


class NothingToReplayError(HemvaktError):
    """Name a file, or the beginning of a stored period with --from."""


class NoComparisonError(HemvaktError):
    """A picture is drawn of a comparison: name the changed settings with --compare."""


class Asked(NamedTuple):
    """Which observations: of a file, or of a stored period. ``begin`` is when findings begin to count."""

    file: Path | None
    begin: datetime | None
    end: datetime | None
    warm_up: timedelta


def replay(
    file: Annotated[
        Path | None, typer.Argument(exists=True, dir_okay=False, help="JSON lines: received_at, topic, payload.")
    ] = None,
    since: Annotated[datetime | None, typer.Option("--from", help="Beginning of a stored period, in UTC.")] = None,
    until: Annotated[datetime | None, typer.Option("--to", help="End of the period; now when left out.")] = None,
    warm_up: Annotated[float, typer.Option(min=0, help="Days before --from that the rules learn from.")] = 7,
    compare: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, help="YAML of changed settings: which alarms would they add or take?"
        ),
    ] = None,
    picture: Annotated[
        Path | None, typer.Option(dir_okay=False, help="With --compare: write a page with a timeline here.")
    ] = None,
    language: Annotated[str, typer.Option(help="sv or en.")] = "en",
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object per finding, or per alarm compared.")
    ] = False,
    data: DataFolder = _FOLDER,
    database: DatabaseUrl = None,
) -> None:
    """Run recorded observations through the rules and print the findings. Nothing is written to the database.

    With --compare the period runs twice, with the settings in force now and with those of the file over them, and the
    alarms gained, lost and kept are told for each resident. docs/try-settings.md shows the file.
    """
    if file is None and since is None:
        raise NothingToReplayError
    if picture is not None and compare is None:
        raise NoComparisonError
    asked = Asked(file, _utc(since), _utc(until), timedelta(days=warm_up))
    watched = Watched()
    with open_database(data, database) as opened:
        roster, rosters = opened.read_now(lambda c: _rosters(c, compare))
        found = opened.read_now(lambda c: _run(c, asked, rosters, watched))
    if compare is None:
        _print([one for one in found[0] if asked.begin is None or one.time >= asked.begin], language, as_json=as_json)
        return
    matched = comparing.compare(found[0], found[1], roster, asked.begin)
    if picture is not None:
        first = asked.begin or watched.first or SystemClock().now()
        last = max([asked.end or watched.last or first, *(one.finding.time for one in matched)])
        write(picture, matched, (first, last), roster.zone, language)
    if as_json:
        tell_json(matched)
    else:
        tell(matched, language)


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _rosters(connection: Connection, compare: Path | None) -> tuple[Roster, list[Roster]]:
    roster = load(connection, Settings().zone).roster
    if compare is None:
        return roster, [roster]
    now = SystemClock().now()
    present = as_set_at(roster, now)
    return roster, [present, with_changes(present, supposed.read(compare, present, now))]


def _run(connection: Connection, asked: Asked, rosters: Sequence[Roster], watched: Watched) -> list[list[Finding]]:
    observations, total = _observed(connection, asked)
    with watched.over(observations, total) as passing:
        return replay_each(passing, rosters, all_rules(), asked.end)


def _observed(connection: Connection, asked: Asked) -> tuple[Iterator[Observation], int | None]:
    if asked.file is not None:
        reader = Reader(families(), largest=_SETTINGS.largest)
        loaded = load(connection, Settings().zone)
        return recording.observed(recording.packets(asked.file), reader, loaded, _SETTINGS.oldest), None
    since = None if asked.begin is None else asked.begin - asked.warm_up
    total = journal.count(connection, since=since, until=asked.end)
    return journal.observations(connection, since=since, until=asked.end), total


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
