"""``hemvakt home-assistant``: which homes are shown in a Home Assistant of their own."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection

from devices import sharing
from gateway.cli.noting import By, note
from gateway.cli.opening import DatabaseUrl, DataFolder, open_database
from gateway.settings import Settings
from store.clock import SystemClock

app = typer.Typer(
    no_args_is_help=True,
    help="Show homes that have said yes in a Home Assistant of their own. "
    "Nothing is shown without HEMVAKT_HOME_ASSISTANT=true.",
)
_OUT = Console()
_Home = Annotated[str, typer.Argument(help="The home.")]


@app.command("on")
def switch_on(
    home: _Home,
    resident: Annotated[
        list[str] | None, typer.Option(help="Somebody there who has said yes for themselves; again for the next one.")
    ] = None,
    health: Annotated[bool, typer.Option("--health", help="Measured values too, and alarms about them.")] = False,
    language: Annotated[str, typer.Option(help="sv or en: what things are called.")] = "sv",
    by: By = "",
    data: DataFolder = None,
    database: DatabaseUrl = None,
) -> None:
    """Show a home from now on, and print what its Home Assistant needs, this once.

    Shown is what serves the whole home, and what serves the residents that are named.
    """
    now, residents = SystemClock().now(), resident or []

    def work(connection: Connection) -> str:
        password = sharing.share(connection, home, residents, health=health, language=language, now=now)
        detail = {"home": home, "residents": len(residents), "health": health}
        note(connection, "home_assistant_on", by, now, detail)
        return password

    with open_database(data, database) as opened:
        password = opened.write_now(work)
    for name, value in (
        ("user", sharing.user_name(home)),
        ("password", password),
        ("discovery prefix", sharing.prefix(home)),
    ):
        _OUT.print(f"{name:17} {value}", highlight=False, soft_wrap=True)
    _OUT.print("Put them into the MQTT integration of the home's Home Assistant; the password cannot be shown again.")
    if not Settings().home_assistant:
        _OUT.print("Nothing is shown yet: this installation runs without HEMVAKT_HOME_ASSISTANT=true.")


@app.command("off")
def switch_off(home: _Home, by: By = "", data: DataFolder = None, database: DatabaseUrl = None) -> None:
    """Show a home no more: what is at the broker is taken away within seconds, and its Home Assistant is cut off."""
    now = SystemClock().now()

    def work(connection: Connection) -> None:
        sharing.end(connection, home, now)
        note(connection, "home_assistant_off", by, now, {"home": home})

    with open_database(data, database) as opened:
        opened.write_now(work)
    _OUT.print(f"{home} is shown no more.")


@app.command("list")
def list_homes(data: DataFolder = None, database: DatabaseUrl = None) -> None:
    """Show which homes are shown, and how much of them."""
    with open_database(data, database) as opened:
        rows = [one for one in opened.read_now(sharing.listed) if one.ended_at is None]
    table = Table("home", "residents", "measured values", "discovery prefix", "since")
    for one in rows:
        since = f"{one.since_at.astimezone():%Y-%m-%d %H:%M:%S}"
        health = "yes" if one.health else "no"
        table.add_row(one.home_id, ", ".join(one.residents), health, sharing.prefix(one.home_id), since)
    _OUT.print(table)
