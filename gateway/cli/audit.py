"""``hemvakt audit``: prove that nothing was changed, keep a copy elsewhere, and let go of what the law says must go."""

import sys
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer
from rich.console import Console
from rich.progress import Progress, TaskID
from sqlalchemy import Connection, func, select

from alarms import audit_erasure, audit_file
from alarms.audit import floor, last_seq, verify
from alarms.audit_chain import START, Mark, Verdict, walk
from gateway.broker.passwords import open_private
from gateway.cli.opening import DatabaseUrl, DataFolder, open_database
from gateway.settings import Settings
from store.clock import SystemClock
from store.errors import HemvaktError
from store.tables import audit as audit_table

audit = typer.Typer(
    no_args_is_help=True, help="Verify the audit, export it, and erase from it what the law says must go."
)
_OUT = Console()
_ERR = Console(stderr=True)
_FOLDER = Settings().data_folder
_BROKEN = 2

By = Annotated[str, typer.Option(help="Who decided: the login of an account. It stays in the audit.")]
#: What is wrong with a row, in words.
_WHY = {
    "number": "a row is missing or was put in",
    "previous_hash": "it does not follow from the row before it",
    "hash": "it was changed",
    "text": "what a person wrote in it was changed, or taken away without an erasure",
    "floor": "the rows before it are gone without a culling on the record",
    "head": "rows at the end are missing",
    "mark": "it is not the row of which the mark was kept",
}


class NotAMarkError(HemvaktError):
    """A mark is the number of a row and its hash, as an earlier verification printed it, with a colon between."""


@audit.command("verify")
def verify_audit(
    file: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Verify an export instead of the database.")
    ] = None,
    expect: Annotated[
        str | None, typer.Option(help="NUMBER:HASH that an earlier run printed: the chain must still hold that row.")
    ] = None,
    data: DataFolder = _FOLDER,
    database: DatabaseUrl = None,
) -> None:
    """Walk the whole chain and name the first row that does not hold.

    Exit code 0: every row holds. 2: one does not. Keep the mark that is printed somewhere else: with --expect, even
    somebody who rewrote the whole chain is found out.
    """
    mark = _mark(expect) if expect else None
    with Progress(console=_ERR, transient=True, disable=not _ERR.is_terminal) as bar:
        task = bar.add_task("rows", total=None)
        if file is not None:
            verdict = _verify_file(file, mark, bar, task)
        else:
            with open_database(data, database) as opened:
                verdict = opened.read_now(lambda connection: _verify_database(connection, mark, bar, task))
    _tell(verdict)


@audit.command("export")
def export_audit(
    file: Annotated[Path | None, typer.Argument(help="Written as JSON lines; standard output when left out.")] = None,
    data: DataFolder = _FOLDER,
    database: DatabaseUrl = None,
) -> None:
    """Write every row as a line of JSON. It names no resident and holds no free text, only hashes of it."""
    out: Any = nullcontext(sys.stdout.buffer) if file is None else open_private(file)
    with open_database(data, database) as opened, out as target:
        count = opened.read_now(lambda connection: _export(connection, target))
    _ERR.print(f"{count} row(s).", highlight=False)


@audit.command("erase")
def erase(
    by: By,
    ground: Annotated[str, typer.Option(help="Why, in a word: gdpr-17, secrecy. It stays in the audit.")],
    alarm: Annotated[list[int] | None, typer.Option(help="Number of an alarm; may be given several times.")] = None,
    resident: Annotated[str | None, typer.Option(help="A resident: all their alarms, and the link to them.")] = None,
    data: DataFolder = _FOLDER,
    database: DatabaseUrl = None,
) -> None:
    """Erase what people wrote about alarms. The rows stay and hold; that there was an erasure stays too."""
    if not alarm and not resident:
        raise audit_erasure.NothingToEraseError("Name an --alarm or a --resident.")
    now = SystemClock().now()

    def work(connection: Connection) -> int:
        if resident:
            return audit_erasure.forget_resident(connection, resident, by=by, ground=ground, now=now)
        return audit_erasure.erase_texts(connection, alarm or [], by=by, ground=ground, now=now)

    with open_database(data, database) as opened:
        count = opened.write_now(work)
    _OUT.print(f"{count} text(s) erased.", highlight=False)


@audit.command("cull")
def cull(
    before: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="First day that is kept, in UTC.")],
    by: By,
    data: DataFolder = _FOLDER,
    database: DatabaseUrl = None,
) -> None:
    """Let go of rows that are older than five years, from the first on. The rest of the chain holds without them."""
    now = SystemClock().now()
    with open_database(data, database) as opened:
        mark = opened.write_now(lambda c: audit_erasure.cull(c, before=before.replace(tzinfo=UTC), by=by, now=now))
    _OUT.print(f"The chain begins after row {mark.seq}.", highlight=False)


def _verify_database(connection: Connection, mark: Mark | None, bar: Progress, task: TaskID) -> Verdict:
    bar.update(task, total=max(1, last_seq(connection) - floor(connection).seq))
    return verify(connection, expect=mark, progress=lambda rows: bar.update(task, completed=rows))


def _verify_file(file: Path, mark: Mark | None, bar: Progress, task: TaskID) -> Verdict:
    first = next(audit_file.read(file), None)
    after = START if first is None else Mark(first["seq"] - 1, first["previous_hash"])
    return walk(
        audit_file.read(file),
        after=after,
        expect={"mark": mark} if mark else None,
        progress=lambda rows: bar.update(task, completed=rows),
    )


def _export(connection: Connection, target: BinaryIO) -> int:
    total = connection.execute(select(func.count()).select_from(audit_table)).scalar_one()
    with Progress(console=_ERR, transient=True, disable=not _ERR.is_terminal) as bar:
        task = bar.add_task("rows", total=total)
        return audit_file.write(connection, target, lambda rows: bar.update(task, completed=rows))


def _tell(verdict: Verdict) -> None:
    if verdict.broken_at is not None:
        _ERR.print(f"Row {verdict.broken_at} does not hold: {_WHY[verdict.why]}.", style="bold red", highlight=False)
        _ERR.print(f"{verdict.rows} row(s) before it hold.", highlight=False)
        raise typer.Exit(_BROKEN)
    erased = f" {verdict.erased} text(s) were erased on the record." if verdict.erased else ""
    _OUT.print(f"{verdict.rows} row(s), and every one holds.{erased}", highlight=False)
    _OUT.print(f"Mark: {verdict.end.seq}:{verdict.end.hash}", highlight=False, soft_wrap=True)


def _mark(text: str) -> Mark:
    number, _, digest = text.partition(":")
    if not (number.isascii() and number.isdigit() and digest):
        raise NotAMarkError
    return Mark(int(number), digest)
