"""``hemvakt device find``, ``set``, ``firmware``: what is said to devices from a terminal."""

from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from devices.downlink import asking, settings
from devices.downlink.settings import Settings
from gateway.cli.opening import DatabaseUrl, DataFolder, open_database
from store.clock import SystemClock

_OUT = Console()
Device = Annotated[str, typer.Argument(help="As shown by `hemvakt device list`.")]


def find(
    device: Device,
    seconds: Annotated[int, typer.Option(min=1, max=asking.LONGEST_S, help="For how long it buzzes.")] = 30,
    data: DataFolder = None,
    database: DatabaseUrl = None,
) -> None:
    """Let a device buzz and blink, so that it is found. One that cannot be told within a minute stays quiet."""
    now = SystemClock().now()
    with open_database(data, database) as opened:
        opened.write_now(lambda connection: asking.find(connection, device, seconds, now))
    _OUT.print(f"{device} is told to buzz for {seconds} s.")


def change(
    device: Device,
    heartbeat: Annotated[int | None, typer.Option(min=10, max=86400, help="Seconds between two heartbeats.")] = None,
    volume: Annotated[int | None, typer.Option(min=0, max=100, help="Per cent of the loudest.")] = None,
    language: Annotated[str | None, typer.Option(help="sv or en.")] = None,
    data: DataFolder = None,
    database: DatabaseUrl = None,
) -> None:
    """Change settings of a device; what is not named stays. Without any, show what it was told last."""
    if language not in (None, *settings.LANGUAGES):
        raise typer.BadParameter("sv or en", param_hint="--language")
    now = SystemClock().now()
    wanted = Settings(heartbeat_s=heartbeat, volume=volume, language=language)
    with open_database(data, database) as opened:
        if wanted == Settings():
            opened.read_now(lambda connection: settings.require(connection, device))
            found = opened.read_now(lambda connection: settings.standing(connection, device))
        else:
            found = opened.write_now(lambda connection: settings.change(connection, device, wanted, now))
    if found is None:
        _OUT.print(f"{device} was never told any settings.")
        return
    held, told = found.settings, found.confirmed_at
    confirmed = "not confirmed yet" if told is None else f"confirmed {told.astimezone():%Y-%m-%d %H:%M:%S}"
    named = {"heartbeat": held.heartbeat_s, "volume": held.volume, "language": held.language}
    said = ", ".join(f"{name} {value}" for name, value in named.items() if value is not None)
    _OUT.print(f"{device}, settings {found.version}: {said}; {confirmed}.")


def firmware(
    ask: Annotated[bool, typer.Option("--ask", help="Ask every device first; answers come with heartbeats.")] = False,
    data: DataFolder = None,
    database: DatabaseUrl = None,
) -> None:
    """Show which programs run on how many devices, by kind and model."""
    now = SystemClock().now()
    with open_database(data, database) as opened:
        asked = opened.write_now(lambda connection: asking.ask_firmware(connection, now)) if ask else 0
        rows = opened.read_now(asking.versions)
    table = Table("kind", "model", "firmware", "devices")
    for row in rows:
        table.add_row(row.kind, escape(row.model), escape(row.firmware) or "never said", str(row.devices))
    _OUT.print(table)
    if ask:
        _OUT.print(f"{asked} devices are asked; look again in a minute.")


def add_to(app: typer.Typer) -> None:
    """Make these commands of ``hemvakt device``."""
    app.command("find")(find)
    app.command("set")(change)
    app.command("firmware")(firmware)
